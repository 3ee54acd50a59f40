"""The shared ticket record and what hangs on it. Lists read `Ticket` alone."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.tickets.approving.models import Approval
from itsm.tickets.querysets import TicketQuerySet
from itsm.tickets.states import (
    OPEN,
    WORKABLE,
    Channel,
    DueKind,
    Level,
    LinkKind,
    Size,
    StateCategory,
    TicketType,
)
from people.models import Category, Organisation, Service, Team, User
from processes.models import ProcessVersion

LONGEST_BODY = 50_000  # characters of a description or comment
IS_OPEN = Q(state_category__in=[c.value for c in OPEN])
IS_ENDED = Q(state_category__in=[c.value for c in StateCategory if c not in OPEN])
IS_WORKABLE = Q(state_category__in=[c.value for c in WORKABLE])


class Ticket(models.Model):
    """One piece of service work, whatever its practice."""

    subject_type: ClassVar[str] = "ticket"

    # Of this instance, not of the row: what an action that holds it keeps.
    unsaved: frozenset[str] = frozenset()
    detail_row: Any = None
    approval_rows: "list[Approval] | None" = None
    asker_ids: list[int] | None = None
    promised: Any = None

    number = models.CharField(max_length=16, unique=True)
    type = models.CharField(max_length=10, choices=TicketType.choices)
    title = models.CharField(max_length=250)
    description = models.TextField(blank=True, default="")
    channel = models.CharField(
        max_length=8, choices=Channel.choices, default=Channel.AGENT
    )

    process_version = models.ForeignKey(
        ProcessVersion, on_delete=models.PROTECT, related_name="tickets"
    )
    state = models.CharField(max_length=40)
    state_category = models.CharField(max_length=10, choices=StateCategory.choices)
    state_since = models.DateTimeField()
    wait_reason = models.CharField(max_length=40, blank=True, default="")
    wake_at = models.DateTimeField(null=True, blank=True)
    timer_at = models.DateTimeField(null=True, blank=True)  # swept; see timers.py
    timer_verb = models.CharField(max_length=40, blank=True, default="")

    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT
    )
    impact = models.CharField(max_length=6, choices=Level.choices, default=Level.LOW)
    urgency = models.CharField(
        max_length=6, choices=Level.choices, default=Level.MEDIUM
    )
    priority = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    priority_reason = models.CharField(max_length=500, blank=True, default="")
    size = models.PositiveSmallIntegerField(choices=Size.choices, default=Size.S)
    affected = models.PositiveIntegerField(default=1)  # people

    requester = models.ForeignKey(  # see the index ticket_requester
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="tickets_requested",
        db_index=False,
    )
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets_owned",
    )
    offered_to = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets_offered",
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT
    )
    organisation = models.ForeignKey(  # see the index ticket_organisation
        Organisation, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="children",
    )
    restricted = models.BooleanField(default=False)

    band = models.PositiveSmallIntegerField(default=1)  # 0: majors and P1
    start_by = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True, blank=True)
    next_due_kind = models.CharField(
        max_length=10, choices=DueKind.choices, blank=True, default=""
    )
    time_left = models.DurationField(  # while the requester is asked
        null=True, blank=True
    )
    responded_at = models.DateTimeField(null=True, blank=True)
    informed_at = models.DateTimeField(
        null=True, blank=True
    )  # last public text of ours
    paused_since = models.DateTimeField(null=True, blank=True)
    paused_for = models.DurationField(null=True, blank=True)

    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True, default="")
    resolution_code = models.CharField(max_length=40, blank=True, default="")
    verified_by = models.CharField(max_length=10, blank=True, default="")

    handovers = models.PositiveSmallIntegerField(default=0)
    reopens = models.PositiveSmallIntegerField(default=0)
    external_ref = models.CharField(max_length=200, blank=True, default="")
    extra = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)  # the ETag; grows with each save

    objects: ClassVar[Any] = TicketQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["band", "start_by", "id"],
                condition=IS_WORKABLE,
                name="ticket_order",
            ),
            models.Index(
                fields=["type", "band", "start_by", "id"],
                condition=IS_WORKABLE,
                name="ticket_type_order",
            ),
            *(  # in order, and counted by these filters from the index alone
                models.Index(
                    fields=[of, "band", "start_by", "id"],
                    include=["priority", "state_category", "restricted"],
                    condition=IS_OPEN,
                    name=f"ticket_{of}_list",
                )
                for of in ("team", "owner", "service", "category", "organisation")
            ),
            models.Index(
                fields=["organisation", "opened_at", "id"],
                name="ticket_organisation_opened",
            ),
            models.Index(
                fields=["state_since", "id"],
                include=["wait_reason", "state_category", "restricted"],
                condition=IS_OPEN,
                name="ticket_since_list",
            ),
            models.Index(
                fields=["updated_at", "id"],
                condition=Q(state_category=StateCategory.RESOLVED.value),
                name="ticket_resolved",
            ),
            models.Index(  # answers "how many are due soon, of those I see" alone
                fields=[
                    *("next_due_at", "id", "restricted"),
                    *("requester", "owner", "team"),
                ],
                condition=IS_OPEN,
                name="ticket_next_due",
            ),
            models.Index(
                fields=["timer_at"],
                condition=Q(timer_at__isnull=False),
                name="ticket_timer",
            ),
            models.Index(fields=["requester", "-id"], name="ticket_requester"),
            models.Index(fields=["organisation", "-id"], name="ticket_organisation"),
            models.Index(fields=["type", "-id"], name="ticket_type"),
            models.Index(fields=["updated_at", "id"], name="ticket_updated"),
            models.Index(fields=["opened_at", "id"], name="ticket_opened"),
            models.Index(  # a practice's ended tickets, newest first
                fields=["type", "state_category", "opened_at", "id"],
                condition=IS_ENDED,
                name="ticket_ended",
            ),
            models.Index(
                fields=["priority", "start_by", "id"],
                condition=IS_OPEN,
                name="ticket_priority",
            ),
            models.Index(
                fields=["band", "start_by", "id"],
                condition=Q(owner__isnull=True) & IS_OPEN,
                name="ticket_unowned",
            ),
            models.Index(fields=["process_version", "state"], name="ticket_version"),
            models.Index(
                fields=["team", "owner", "requester", "type", "state_category", "id"],
                condition=Q(restricted=True) & IS_OPEN,
                name="ticket_restricted",
            ),
            models.Index(
                fields=["external_ref"],
                condition=~Q(external_ref=""),
                name="ticket_external_ref",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Comment(models.Model):
    """One message of the conversation, public or internal. Erasable."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="comments"
    )
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    body = models.TextField()
    is_public = models.BooleanField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    at = models.DateTimeField()
    redacted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.body[:40]}"


class Attachment(models.Model):
    """A file, checked when it came and served only to those who see its ticket."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="attachments"
    )
    comment = models.ForeignKey(
        Comment, null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    file = models.FileField(upload_to="attachments/%Y/%m/", max_length=200)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256
    is_public = models.BooleanField(default=True)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    redacted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """`source` is <kind> `target`."""

    source = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links_from"
    )
    target = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links_to"
    )
    kind = models.CharField(max_length=20, choices=LinkKind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"], name="link_once"
            ),
            models.CheckConstraint(
                condition=~Q(source=models.F("target")), name="link_not_to_itself"
            ),
        ]


class Participant(models.Model):
    """Somebody who follows (watcher) or was copied on; both may see the ticket."""

    class Role(models.TextChoices):
        """Why they are on it."""

        WATCHER = "watcher", _("Watcher")
        COPIED = "copied", _("Copied on")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="participations"
    )
    role = models.CharField(max_length=8, choices=Role.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "ticket", "role"], name="participant_once"
            )
        ]


class TicketSearch(models.Model):
    """What search reads: kept by a consumer of the log, emptied by redaction."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="search"
    )
    document = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["document"], name="ticket_search_document")]
