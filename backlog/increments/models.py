"""An increment: finished stories that belong together, and how they are released."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import User
from processes.models import Process


class Increment(models.Model):
    """A named bundle of stories. What it publishes hangs on it through slots."""

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("Planned")
        DECIDED = "decided", _("Release decided")
        RELEASED = "released", _("Released")
        DROPPED = "dropped", _("Dropped")

    class How(models.TextChoices):
        """How it comes to people."""

        ALL = "all", _("To everybody at once")
        TEAMS = "teams", _("Team by team")
        PILOT = "pilot", _("First to a pilot group")

    subject_type: ClassVar[str] = "increment"

    process = models.ForeignKey(
        Process, on_delete=models.PROTECT, related_name="increments"
    )
    number = models.PositiveIntegerField()  # of its process
    name = models.CharField(max_length=120)
    goal = models.TextField(blank=True, default="")
    notes = models.TextField(blank=True, default="")  # for those affected
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    position = models.PositiveIntegerField(default=0)  # down the story map
    checked = models.JSONField(default=dict)  # sentence of done: [user id, at]
    how = models.CharField(max_length=5, choices=How.choices, blank=True, default="")
    to_whom = models.CharField(max_length=250, blank=True, default="")
    release_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "number"], name="backlog_increment_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
