"""Rotas, what is changed about them for a while, absences, and secret calendar links.

A layer's row never changes but for its end: a change of the order of people ends it and
begins another, so who was on duty last month stays what it was.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Rota(models.Model):
    """Who of a team is on duty when; or who is the duty manager of the house."""

    class Kind(models.TextChoices):
        """Whose duty it is."""

        TEAM = "team", _("Of a team")
        DUTY_MANAGER = "duty_manager", _("Duty manager")

    subject_type: ClassVar[str] = "rota"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TEAM)
    team = models.ForeignKey(
        "people.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rotas",
    )
    time_zone = models.CharField(max_length=60)
    note = models.TextField(blank=True)  # for whoever takes over next
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=Q(is_active=True), name="rota_of_team_once"
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="duty_manager", is_active=True),
                name="rota_duty_manager_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="team", team__isnull=False)
                | Q(kind="duty_manager", team__isnull=True),
                name="rota_of_a_team_has_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RotaLayer(models.Model):
    """One order of people; see `people.rotas.plan.Layer`, which this becomes."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField()  # 1: first on duty
    time_zone = models.CharField(max_length=60)
    people = ArrayField(models.BigIntegerField())  # ids of users in their order
    every = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=5)
    starts = models.DateField()  # a day of hand-over; turns are counted from it
    hand_over = models.TimeField()
    hours: Any = models.JSONField(default=list, blank=True)  # [[weekday, from, to]]
    begins = models.DateTimeField()
    ends = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["rota", "position"], name="rota_layer_order")]

    def __str__(self) -> str:
        return f"{self.rota_id}/{self.position}"


class RotaOverride(models.Model):
    """Somebody instead of whoever has the turn; the one made last wins."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="overrides")
    position = models.PositiveSmallIntegerField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="rota_override_forward"
            )
        ]
        indexes = [models.Index(fields=["rota", "ends_at"], name="rota_override_end")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.rota_id}/{self.position}"


class RotaSwap(models.Model):
    """Two people exchange two turns: one row, made and undone as one thing."""

    class State(models.TextChoices):
        """Only what is agreed counts."""

        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        UNDONE = "undone", _("Undone")

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="swaps")
    one_layer = models.ForeignKey(RotaLayer, on_delete=models.CASCADE, related_name="+")
    one_turn = models.IntegerField()
    one_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    other_layer = models.ForeignKey(
        RotaLayer, on_delete=models.CASCADE, related_name="+"
    )
    other_turn = models.IntegerField()
    other_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(max_length=9, choices=State.choices)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    proposed_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)  # swaps count in this order

    class Meta:
        indexes = [models.Index(fields=["rota", "state"], name="rota_swap_state")]

    def __str__(self) -> str:
        return f"{self.one_user_id} and {self.other_user_id} in {self.rota_id}"


class Absence(models.Model):
    """Somebody is away; `cover` takes their duty, and what they own."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="covers",
    )
    note = models.CharField(
        max_length=200, blank=True
    )  # for them and who may change it
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="absence_forward"
            )
        ]
        indexes = [models.Index(fields=["ends_at"], name="absence_end")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.starts_at}"


class DutyLink(models.Model):
    """A secret address from which a calendar program reads shifts; only its hash is
    kept. Without a rota: all shifts of its person."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duty_links"
    )
    rota = models.ForeignKey(Rota, null=True, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of 256 random bits
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "rota"], nulls_distinct=False, name="duty_link_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.rota_id}"
