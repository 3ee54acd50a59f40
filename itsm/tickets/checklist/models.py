"""The steps of a ticket: of an order from the catalogue, or added by hand."""

from django.db import models
from django.db.models import Q

from itsm.tickets.models import Ticket
from people.models import Team, User


class Task(models.Model):
    """One step: open, done, or waived with a reason."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    stage = models.PositiveSmallIntegerField(default=0)  # one stage after the other
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    length = models.DurationField(null=True, blank=True)  # promised, working time
    begun_at = models.DateTimeField(null=True, blank=True)  # its stage's turn came
    due_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    waived_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(
                fields=["assignee", "due_on"],
                condition=Q(done_at=None, waived_reason=""),
                name="task_open",
            ),
            models.Index(
                fields=["team", "due_at"],
                condition=Q(done_at=None, waived_reason="", team__isnull=False),
                name="task_open_team",
            ),
        ]

    def __str__(self) -> str:
        return self.title
