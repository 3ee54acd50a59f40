"""What somebody is asked or told about whose a ticket is, until they answer."""

from django.db import models

from itsm.tickets.models import Comment, Ticket
from people.models import User


class Handover(models.Model):
    """One question or news for one person; the log keeps what came of it."""

    class Kind(models.TextChoices):
        """`to` is asked or told, `about` is the other person."""

        ASKED = "asked"  # `about` asks the owner for it
        OFFERED = "offered"  # `about` offered the owner's ticket to somebody else
        MOVED = "moved"  # it was the reader's until `about` moved or took it
        DECLINED = "declined"  # `about` does not take what was offered
        KEPT = "kept"  # `about` keeps what the reader asked for

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="handover_rows"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    about = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    said = models.ForeignKey(  # why, as an internal note on the ticket
        Comment, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "to", "about"], name="handover_once"
            )
        ]
        indexes = [models.Index(fields=["to", "-at"], name="handover_to")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind}"
