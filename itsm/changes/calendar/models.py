"""Secret addresses at which calendar programs read the change calendar."""

from django.db import models

from people.models import User


class CalendarLink(models.Model):
    """One person's secret address; it shows what its owner may see at that time."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="change_calendar_link"
    )
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} since {self.made_at}"
