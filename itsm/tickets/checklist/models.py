"""The steps of a ticket: of an order from the catalogue, or added by hand."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from itsm.tickets.models import Ticket
from people.models import Membership, Team, User


class TaskQuerySet(models.QuerySet[Any]):
    """Tasks."""

    def visible_to(self, user: User) -> Self:
        """Those of tickets the person sees and, for who works here, their own.

        A task is given to a team because it has to do it: it may read the task also
        where the ticket is restricted, and the ticket itself it still may not.
        """
        if not (user.is_active and user.is_staff):
            return self.none()
        return self.filter(
            Q(ticket__in=Ticket.objects.visible_to(user)) | self.theirs(user)
        )

    @staticmethod
    def theirs(user: User) -> Q:
        """Given to the person, or to a team of theirs."""
        teams = Membership.objects.filter(user_id=user.pk).values("team_id")
        return Q(assignee_id=user.pk) | Q(team_id__in=teams)

    def open(self) -> Self:
        """Neither done nor waived, of tickets that are worked on."""
        return self.filter(done_at=None, waived_reason="")


class Task(models.Model):
    """One step: open, done, or waived with a reason.

    Stages run one after the other, from 1; what was added by hand stands in 0.
    """

    subject_type: ClassVar[str] = "task"
    objects: ClassVar[Any] = TaskQuerySet.as_manager()

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
    told_late_at = models.DateTimeField(null=True, blank=True)  # once, by the sweep
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
            models.Index(
                fields=["due_at"],
                condition=Q(
                    done_at=None,
                    waived_reason="",
                    due_at__isnull=False,
                    told_late_at=None,
                ),
                name="task_late",
            ),
        ]

    def __str__(self) -> str:
        return self.title
