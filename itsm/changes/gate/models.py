"""A version that a pipeline asked to deploy, and the one change that it became."""

from django.db import models

from itsm.tickets.models import Ticket
from people.models import Service, User

LONGEST_VERSION = 100  # as Change.release


class Release(models.Model):
    """One version of one service: however often it is asked for, one change."""

    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.CharField(max_length=LONGEST_VERSION)
    change = models.OneToOneField(  # empty only inside the transaction that opens it
        Ticket, null=True, on_delete=models.CASCADE, related_name="release"
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    has_own_window = models.BooleanField(default=False)  # sent, not chosen by the gate

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "version"], name="release_once")
        ]

    def __str__(self) -> str:
        return self.version
