"""What people say at the end, when they were asked, and what they were answered."""

from datetime import timedelta
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from itsm.tickets.models import Ticket
from people.models import User

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]
LONGEST_WORDS = 5000  # characters
MONTH = timedelta(days=30)  # in which a person is asked once


class FeedbackAsk(models.Model):
    """A person was asked about a ticket: at most once a ticket, and once a month."""

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, related_name="feedback_ask"
    )
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="feedback_asks"
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="feedback_ask_person")]


class Feedback(models.Model):
    """One piece. Words and answer are erasable; somebody owns it."""

    subject_type: ClassVar[str] = "feedback"

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, related_name="feedback"
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="feedback_given"
    )
    satisfaction = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    effort = models.PositiveSmallIntegerField(null=True, validators=ONE_TO_FIVE)
    words = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    owner = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="feedback_owned"
    )
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="feedback_answered"
    )
    answered_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="feedback_owner"),
            models.Index(fields=["person", "-at"], name="feedback_person"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.satisfaction} of 5"
