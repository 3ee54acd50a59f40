"""Saved views, how each person has them, and their maintained counts."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from people.models import Team, User

LONGEST_NAME = 60
LONGEST_QUERY = 1000


class SavedView(models.Model):
    """A list's address under a name. `team` empty: its owner's alone.

    `query` is the address without a page: filters, order, columns and density.
    `type` is the practice whose list it is; empty: the queue.
    """

    subject_type: ClassVar[str] = "view"
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    type = models.CharField(max_length=10, blank=True, default="")
    query = models.CharField(max_length=LONGEST_QUERY, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)  # it can be brought back for a day

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_named")
        ]

    def __str__(self) -> str:
        return self.name


class ListWish(models.Model):
    """How one person has their lists: the strip's order, where it begins, columns."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE)
    order = ArrayField(models.CharField(max_length=20), default=list)
    hidden = ArrayField(models.CharField(max_length=20), default=list)
    start = models.CharField(max_length=20, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=20), default=list)
    density = models.CharField(max_length=12, blank=True, default="")


class ViewRule(models.Model):
    """What a team view counts, as the triggers on tickets read it; NULL is any.

    `n` and the deltas not yet folded in are exact together. It is NULL until every
    transaction that did not know the rule has ended (`ready_after`): then one
    statement counts the rows and takes off what the deltas hold already.
    """

    view = models.OneToOneField(
        SavedView, on_delete=models.CASCADE, related_name="rule"
    )
    types = ArrayField(models.CharField(max_length=10), null=True)
    states = ArrayField(models.CharField(max_length=10))
    priorities = ArrayField(models.SmallIntegerField(), null=True)
    teams = ArrayField(models.BigIntegerField(), null=True)
    is_unowned = models.BooleanField(default=False)
    owner = models.BigIntegerField(null=True)
    requester = models.BigIntegerField(null=True)
    service = models.BigIntegerField(null=True)
    category = models.BigIntegerField(null=True)
    organisation = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=8, null=True)  # noqa: DJ001 - any, not empty
    wait_reason = models.CharField(max_length=40, null=True)  # noqa: DJ001
    ready_after = models.BigIntegerField(null=True)
    n = models.BigIntegerField(null=True)


class ViewCountDelta(models.Model):
    """One change of a view's count, written by trigger in the ticket's transaction."""

    rule_id = models.BigIntegerField(db_index=True)
    n = models.IntegerField()
