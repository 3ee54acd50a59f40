"""What somebody is told: lines of an inbox, and messages on their way."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a message travels. The inbox is not one: it is a row here."""

    MAIL = "mail", _("E-mail")
    CHAT = "chat", _("Chat")
    PAGE = "page", _("Paging")


class Notice(models.Model):
    """One line of somebody's inbox: what happened to one thing, folded while unread."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    rule = models.CharField(max_length=40)  # the last event's, of the rule book
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    events = models.JSONField(default=list)  # [[rule, event id], …], oldest first
    is_urgent = models.BooleanField(default=False)
    at = models.DateTimeField()  # of the last event
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="notice_of_user"),
            models.Index(
                fields=["user"], condition=Q(read_at=None), name="notice_unread"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_type", "subject_id"],
                condition=Q(read_at=None),
                name="notice_folded",
            )
        ]


class Message(models.Model):
    """One message on one channel to one address: first a row here, then sent.

    While `waiting` and not yet due, further events on the same thing join it.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")  # given up; a person may send it again
        DROPPED = "dropped", _("Not sent")  # not needed or not allowed any more

    channel = models.CharField(max_length=5, choices=Channel.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="messages",
    )  # null: a room in a chat
    route = models.ForeignKey(
        "notify.Route", null=True, on_delete=models.CASCADE, related_name="messages"
    )  # the chat room or gateway; null for mail
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()  # 0 in a digest of many things
    events = models.JSONField(default=list)  # [[rule, event id], …], oldest first
    is_urgent = models.BooleanField(default=False)
    is_digest = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # when it is sent, or tried again
    tries = models.PositiveSmallIntegerField(default=0)
    runner = models.UUIDField(null=True)  # who is sending it
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=300, blank=True)  # it went to
    reference = models.CharField(max_length=300, blank=True)  # its Message-ID
    failure = models.CharField(max_length=1000, blank=True)  # see notify.failures

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "route", "due_at"],
                condition=Q(state__in=["waiting", "sending"]),
                name="message_due",
            ),
            models.Index(
                fields=["sent_at", "channel"],
                condition=Q(state="sent"),
                name="message_sent",
            ),
            models.Index(
                fields=["user", "subject_type", "subject_id"],
                condition=Q(state="waiting"),
                name="message_joinable",
            ),
            models.Index(fields=["state", "-created_at"], name="message_state"),
        ]


class Route(models.Model):
    """A way out that is not mail: a chat's incoming webhook or a paging gateway."""

    class Kind(models.TextChoices):
        """What it speaks."""

        SLACK = "slack", _("Slack")
        TEAMS = "teams", _("Microsoft Teams")
        MATTERMOST = "mattermost", _("Mattermost")
        SMS = "sms", _("SMS or voice gateway")
        NTFY = "ntfy", _("ntfy")

    subject_type: ClassVar[str] = "route"
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    url = models.TextField()  # sealed (core.sealing): it is a secret
    secret = models.TextField(blank=True)  # sealed; a gateway's bearer token
    rules = models.JSONField(default=list)  # a room: names of rules it hears
    filters = models.JSONField(
        default=dict
    )  # a room: {"team": [ids], "service": [ids]}
    is_active = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True)  # the other side wants no more
    failure = models.CharField(max_length=1000, blank=True)  # see notify.failures

    def __str__(self) -> str:
        return self.name


class Lane(models.Model):
    """How one way out is doing: mail, or one route. Made when it is first used.

    After a failure it rests; and nothing leaves faster than `tokens` are filled up.
    """

    name = models.CharField(max_length=30, primary_key=True)  # "mail", "route:7"
    tokens = models.FloatField()
    filled_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    failed_at = models.DateTimeField(null=True)  # since then
    rests_until = models.DateTimeField(null=True)
    failure = models.CharField(max_length=1000, blank=True)  # see notify.failures

    def __str__(self) -> str:
        return self.name


class Choice(models.Model):
    """What one person chose for one rule; no row: the rule's own default."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="choices"
    )
    rule = models.CharField(max_length=40)
    channels = models.JSONField(default=list)  # of inbox, mail, chat

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "rule"], name="choice_once")
        ]


class Reach(models.Model):
    """How and when a person is reached: quiet hours, digest, paging, paused address."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="reach",
    )
    quiet_from = models.TimeField(null=True)  # in the person's own zone
    quiet_until = models.TimeField(null=True)
    digest_at = models.TimeField(null=True)  # null: at once
    page_phone = models.CharField(max_length=40, blank=True)
    page_topic = models.CharField(max_length=100, blank=True)  # of ntfy
    mail_paused_at = models.DateTimeField(null=True)  # it bounced
    mail_failure = models.CharField(max_length=1000, blank=True)  # notify.failures


class Wording(models.Model):
    """A rule's text as this organisation wants it; no row: the text that is shipped."""

    subject_type: ClassVar[str] = "wording"
    rule = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    body = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "language"], name="wording_once")
        ]
