"""Sprints: what was forecast, who has time, what is in the way, what was learned."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from backlog.stories.models import Story
from people.models import Team, User
from processes.models import Process


class Sprint(models.Model):
    """One to four weeks with one goal. Its charts are drawn from its events alone."""

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    subject_type: ClassVar[str] = "sprint"

    process = models.ForeignKey(
        Process, on_delete=models.PROTECT, related_name="sprints"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    number = models.PositiveIntegerField()  # of its process
    goal = models.CharField(max_length=500)  # the commitment
    # the goal as an improvement kata; all optional
    condition = models.TextField(blank=True, default="")  # the target condition
    now = models.TextField(blank=True, default="")  # the condition now
    obstacle = models.TextField(blank=True, default="")
    experiment = models.TextField(blank=True, default="")
    learned = models.TextField(blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_why = models.CharField(max_length=250, blank=True, default="")
    # the format of its retrospective, and whether its votes are open
    retro_format = models.CharField(max_length=20, blank=True, default="")
    retro_phase = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "number"], name="backlog_sprint_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                name="backlog_sprint_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} sprint {self.number}"


class SprintStory(models.Model):
    """A story was in a sprint; stays when the story leaves, for the record."""

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="held")
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="was_in")
    in_forecast = models.BooleanField(default=False)
    points = models.PositiveSmallIntegerField(null=True)  # when it came in
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    went_to = models.CharField(max_length=8, blank=True, default="")  # at the close

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sprint", "story"], name="backlog_sprint_story_once"
            )
        ]


class Capacity(models.Model):
    """The days somebody has for a sprint, absences taken off."""

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="people")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    days = models.DecimalField(max_digits=4, decimal_places=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sprint", "user"], name="backlog_capacity_once"
            )
        ]


class DailyNote(models.Model):
    """What one person says at one daily scrum."""

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="dailies")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    yesterday = models.TextField(blank=True, default="")
    today = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sprint", "user", "on"], name="backlog_daily_once"
            )
        ]


class Impediment(models.Model):
    """What is in the way: with an owner, and an age until it is out of it."""

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="impediments"
    )
    sprint = models.ForeignKey(
        Sprint, null=True, on_delete=models.SET_NULL, related_name="impediments"
    )
    story = models.ForeignKey(
        Story, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.CharField(max_length=500)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    needs_help = models.BooleanField(default=False)  # shown across processes
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["process", "at"],
                condition=models.Q(resolved_at__isnull=True),
                name="backlog_impediment_open",
            )
        ]


class ReviewPiece(models.Model):
    """One piece of feedback at a review; each is answered."""

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="pieces")
    story = models.ForeignKey(
        Story, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    said_by = models.CharField(max_length=200, blank=True, default="")  # not a user
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    became = models.ForeignKey(
        Story, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )


class RetroNote(models.Model):
    """A note of a retrospective. Anonymous: nobody's id is kept, only a secret's hash
    with which its author can take it back."""

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="notes")
    category = models.CharField(max_length=20)  # of the format
    text = models.TextField()
    group = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="grouped"
    )
    position = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    is_action = models.BooleanField(default=False)
    became = models.ForeignKey(
        Story, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_key = models.CharField(max_length=64, blank=True, default="")


class RetroVote(models.Model):
    """One of a person's votes on a note; counted, never shown by name."""

    note = models.ForeignKey(RetroNote, on_delete=models.CASCADE, related_name="votes")
    voter_key = models.CharField(max_length=64)
    n = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["note", "voter_key"], name="backlog_retro_vote_once"
            )
        ]
