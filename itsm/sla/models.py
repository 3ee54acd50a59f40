"""Agreements and clocks: what was promised, and how each promise stands."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.jobs import Job
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from people.models import Calendar, CalendarVersion, Organisation, Service, Team, User


class Agreement(models.Model):
    """What is promised to whom, for what. Empty dimensions mean every one of them.

    `targets` hold ISO 8601 durations of working time per priority, a day being eight
    hours: `{"P1": {"response": "PT15M", "update": "PT30M", "resolution": "PT4H"}}`; an
    operational agreement has `resolution` alone. `escalations` are steps, see
    `itsm.sla.steps`. Where there is nothing for a priority the next less specific
    agreement counts, in the end the process version's defaults.
    """

    class Kind(models.TextChoices):
        """Between whom."""

        CUSTOMER = "customer", _("With a customer")
        OPERATIONAL = "operational", _("Within the house")  # a team's or a supplier's

    subject_type: ClassVar[str] = "agreement"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.CUSTOMER)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    type = models.CharField(
        max_length=10, choices=TicketType.choices, blank=True, default=""
    )
    team = models.ForeignKey(  # who promises it, of an operational agreement
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    calendar = models.ForeignKey(  # null: around the clock
        Calendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    around_the_clock = ArrayField(  # priorities that count so whatever the calendar
        models.PositiveSmallIntegerField(), default=list, blank=True
    )
    targets: Any = models.JSONField(default=dict)
    warnings = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    escalations: Any = models.JSONField(default=list, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)  # the last day
    is_active = models.BooleanField(default=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ClockKind(models.TextChoices):
    """What is promised."""

    RESPONSE = "response", _("First response")
    UPDATE = "update", _("Next update")
    RESOLUTION = "resolution", _("Resolution")
    OPERATIONAL = "operational", _("Operational target")


class ClockState(models.TextChoices):
    """How a promise stands."""

    PLANNED = "planned", _("Not begun")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")  # provisional, until the ticket is closed
    KEPT = "kept", _("Kept")
    MISSED = "missed", _("Missed")
    WITHDRAWN = "withdrawn", _("Withdrawn")  # not promised any more
    CANCELLED = "cancelled", _("Cancelled")  # with its ticket


class Clock(models.Model):
    """One promise. Working time is counted in `calendar`, to the microsecond.

    `used` is the working time that had gone when it last changed; while it runs, what
    has gone since `since` comes on top, and `due_at` is when `target` is used up.
    `step` says how many of its warnings, escalations and its miss are behind it,
    `next_at` when the next comes: the only column the sweep looks for. Everything here
    follows from the event log; see `itsm.sla.clockwork`.
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="clocks", db_index=False
    )
    kind = models.CharField(max_length=11, choices=ClockKind.choices)
    party = models.ForeignKey(  # whose operational target
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cycle = models.PositiveSmallIntegerField(default=1)  # 0: see clockwork
    state = models.CharField(max_length=9, choices=ClockState.choices)
    agreement = models.ForeignKey(
        Agreement, null=True, on_delete=models.PROTECT, related_name="+"
    )
    calendar = models.ForeignKey(  # null: around the clock; see clock_counted
        CalendarVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    target = models.DurationField()
    used = models.DurationField()
    since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "party", "cycle"],
                nulls_distinct=False,
                name="clock_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=Q(next_at__isnull=False),
                name="clock_next",
            ),
            models.Index(fields=["kind", "started_at"], name="clock_started"),
            models.Index(fields=["calendar", "ticket"], name="clock_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of ticket {self.ticket_id}, {self.state}"


class Page(models.Model):
    """Somebody on duty was woken for a ticket; who does not answer is followed.

    `asked` are those who were paged, in order, the last one now. While `next_at` is set
    the sweep pages the next then.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="pages")
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+"
    )
    first = ArrayField(models.BigIntegerField(), default=list)  # before those on duty
    asked = ArrayField(models.BigIntegerField(), default=list)
    begun_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null where it ended without

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(ended_at=None), name="page_open_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="page_next",
            )
        ]

    @property
    def paged_id(self) -> int | None:
        """Who is being paged now."""
        return self.asked[-1] if self.asked else None


class Recomputation(Job):
    """Promises of open tickets asked for anew, as a calendar or an agreement changed.

    `effects` keeps the first few hundred of what changed; a `dry` one changes nothing.
    """

    class Reason(models.TextChoices):
        """Why."""

        CALENDAR = "calendar", _("A calendar changed")
        AGREEMENT = "agreement", _("An agreement changed")
        VALIDITY = "validity", _("An agreement began or ended")
        BY_HAND = "by_hand", _("Somebody asked for it")

    subject_type: ClassVar[str] = "recomputation"
    by = models.ForeignKey(  # type: ignore[assignment]  # null: it was time
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=9, choices=Reason.choices)
    calendar = models.ForeignKey(
        Calendar, null=True, on_delete=models.CASCADE, related_name="+"
    )
    dry = models.BooleanField(default=False)
    cursor = models.BigIntegerField(default=0)  # after this ticket
    changed = models.PositiveIntegerField(default=0)  # tickets
    effects: Any = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(
                fields=["stamped_at"],
                condition=Q(state__in=["queued", "running"]),
                name="recomputation_to_do",
            )
        ]

    def step(self, *, at: datetime) -> bool:
        """Ask for a few hundred tickets."""
        from itsm.sla import recompute

        return recompute.work(self, at=at)
