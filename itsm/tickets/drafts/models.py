"""Drafts: of one person alone, erasable, and never part of the log."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from itsm.tickets.models import Ticket
from people.models import User

SAYING = "comment"  # the form of the composer
LONGEST_FORM = 60  # characters: `order-` and a slug of 50


class Draft(models.Model):
    """What somebody typed into one form, mostly about a ticket, and has not sent.

    With `due_at` it has been sent and goes out then (`drafts.outgoing`), unless its
    author takes it back; a reply that could not go out is a draft again, with `why`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, related_name="drafts"
    )  # null: of a form that belongs to none (yet), see `drafts.places`
    form = models.CharField(max_length=LONGEST_FORM)  # a verb, or order-laptop …
    body = models.TextField(blank=True, default="")
    fields = models.JSONField(default=dict, blank=True)  # the other inputs
    why = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)  # swept a day later

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "ticket", "form"],
                condition=Q(due_at=None),
                nulls_distinct=False,
                name="draft_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=~Q(due_at=None), name="draft_due"
            ),
            models.Index(
                fields=["discarded_at"],
                condition=~Q(discarded_at=None),
                name="draft_discarded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} of {self.ticket_id} by {self.user_id}"


class Upload(models.Model):
    """A file that came before the words it belongs to; nobody else can read it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uploads")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="uploads")
    file = models.FileField(upload_to="uploads/%Y/%m/", max_length=200)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="upload_age")]

    def __str__(self) -> str:
        return self.name
