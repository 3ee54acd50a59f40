"""A batch: what was asked of which tickets, and what came of each."""

from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.jobs import Job
from itsm.tickets.models import Ticket


class Bulk(Job):
    """One verb for many tickets, started by one person. `key` is on all its events.

    `fields` are as they came in; texts among them go as soon as every item was tried,
    because each ticket has its own copy by then.
    """

    class Phase(models.TextChoices):
        """Whether the verb is being done, or taken back."""

        DO = "do", _("Do")
        UNDO = "undo", _("Undo")

    subject_type: ClassVar[str] = "bulk"
    key = models.UUIDField(default=uuid4, unique=True)
    phase = models.CharField(max_length=4, choices=Phase.choices, default=Phase.DO)
    verb = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)
    door = models.CharField(max_length=8)
    language = models.CharField(max_length=10, blank=True, default="")  # of refusals
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["by", "-id"], name="bulk_by"),
            models.Index(
                fields=["stamped_at"],
                condition=Q(state__in=["queued", "running"]),
                name="bulk_to_do",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.verb}, {self.done} of {self.total}"

    def counts(self) -> dict[str, int]:
        """How many items stand where; one query."""
        rows = self.items.values_list("state").annotate(n=models.Count("pk"))
        return {**dict.fromkeys(BulkItem.State.values, 0), **dict(rows.order_by())}

    def step(self, *, at: datetime) -> bool:
        """Do the next items."""
        from itsm.tickets.bulk import acting

        return acting.step(self, at=at)

    def ended(self, *, at: datetime) -> None:
        """All were tried, or the batch was given up."""
        from itsm.tickets.bulk import acting

        acting.ended(self, at=at)


class BulkItem(models.Model):
    """One ticket of a batch. `before`: its columns, for undo; never a text."""

    class State(models.TextChoices):
        """What came of it."""

        PENDING = "pending", _("To do")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Undone")
        KEPT = "kept", _("Could not be undone")

    bulk = models.ForeignKey(
        Bulk, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    place = models.PositiveIntegerField()
    number = models.CharField(max_length=16)
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, related_name="bulk_items"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    status = models.PositiveSmallIntegerField(null=True)  # as a door would answer
    detail = models.CharField(max_length=1000, blank=True, default="")
    before = models.JSONField(null=True)
    version = models.PositiveIntegerField(null=True)  # of the ticket, afterwards

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk", "place"], name="bulk_item_once")
        ]
        indexes = [models.Index(fields=["bulk", "state", "place"], name="bulk_item_do")]
