"""Stories and what hangs on them; ideas, from which some stories come."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import Stakeholder
from backlog.stories.querysets import StoryQuerySet
from backlog.stories.rank import LONGEST
from people.models import User
from processes.models import Process

SCALE = (1, 2, 3, 5, 8, 13, 20)  # of value, urgency, risk, size and points
MOST_OF_ONE = 500  # characters of an acceptance criterion
ON_SCALE = [MinValueValidator(1), MaxValueValidator(20)]


def part() -> "models.PositiveSmallIntegerField[int | None, int | None]":
    """A number of the scale, or not yet said."""
    return models.PositiveSmallIntegerField(null=True, blank=True, validators=ON_SCALE)


class Idea(models.Model):
    """One sentence somebody dropped; answered within ten working days."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("Not answered yet")
        TAKEN = "taken", _("Became a story")
        DECLINED = "declined", _("Declined")

    subject_type: ClassVar[str] = "idea"

    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="ideas")
    text = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="ideas")
    about = models.JSONField(null=True)  # {"type": "ticket", "id": …} it came from
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    answer_by = models.DateTimeField()
    late_told_at = models.DateTimeField(null=True)  # the owner heard that it is late
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["answer_by"],
                condition=models.Q(answered_at__isnull=True),
                name="backlog_idea_due",
            ),
            models.Index(fields=["by", "-at"], name="backlog_idea_by"),
        ]


class Story(models.Model):
    """A wish for the process, worth something to somebody.

    `rank` orders the backlog of a process (see `backlog.stories.rank`); a story without
    a sprint is in the backlog, with one it stands in a `column` of the board.
    """

    class State(models.TextChoices):
        """Where it stands, whatever the board's columns are called."""

        OPEN = "open", _("Open")
        DOING = "doing", _("In progress")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    subject_type: ClassVar[str] = "story"

    process = models.ForeignKey(
        Process, on_delete=models.PROTECT, related_name="stories"
    )
    title = models.CharField(max_length=250)
    as_a = models.CharField(max_length=250, blank=True, default="")
    i_want = models.TextField(blank=True, default="")
    so_that = models.TextField(blank=True, default="")
    notes = models.TextField(blank=True, default="")
    stakeholder = models.ForeignKey(
        Stakeholder, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    increment = models.ForeignKey(
        Increment,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    value = part()
    time_criticality = part()
    risk_reduction = part()
    size = part()
    points = part()
    # (value + time criticality + risk reduction) / size; null until all are said
    wsjf = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    rank = models.TextField(db_collation="C")
    by_hand = models.BooleanField(default=False)  # an exception to the order by WSJF
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    sprint = models.ForeignKey(
        "backlog.Sprint",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    column = models.CharField(max_length=40, blank=True, default="")
    column_at = models.DateTimeField(null=True)  # since when it stands there
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    blocked = models.CharField(max_length=250, blank=True, default="")  # why
    blocked_at = models.DateTimeField(null=True)
    is_published = models.BooleanField(default=False)  # requesters may read it
    external_ref = models.CharField(max_length=100, blank=True, default="")
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_why = models.CharField(max_length=250, blank=True, default="")
    idea = models.OneToOneField(
        Idea, null=True, blank=True, on_delete=models.SET_NULL, related_name="story"
    )

    objects: ClassVar[Any] = StoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "rank"], name="backlog_story_rank"
            ),
            models.UniqueConstraint(
                fields=["process", "external_ref"],
                condition=~models.Q(external_ref=""),
                name="backlog_story_came_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["process", "rank"],
                condition=models.Q(state__in=("open", "doing")),
                name="backlog_story_open",
            ),
            models.Index(
                fields=["process", "-wsjf", "rank"],
                condition=models.Q(by_hand=False, state="open"),
                name="backlog_story_wsjf",
            ),
            models.Index(fields=["process", "-updated_at"], name="backlog_story_new"),
            models.Index(
                fields=["process"],
                condition=models.Q(GreaterThan(Length("rank"), LONGEST)),
                name="backlog_story_long",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """STO-12."""
        return f"STO-{self.pk}"


class Criterion(models.Model):
    """One acceptance criterion, ticked when it was seen to hold."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=MOST_OF_ONE)
    met_at = models.DateTimeField(null=True)
    met_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )


class Remark(models.Model):
    """What somebody says about a story (or an idea that became it)."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="remarks")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)


class StoryFile(models.Model):
    """A file on a story."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    path = models.CharField(max_length=300)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class Watch(models.Model):
    """Somebody who wants to hear of a story."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="watches")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["story", "user"], name="backlog_watch_once")
        ]


class Evidence(models.Model):
    """Why a story: a subject of another room (a ticket, an article, a feedback)."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="evidence")
    subject_type = models.CharField(max_length=20)  # of core.subjects
    subject_id = models.BigIntegerField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["story", "subject_type", "subject_id"],
                name="backlog_evidence_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id"], name="backlog_evidence_of"
            )
        ]


class StoryLink(models.Model):
    """How one story came from, or says the same as, another."""

    class Kind(models.TextChoices):
        """The source's side of it."""

        SPLIT_FROM = "split_from", _("Split from")
        MERGED_INTO = "merged_into", _("Merged into")
        DUPLICATE_OF = "duplicate_of", _("Duplicate of")
        DEPENDS_ON = "depends_on", _("Depends on")

    source = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="links")
    target = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"], name="backlog_link_once"
            )
        ]
