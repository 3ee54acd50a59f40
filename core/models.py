"""The event log, its readers, and erasable texts."""

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One thing that happened. Append-only: the database refuses UPDATE and DELETE.

    Carries ids and old/new values, never a text a person typed: those live in
    erasable rows. `id` grows in commit order (see `core.log`), so one number is
    a complete cursor.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # a user; null is the system itself
    door = models.CharField(max_length=8)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    public = models.BooleanField(default=False)  # may a requester of it see this?
    changes = models.JSONField(default=dict)  # {field: [old, new]}
    request_id = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id", "id"], name="event_subject"
            ),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.subject_type}:{self.subject_id}"


class TextVersion(models.Model):
    """A former or current wording of a text field that was edited or redacted.

    The first edit of a field writes its original wording too, so that no version
    is lost; events name these rows by id. Redaction empties `body`.
    """

    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    body = models.TextField()
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="text_subject")
        ]


class Consumer(models.Model):
    """One reader of the log: its cursor moves in the transaction of its work."""

    name = models.CharField(max_length=40, primary_key=True)
    cursor = models.BigIntegerField(default=0)
    advanced_at = models.DateTimeField(null=True)
    failure = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.cursor}"


class Hold(models.Model):
    """Events of one request (a batch) that outward readers wait for; see `consumers`.

    Open while they may still be taken back. `until` null: not yet known until when.
    """

    key = models.UUIDField(primary_key=True)  # the events' request_id
    until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["until"],
                condition=models.Q(closed_at__isnull=True),
                name="hold_open",
            )
        ]


class TakenBack(models.Model):
    """What a held request did to this subject was undone: waiting readers skip it."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, db_index=False)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "subject_type", "subject_id"], name="taken_back_once"
            )
        ]


class HeldEvent(models.Model):
    """An event that a waiting reader has passed but not yet been given."""

    consumer = models.CharField(max_length=40)
    event_id = models.BigIntegerField()
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consumer", "event_id"], name="held_event_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["consumer", "subject_type", "subject_id"], name="held_subject"
            )
        ]


class IdempotencyKey(models.Model):
    """The answer given to a POST, kept 24 h, so that a repeat gets the same one."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # method, path and body, SHA-256
    status = models.SmallIntegerField(null=True)  # null while the work is running
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="idempotency_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
