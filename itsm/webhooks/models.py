"""Who outside is told of what, each telling, and tellings asked for again."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.jobs import Job
from people.models import User

TEST = "webhook.test"  # the kind of the event that tries one out


class Webhook(models.Model):
    """One subscription. It hears what its owner may see, and no more.

    `kinds` are whole ("ticket.resolve"), all that begin alike ("ticket.*"), or "*".
    `filters` narrow tickets: {"type": […], "team": [ids], "service": …, "organisation":
    …, "priority": at least}. It hears of events behind `after`.
    """

    subject_type: ClassVar[str] = "webhook"
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    kinds = ArrayField(models.CharField(max_length=60))
    filters: Any = models.JSONField(default=dict)
    with_restricted = models.BooleanField(default=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    secret = models.TextField()  # sealed
    old_secret = models.TextField(default="")  # sealed; signs too until `old_until`
    old_until = models.DateTimeField(null=True)
    after = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")  # why it is paused, or the last trouble
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)  # nothing got through since
    rests_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("name"),
                condition=Q(deleted_at=None),
                name="webhook_name_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether anything may leave."""
        return self.paused_at is None and self.deleted_at is None

    def is_rotating(self, at: datetime) -> bool:
        """Whether the former secret still signs too."""
        return self.old_until is not None and self.old_until > at


class Delivery(models.Model):
    """One event for one webhook: the only row of the two, however often it is sent.

    Those of one subject leave in the order of the log. `is_again`: a person asked for
    it once more, so its turn is over and nobody waits for it.
    """

    class State(models.TextChoices):
        """What became of it."""

        PENDING = "pending", _("On its way")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        GIVEN_UP = "given_up", _("Given up")
        DROPPED = "dropped", _("Not told")

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_at = models.DateTimeField(null=True)  # the first try
    tried_at = models.DateTimeField(null=True)  # the last one
    delivered_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)  # the last answer's code
    ms = models.PositiveIntegerField(null=True)  # until it, or until it failed
    failure = models.TextField(default="")
    body = models.TextField(default="")  # as it was last sent; kept for a week
    runner = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    is_again = models.BooleanField(default=False)
    replay = models.ForeignKey(
        "itsm.Replay", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event_id"], name="delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("pending", "sending", "delivered", "given_up", "dropped")
                    ]
                ),
                name="delivery_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "subject_type", "subject_id", "event_id"],
                condition=Q(state__in=["pending", "sending"]),
                name="delivery_line",
            ),
            models.Index(
                fields=["webhook", "due_at"],
                condition=Q(state__in=["pending", "sending"]),
                name="delivery_due",
            ),
            models.Index(fields=["webhook", "id"], name="delivery_of"),
            models.Index(fields=["created_at"], name="delivery_age"),
            models.Index(
                fields=["subject_type", "subject_id"],
                condition=~Q(body=""),
                name="delivery_texts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state} {self.kind}"

    @property
    def message_id(self) -> str:
        """The same however often it is sent: receivers know a second one by it."""
        return f"msg_{self.webhook_id}_{self.event_id}"


class Replay(Job):
    """Everything since a moment, told once more; `done` and `total` are of the log.

    While it runs nothing overtakes it: what lies behind `cursor` waits.
    """

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="replays"
    )
    since = models.DateTimeField()
    cursor = models.BigIntegerField()  # behind this event
    until = models.BigIntegerField()  # the last one
    told = models.PositiveIntegerField(default=0)  # deliveries

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webhook"],
                condition=Q(state__in=["queued", "running"]),
                name="replay_one_at_a_time",
            )
        ]

    def step(self, *, at: datetime) -> bool:
        """Ask for a few hundred events."""
        from itsm.webhooks import replaying

        return replaying.work(self, at=at)
