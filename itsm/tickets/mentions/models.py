"""Who and what was named in a message."""

from django.db import models
from django.db.models import Q

from itsm.tickets.models import Comment, Ticket
from people.models import Team, User


class Mention(models.Model):
    """Somebody who was named, by name or with their team; unread until they looked."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="mentions"
    )
    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, related_name="mentions"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="mention_once")
        ]
        indexes = [
            models.Index(
                fields=["user", "-at"], condition=Q(read_at=None), name="mention_unread"
            )
        ]


class Reference(models.Model):
    """Another ticket whose number stands in a message of this one."""

    source = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="references_from"
    )
    target = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="references_to"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "source"], name="reference_once"),
            models.CheckConstraint(
                condition=~Q(source=models.F("target")), name="reference_not_to_itself"
            ),
        ]
