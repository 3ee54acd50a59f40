"""Sources, what they sent, the alerts that became of it, and the rules that decide."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import Ticket
from itsm.tickets.states import Level
from people.models import Service, Team, User

LONGEST_KEY = 255  # characters of a deduplication key
LONGEST_SUMMARY = 1024
MOST_RECENT = 50  # instants kept of an alert's repeats; no threshold is higher


class Source(models.Model):
    """A tool that reports to us: its integration key, bound to a service.

    `mapping` says how its events are read, see `itsm.monitoring.mapping`. The key is
    kept sealed, because administrators may read it again, and found by its digest.
    """

    subject_type: ClassVar[str] = "source"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(  # whose its incidents are; null: its service's only team
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    account = models.OneToOneField(  # as whom it acts
        User, on_delete=models.PROTECT, related_name="source"
    )
    key = models.TextField()  # sealed (core.sealing)
    key_digest = models.CharField(max_length=64, unique=True)
    former_digest = models.CharField(max_length=64, blank=True, default="")
    former_until = models.DateTimeField(null=True, blank=True)  # the key before it
    mapping: Any = models.JSONField(default=dict, blank=True)
    per_minute = models.PositiveIntegerField(default=6000)  # calls; more: told to wait
    silent_after = models.DurationField(null=True, blank=True)  # then an alert
    paused_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)  # kept by the worker
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["former_digest"],
                condition=~Q(former_digest=""),
                name="source_former",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Reception(models.Model):
    """One call of a source, exactly as it came: on disk before it is answered."""

    source = models.ForeignKey(  # checked when it came; no look at its row at insert
        Source,
        on_delete=models.CASCADE,
        related_name="receptions",
        db_constraint=False,
        db_index=False,
    )
    format = models.CharField(max_length=20)
    body = models.BinaryField()
    headers: Any = models.JSONField(default=dict)  # those that its format reads
    key = models.CharField(
        max_length=LONGEST_KEY, blank=True, default=""
    )  # given by us
    received_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    n_signals = models.PositiveIntegerField(default=0)
    note = models.CharField(
        max_length=60, blank=True, default=""
    )  # code: no alert, why

    class Meta:
        indexes = [
            models.Index(
                fields=["source", "id"],
                condition=Q(worked_at__isnull=True),
                name="reception_waiting",
            ),
            models.Index(fields=["source", "-id"], name="reception_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} of {self.source_id}"


class SourceLine(models.Model):
    """What could not be taken, for its health page; the same again is counted."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=40)
    about = models.CharField(max_length=300, blank=True, default="")
    sample = models.CharField(max_length=500, blank=True, default="")
    n = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["source", "-last_at"], name="source_line")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.code}"


class SourceHour(models.Model):
    """How much a source sent within an hour, and what became of it."""

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="hours", db_index=False
    )
    hour = models.DateTimeField()
    received = models.PositiveIntegerField(default=0)  # calls
    signals = models.PositiveIntegerField(default=0)
    alerts = models.PositiveIntegerField(default=0)  # new ones
    repeats = models.PositiveIntegerField(default=0)
    acknowledged = models.PositiveIntegerField(default=0)
    cleared = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)  # late: nothing was open
    others = models.PositiveIntegerField(default=0)  # not an alert
    changes = models.PositiveIntegerField(default=0)  # deployments
    unreadable = models.PositiveIntegerField(default=0)  # accepted, then not readable

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "hour"], name="source_hour_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.hour:%Y-%m-%d %H}"


class Severity(models.TextChoices):
    """How bad, in the words of the PagerDuty Events API."""

    CRITICAL = "critical", _("Critical")
    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
    INFO = "info", _("Information")


