"""Decisions asked of people, the votes on them, and the groups that decide."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import Service, User


class Authority(models.Model):
    """A group that decides for its services: any of its members, `quorum` of them."""

    subject_type: ClassVar[str] = "authority"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    quorum = models.PositiveSmallIntegerField(default=1)
    members: Any = models.ManyToManyField(User, related_name="authorities")
    services: Any = models.ManyToManyField(  # empty: of services that have none
        Service, related_name="authorities", blank=True
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "authorities"

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """One decision that a ticket's process asks of somebody."""

    ticket = models.ForeignKey(
        "itsm.Ticket", on_delete=models.CASCADE, related_name="approvals"
    )
    name = models.CharField(max_length=60)  # of the rule in the definition
    authority = models.CharField(max_length=40)  # manager, change_authority …
    approver = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="approvals_asked"
    )  # the named person; null: anybody of the group, or with the authority
    group = models.ForeignKey(
        Authority, null=True, on_delete=models.PROTECT, related_name="approvals"
    )
    quorum = models.PositiveSmallIntegerField(default=1)  # how many have to say yes
    asked_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)  # swept; moves on with each reminder
    expires_at = models.DateTimeField(null=True)  # swept; then asked of somebody else
    basis: Any = models.JSONField(default=dict)  # what it was asked about, by field
    former = models.ForeignKey(  # the decision that an edit made void
        "self", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.CharField(max_length=10, blank=True, default="")
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True, default="")
    asked = ArrayField(  # who may answer now, worked out; the exact rule: seats.py
        models.BigIntegerField(), default=list, blank=True
    )

    class Meta:
        indexes = [
            GinIndex(
                fields=["asked"],
                condition=Q(decision=""),
                name="approval_asked",
            ),
            models.Index(
                fields=["approver"],
                condition=Q(decision=""),
                name="approval_pending",
            ),
            models.Index(
                fields=["group"],
                condition=Q(decision="", group__isnull=False),
                name="approval_pending_group",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(decision="", remind_at__isnull=False),
                name="approval_remind",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(decision="", expires_at__isnull=False),
                name="approval_expire",
            ),
        ]


class Vote(models.Model):
    """What one person said to one decision; a person's newer word replaces theirs."""

    class Answer(models.TextChoices):
        """In the words of the page."""

        APPROVED = "approved", _("Approved")
        CONDITION = "condition", _("Approved with a condition")
        REJECTED = "rejected", _("Rejected")
        ASKED = "asked", _("Asked something first")

    approval = models.ForeignKey(
        Approval, on_delete=models.CASCADE, related_name="votes"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="votes")
    on_behalf_of = models.ForeignKey(  # whose delegate or cover voted
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.CharField(max_length=9, choices=Answer.choices)
    words = models.TextField(blank=True, default="")  # condition, question, reason
    at = models.DateTimeField()
    void_at = models.DateTimeField(null=True)  # replaced, or asked anew

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "by"],
                condition=Q(void_at__isnull=True),
                name="vote_once",
            )
        ]


YES = (Vote.Answer.APPROVED, Vote.Answer.CONDITION)


class Delegation(models.Model):
    """For a time, somebody else decides in somebody's place."""

    subject_type: ClassVar[str] = "delegation"
    giver = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="delegations_given"
    )
    to = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="delegations_held"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & ~Q(giver=F("to")),
                name="delegation_forward_to_another",
            )
        ]
        indexes = [models.Index(fields=["to", "ends_at"], name="delegation_to")]
