"""What merging, splitting and converting leave behind, so that they can be undone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from itsm.tickets.models import Ticket
from people.models import User


class Merged(models.Model):
    """`ticket` was merged into another. `before`: its columns, never a text."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="merged"
    )
    into = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="merged_here"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField()
    followers = ArrayField(models.BigIntegerField(), default=list)  # came with it


class Split(models.Model):
    """`ticket` was made of messages and files of `origin`."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="split"
    )
    origin = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="split_off"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    comments = ArrayField(models.BigIntegerField(), default=list)
    attachments = ArrayField(models.BigIntegerField(), default=list)


class FormerNumber(models.Model):
    """A number that a ticket had before it was converted; it leads there for ever."""

    number = models.CharField(max_length=16, primary_key=True)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="former_numbers"
    )
    at = models.DateTimeField()
    before = models.JSONField(null=True)  # its columns then, for the way back