class AlertRule(models.Model):
    """What becomes of alerts that match. Rules are asked by `position`; the first wins.

    `matches` is a list of `{"field", "op", "value"}`, all of which must hold; see
    `itsm.monitoring.deciding.rules`, which also says what happens to everything else.
    """

    class Action(models.TextChoices):
        """What to do."""

        OPEN = "open", _("Open an incident")
        RECORD = "record", _("Only record it")
        SUPPRESS = "suppress", _("Suppress it")

    class Group(models.TextChoices):
        """What belongs into one incident."""

        ALERT = "alert", _("Each alert has its own")
        SERVICE = "service", _("By service")
        DEPENDENCIES = "dependencies", _("By service and what it depends on")
        LABELS = "labels", _("By labels")

    class OnClear(models.TextChoices):
        """What becomes of the incident when its last alert is cleared."""

        CLOSE = "close", _("Resolve it, and close it where nobody took it")
        RESOLVE = "resolve", _("Resolve it")
        NOTE = "note", _("Write a note")

    subject_type: ClassVar[str] = "alert_rule"
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    is_active = models.BooleanField(default=False)  # first tried, then switched on
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    severities = ArrayField(  # empty: every one
        models.CharField(max_length=8, choices=Severity.choices),
        default=list,
        blank=True,
    )
    matches: Any = models.JSONField(default=list, blank=True)
    action = models.CharField(max_length=8, choices=Action.choices, default=Action.OPEN)
    threshold = models.PositiveIntegerField(default=1)  # repeats of one alert …
    within = models.DurationField(default=timedelta(minutes=10))  # … in this time
    delay = models.DurationField(default=timedelta(0))  # before opening
    group_by = models.CharField(
        max_length=12, choices=Group.choices, default=Group.ALERT
    )
    labels = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    window = models.DurationField(default=timedelta(minutes=5))  # rolling
    storm = models.PositiveIntegerField(default=10)  # alerts of a service; 0: never
    on_clear = models.CharField(
        max_length=7, choices=OnClear.choices, default=OnClear.CLOSE
    )
    reopen_within = models.DurationField(default=timedelta(0))  # the same alert again
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class AlertGroup(models.Model):
    """Alerts that share an incident, or will; `key` says what they have in common."""

    class Kind(models.TextChoices):
        """Why they belong together."""

        ALERT = "alert", _("One alert")
        SERVICE = "service", _("One service")
        DEPENDENCIES = "dependencies", _("A service and what it depends on")
        LABELS = "labels", _("The same labels")
        STORM = "storm", _("A storm")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=400)
    rule = models.ForeignKey(
        AlertRule, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    service = models.ForeignKey(
        Service, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    incident = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, related_name="alert_groups"
    )
    services = ArrayField(models.BigIntegerField(), default=list)  # of its alerts
    size = models.PositiveIntegerField(default=0)  # how many alerts ever
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()  # of its newest alert: the window rolls
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(closed_at__isnull=True),
                name="alert_group_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.key


class Alert(models.Model):
    """One thing that is wrong as its source sees it, however often it says so."""

    class Status(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CLOSED = "closed", _("Cleared")

    class Decision(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("Not decided yet")
        OPENED = "opened", _("Opened an incident")
        JOINED = "joined", _("Joined an incident")
        REOPENED = "reopened", _("Reopened an incident")
        RECORDED = "recorded", _("Only recorded")
        SUPPRESSED = "suppressed", _("Suppressed")
        CLEARED = "cleared", _("Cleared before it was worth an incident")

    subject_type: ClassVar[str] = "alert"
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    key = models.CharField(max_length=LONGEST_KEY)
    status = models.CharField(max_length=12, choices=Status.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    summary = models.CharField(max_length=LONGEST_SUMMARY)
    host = models.CharField(max_length=255, blank=True, default="")
    component = models.CharField(max_length=255, blank=True, default="")
    group_name = models.CharField(max_length=255, blank=True, default="")
    class_name = models.CharField(max_length=255, blank=True, default="")
    service = models.ForeignKey(  # see the index alert_service_newest
        Service, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    impact = models.CharField(max_length=6, choices=Level.choices)
    urgency = models.CharField(max_length=6, choices=Level.choices)
    labels: Any = models.JSONField(default=dict)  # {name: text}
    details: Any = models.JSONField(default=dict)
    url = models.CharField(max_length=2000, blank=True, default="")
    began_at = models.DateTimeField()  # by the source's clock, where that is credible
    first_at = models.DateTimeField()  # received
    last_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(default=1)  # how often it was triggered
    recent: Any = ArrayField(  # when it was triggered last, the newest last
        models.DateTimeField(), default=list
    )
    decide_at = models.DateTimeField(null=True)  # swept; null: nothing to decide
    decision = models.CharField(
        max_length=10, choices=Decision.choices, default=Decision.WAITING
    )
    why: Any = models.JSONField(default=dict)  # {"code": …, facts}, see words.py
    rule = models.ForeignKey(
        AlertRule,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    group = models.ForeignKey(
        AlertGroup,
        null=True,
        on_delete=models.SET_NULL,
        related_name="alerts",
        db_index=False,  # alert_group_newest
    )
    incident = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, related_name="alerts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"],
                condition=~Q(status="closed"),
                name="alert_open_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["decide_at"],
                condition=Q(decide_at__isnull=False),
                name="alert_to_decide",
            ),
            models.Index(fields=["source", "key", "-id"], name="alert_key"),
            models.Index(fields=["-first_at", "-id"], name="alert_newest"),
            models.Index(fields=["service", "-first_at"], name="alert_service_newest"),
            models.Index(
                fields=["cleared_at"],
                condition=Q(status="closed"),
                name="alert_cleared",
            ),
            models.Index(
                fields=["group", "-first_at", "-id"], name="alert_group_newest"
            ),
            models.Index(
                fields=["-first_at", "-id"],
                condition=~Q(status="closed"),
                name="alert_open_newest",
            ),
        ]

    def __str__(self) -> str:
        return self.summary


class Maintenance(models.Model):
    """A time in which alerts of some services are expected, and only recorded."""

    subject_type: ClassVar[str] = "maintenance"
    name = models.CharField(max_length=200)
    services: Any = models.ManyToManyField(Service, related_name="maintenances")
    source = models.ForeignKey(  # null: whoever reports it
        Source, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="maintenance_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=models.F("starts_at")),
                name="maintenance_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Deployment(models.Model):
    """Something was changed on a service, as a pipeline or a tool tells it."""

    class Outcome(models.TextChoices):
        """What came of it, where it is part of a change."""

        DEPLOYED = "deployed", _("Deployed")
        FAILED = "failed", _("Failed")
        ROLLED_BACK = "rolled_back", _("Rolled back")

    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="deployments", db_index=False
    )
    source = models.ForeignKey(
        Source, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    summary = models.CharField(max_length=LONGEST_SUMMARY)
    at = models.DateTimeField()  # when it happened, as it was told
    received_at = models.DateTimeField()
    origin = models.CharField(max_length=255, blank=True, default="")
    links: Any = models.JSONField(default=list)  # [{"href", "text"}]
    details: Any = models.JSONField(default=dict)
    change = models.ForeignKey(  # the one that it is part of, where that is known
        Ticket,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    outcome = models.CharField(  # of that change: once for each
        max_length=12, choices=Outcome.choices, blank=True, default=""
    )

    class Meta:
        indexes = [models.Index(fields=["service", "-at"], name="deployment_service")]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "outcome"],
                condition=models.Q(change__isnull=False),
                name="deployment_of_change",
            )
        ]

    def __str__(self) -> str:
        return self.summary
