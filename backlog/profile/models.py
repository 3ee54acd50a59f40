"""What a process is beside its rules: for whom, with whom, by which steps, how well."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as T

from people.models import User
from processes.models import Process

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]
HIGH = 4  # of interest or power, on one to five


def columns() -> list[dict[str, Any]]:
    """The board of a process that has not made its own."""
    made = (
        ("todo", T("To do"), "todo"),
        ("doing", T("In progress"), "doing"),
        ("verifying", T("Verifying"), "doing"),
        ("done", T("Done"), "done"),
    )
    return [
        {"slug": slug, "name": name, "category": category, "limit": None}
        for slug, name, category in made
    ]


class Profile(models.Model):
    """How a process is improved: its goal, its customers, the habits of its backlog.

    Also the row that whoever changes the order of a backlog locks.
    """

    class Order(models.TextChoices):
        """By what its backlog stands in order."""

        WSJF = "wsjf", _("Cost of delay for its size (WSJF)")
        HAND = "hand", _("By hand")

    class Estimates(models.TextChoices):
        """What is estimated in."""

        POINTS = "points", _("Points")
        SIZES = "sizes", _("Sizes (XS to XL)")

    process = models.OneToOneField(
        Process, on_delete=models.CASCADE, related_name="profile"
    )
    goal = models.TextField(blank=True, default="")
    customers = models.TextField(blank=True, default="")
    suppliers = models.TextField(blank=True, default="")
    # the Agile Service Manager: facilitates, removes impediments
    service_manager = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    order = models.CharField(max_length=4, choices=Order.choices, default=Order.WSJF)
    estimates = models.CharField(
        max_length=6, choices=Estimates.choices, default=Estimates.POINTS
    )
    ready = models.JSONField(default=list)  # definition of ready: sentences
    done = models.JSONField(default=list)  # definition of done: sentences
    columns = models.JSONField(default=columns)
    stale_days = models.PositiveSmallIntegerField(default=60)
    large_over = models.PositiveSmallIntegerField(default=8)  # points

    def __str__(self) -> str:
        return f"profile of {self.process_id}"


class Member(models.Model):
    """Somebody of a process's improvement team."""

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="members"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="improves")
    days_a_week = models.DecimalField(max_digits=2, decimal_places=1, default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "user"], name="backlog_member_once"
            )
        ]


class Stakeholder(models.Model):
    """Whom a process concerns; `opinion` is for its owner and team only."""

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="stakeholders"
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=200)  # a person, a group, a role
    interest = models.PositiveSmallIntegerField(default=3, validators=ONE_TO_FIVE)
    power = models.PositiveSmallIntegerField(default=3, validators=ONE_TO_FIVE)
    needs = models.TextField(blank=True, default="")  # what they need to hear
    cadence = models.CharField(max_length=100, blank=True, default="")  # and when
    opinion = models.TextField(blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "user"],
                condition=models.Q(user__isnull=False),
                name="backlog_stakeholder_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def weight(self) -> str:
        """critical, major, significant or minor: the quarter of the map."""
        if self.power >= HIGH:
            return "critical" if self.interest >= HIGH else "major"
        return "significant" if self.interest >= HIGH else "minor"


class Statement(models.Model):
    """A policy, control or guideline; a control names what it serves."""

    class Kind(models.TextChoices):
        """Policies say what must be, controls see to it, guidelines advise."""

        POLICY = "policy", _("Policy")
        CONTROL = "control", _("Control")
        GUIDELINE = "guideline", _("Guideline")

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="statements"
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    title = models.CharField(max_length=250)
    text = models.TextField(blank=True, default="")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    policy = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="served"
    )
    risk = models.CharField(max_length=250, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class StreamStep(models.Model):
    """One step of the value stream: minutes worked, minutes waited before it."""

    class Value(models.TextChoices):
        """What the step's work is worth to the customer."""

        ADDING = "adding", _("Value-adding")
        NECESSARY = "necessary", _("Necessary")
        WASTE = "waste", _("Waste")

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="stream"
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    process_minutes = models.DecimalField(max_digits=10, decimal_places=1)
    waiting_minutes = models.DecimalField(max_digits=10, decimal_places=1)
    value = models.CharField(
        max_length=9, choices=Value.choices, default=Value.NECESSARY
    )
    first_pass = models.DecimalField(  # yield in per cent; null: not known
        max_digits=4, decimal_places=1, null=True, blank=True
    )
    measured_at = models.DateTimeField(null=True)  # from the log; null: by hand

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "position"],
                name="backlog_step_place",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.name


class Aim(models.Model):
    """From purpose to objective to indicator to metric: one line of that tree."""

    class Kind(models.TextChoices):
        """Each kind stands under the one before it."""

        OBJECTIVE = "objective", _("Objective")
        INDICATOR = "indicator", _("Indicator")
        METRIC = "metric", _("Metric")

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="aims")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="under"
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    title = models.CharField(max_length=250)
    target = models.CharField(max_length=100, blank=True, default="")
    value = models.CharField(max_length=100, blank=True, default="")  # last known
    measured_at = models.DateTimeField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title
