"""Calendars and their versions. A version never changes, so what was counted by it
can be counted again."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class Calendar(models.Model):
    """Working hours under a name that agreements point at."""

    subject_type: ClassVar[str] = "calendar"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="calendar_default_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """What a calendar says; the newest number is the one that counts now.

    `content` is what `core.worktime.read` reads, holidays written out as dates, with
    the country and region they came from beside them.
    """

    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    content: Any = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "number"], name="calendar_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.number}"
