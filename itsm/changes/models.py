"""What a change has that other tickets have not; kinds of change; freezes."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import Ticket
from people.models import Service, Team, User


class Kind(models.Model):
    """A kind of change that comes again: its template, its record, its standing.

    Standard status is earned by evidence and given by people (`Standing`).
    """

    class Standing(models.TextChoices):
        """How much control its changes need."""

        NORMAL = "normal", _("As its risk says")
        STANDARD = "standard", _("Standard: pre-authorised")
        SUSPENDED = "suspended", _("Suspended: looked at again")

    subject_type: ClassVar[str] = "change_kind"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    plan = models.TextField(blank=True, default="")
    test = models.TextField(blank=True, default="")
    way_back = models.TextField(blank=True, default="")
    tasks = ArrayField(  # what is done, step by step
        models.CharField(max_length=200), default=list, blank=True
    )
    length = models.DurationField(default=timedelta(hours=1))  # of a window
    answers: Any = models.JSONField(default=dict, blank=True)  # {question: answer}
    evidence = ArrayField(  # kinds of evidence that the gate asks for
        models.CharField(max_length=40), default=list, blank=True
    )
    standing = models.CharField(
        max_length=9, choices=Standing.choices, default=Standing.NORMAL
    )
    standing_since = models.DateTimeField(null=True, blank=True)
    authorised_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """The detail row of a change."""

    class Model(models.TextChoices):
        """How much control it needs; of a normal one, its risk says the rest."""

        STANDARD = "standard", _("Standard")
        NORMAL = "normal", _("Normal")
        EMERGENCY = "emergency", _("Emergency")

    class Risk(models.TextChoices):
        """What the score says under the rules of its process version."""

        LOW = "low", _("Low")
        HIGH = "high", _("High")

    class Result(models.TextChoices):
        """How it went."""

        SUCCESS = "success", _("Success")
        ISSUES = "issues", _("Success with issues")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        FAILED = "failed", _("Failed")

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="change"
    )
    kind = models.ForeignKey(
        Kind, null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    model = models.CharField(max_length=10, choices=Model.choices, default=Model.NORMAL)
    plan = models.TextField(blank=True, default="")
    test = models.TextField(blank=True, default="")
    way_back = models.TextField(blank=True, default="")
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    threat = models.CharField(max_length=500, blank=True, default="")
    answers: Any = models.JSONField(default=dict, blank=True)  # {question: answer}
    risk = models.CharField(max_length=4, choices=Risk.choices, blank=True, default="")
    risk_score = models.PositiveSmallIntegerField(null=True, blank=True)
    risk_lines: Any = models.JSONField(default=list, blank=True)  # see risk.py
    release = models.CharField(max_length=100, blank=True, default="")  # its version
    committed_at = models.DateTimeField(null=True, blank=True)
    evidence: Any = models.JSONField(default=list, blank=True)  # see gate
    started_at = models.DateTimeField(null=True, blank=True)  # really begun
    ended_at = models.DateTimeField(null=True, blank=True)  # really over, as reported
    result = models.CharField(
        max_length=12, choices=Result.choices, blank=True, default=""
    )
    ask_result_at = models.DateTimeField(null=True, blank=True)  # swept; see results

    class Meta:
        indexes = [
            models.Index(fields=["window_start"], name="change_window"),
            models.Index(
                fields=["window_end"],
                condition=Q(window_end__isnull=False),
                name="change_window_end",
            ),
            models.Index(
                fields=["ask_result_at"],
                condition=Q(ask_result_at__isnull=False),
                name="change_ask_result",
            ),
            models.Index(
                fields=["kind", "ended_at"],
                condition=Q(kind__isnull=False),
                name="change_kind",
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=False),
                name="change_ended",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(window_end__gt=F("window_start"))
                | Q(window_start__isnull=True)
                | Q(window_end__isnull=True),
                name="change_window_forward",
            )
        ]

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """When it is done: start and end; None until both are known."""
        if self.window_start is None or self.window_end is None:
            return None
        return self.window_start, self.window_end

    @window.setter
    def window(self, value: tuple[datetime, datetime]) -> None:
        self.window_start, self.window_end = value


class Proposal(models.Model):
    """What a kind's record speaks for, with its evidence; a person decides."""

    class To(models.TextChoices):
        """The standing that is proposed."""

        STANDARD = "standard", _("Make it standard")
        SUSPENDED = "suspended", _("Suspend its standard status")

    subject_type: ClassVar[str] = "change_proposal"
    kind = models.ForeignKey(Kind, on_delete=models.CASCADE, related_name="proposals")
    to = models.CharField(max_length=9, choices=To.choices)
    evidence: Any = models.JSONField(default=dict)  # the record, as it was then
    former = models.CharField(max_length=9, blank=True, default="")  # standing then
    proposed_at = models.DateTimeField()
    decision = models.CharField(max_length=9, blank=True, default="")  # accepted …
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(decision=""), name="proposal_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_to_display()}"


class Freeze(models.Model):
    """A time in which only named models of change may go; it may come again."""

    class Repeat(models.TextChoices):
        """When it comes again."""

        ONCE = "", _("Once")
        MONTHLY = "monthly", _("Every month")
        MONTH_END = "month_end", _("Every month end")
        YEARLY = "yearly", _("Every year")

    subject_type: ClassVar[str] = "freeze"
    name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True, default="")
    services: Any = models.ManyToManyField(  # empty: every service
        Service, related_name="freezes", blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    repeat = models.CharField(
        max_length=9, choices=Repeat.choices, blank=True, default=Repeat.ONCE
    )
    until = models.DateField(null=True, blank=True)  # the last day it comes again
    time_zone = models.CharField(max_length=60)
    allows = ArrayField(  # models of change that go all the same
        models.CharField(max_length=10, choices=Change.Model.choices),
        default=list,
        blank=True,
    )
    is_active = models.BooleanField(default=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["starts_at"], name="freeze_start")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="freeze_forward"
            )
        ]

    def __str__(self) -> str:
        return self.name
