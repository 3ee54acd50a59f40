"""The rows behind `counts`: kept by database triggers, folded by a sweep."""

from django.db import models


class TicketCount(models.Model):
    """How many unrestricted open tickets there are, by what built-in views ask.

    The sum of these rows and the deltas not yet folded in is exact at any moment.
    Deltas are written by database triggers, folded by a sweep.
    """

    type = models.CharField(max_length=10)
    state_category = models.CharField(max_length=10)
    team_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["type", "state_category", "team_id", "owner_id"],
                nulls_distinct=False,
                name="ticket_count_once",
            )
        ]
        indexes = [models.Index(fields=["owner_id"], name="ticket_count_owner")]


class TicketCountDelta(models.Model):
    """One change of a count, written by trigger in the ticket's own transaction."""

    type = models.CharField(max_length=10)
    state_category = models.CharField(max_length=10)
    team_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    n = models.IntegerField()


class TicketCountFold(models.Model):
    """When `TicketCount` last changed: a new random stamp each time, in one row."""

    stamp = models.UUIDField()
