"""Processes, their immutable versions, and who runs on which."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Team, User


class Process(models.Model):
    """A way of working that is owned, versioned and improved."""

    subject_type: ClassVar[str] = "process"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="processes"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name


class ProcessVersion(models.Model):
    """One definition. Once released the database refuses to change it."""

    class Status(models.TextChoices):
        """Where the version stands."""

        DRAFT = "draft", _("Draft")
        RELEASED = "released", _("Released")
        RETIRED = "retired", _("Retired")

    process = models.ForeignKey(
        Process, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    note = models.CharField(max_length=500, blank=True)  # what it is meant to improve
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "number"], name="process_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.process.slug} v{self.number}"


class Rollout(models.Model):
    """Which new tickets start on a version: one team's, a stable share, or all.

    The newest rollout that fits wins: team before share before all. Ended rollouts
    stay as history.
    """

    class Scope(models.TextChoices):
        """For whom."""

        TEAM = "team", _("One team")
        SHARE = "share", _("A share of new tickets")
        ALL = "all", _("All new tickets")

    version = models.ForeignKey(
        ProcessVersion, on_delete=models.PROTECT, related_name="rollouts"
    )
    scope = models.CharField(max_length=5, choices=Scope.choices)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["version"],
                condition=models.Q(ended_at=None),
                name="rollout_running",
            )
        ]
