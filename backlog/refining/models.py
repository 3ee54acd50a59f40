"""Refinement: the next session's agenda, and estimates given apart."""

from django.db import models

from backlog.stories.models import Story
from people.models import User
from processes.models import Process


class Session(models.Model):
    """A refinement session: what it looks at, how long."""

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="sessions"
    )
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class AgendaItem(models.Model):
    """A story of a session, with what became of it."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="items")
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=100, blank=True, default="")  # what is missing
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "story"], name="backlog_agenda_once"
            )
        ]


class PokerRound(models.Model):
    """One round of planning poker: hidden until revealed, then talked over."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    opened_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True)
    final = models.PositiveSmallIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["story"],
                condition=models.Q(closed_at__isnull=True),
                name="backlog_round_open",
            ),
            models.UniqueConstraint(
                fields=["story", "number"], name="backlog_round_once"
            ),
        ]


class PokerVote(models.Model):
    """What one person thinks, and why."""

    round = models.ForeignKey(
        PokerRound, on_delete=models.CASCADE, related_name="votes"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    points = models.PositiveSmallIntegerField(null=True)  # null: "I cannot tell"
    why = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "user"], name="backlog_poker_once")
        ]
