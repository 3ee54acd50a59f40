"""What a problem has that other tickets have not."""

from django.db import models

from itsm.tickets.models import Ticket


class Problem(models.Model):
    """The detail row of a problem."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="problem"
    )
    workaround = models.TextField(blank=True, default="")  # "none" is an answer
    causes = models.TextField(blank=True, default="")
    review_date = models.DateField(null=True, blank=True)  # of an accepted risk
