"""What a change has that other tickets have not."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import Ticket


class Change(models.Model):
    """The detail row of a change."""

    class Model(models.TextChoices):
        """How much control it needs. Risk picks it later; people pick it now."""

        STANDARD = "standard", _("Standard")
        NORMAL = "normal", _("Normal")
        EMERGENCY = "emergency", _("Emergency")

    class Result(models.TextChoices):
        """How it went."""

        SUCCESS = "success", _("Success")
        ISSUES = "issues", _("Success with issues")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        FAILED = "failed", _("Failed")

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="change"
    )
    model = models.CharField(max_length=10, choices=Model.choices, default=Model.NORMAL)
    plan = models.TextField(blank=True, default="")
    test = models.TextField(blank=True, default="")
    way_back = models.TextField(blank=True, default="")
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    threat = models.CharField(max_length=500, blank=True, default="")
    result = models.CharField(
        max_length=12, choices=Result.choices, blank=True, default=""
    )

    class Meta:
        indexes = [models.Index(fields=["window_start"], name="change_window")]

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """When it is done: start and end; None until both are known."""
        if self.window_start is None or self.window_end is None:
            return None
        return self.window_start, self.window_end

    @window.setter
    def window(self, value: tuple[datetime, datetime]) -> None:
        self.window_start, self.window_end = value
