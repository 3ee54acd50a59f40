"""What a request has that other tickets have not: catalogue, orders, what they give.

`itsm.requests.catalogue` reads and changes offerings, `itsm.requests.forms` their
questions, `itsm.requests.fulfilment` their steps, `itsm.requests.entitlements` what
people hold because of them.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from people.models import Organisation, Service, Team, User
from people.roles import Role

__all__ = ["Offering", "Request", "Task"]


class OfferingCategory(models.Model):
    """A shelf of the catalogue."""

    subject_type: ClassVar[str] = "offering_category"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    icon = models.CharField(max_length=40, blank=True, default="")  # of heroicons
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]
        verbose_name_plural = "offering categories"

    def __str__(self) -> str:
        return self.name


class Course(models.Model):
    """A training that something may ask for, and where to get it."""

    subject_type: ClassVar[str] = "course"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    where = models.CharField(max_length=500, blank=True, default="")  # words or a link
    lasts = models.DurationField(null=True, blank=True)  # then it has to be done again
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Training(models.Model):
    """Somebody did a course."""

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="trainings"
    )
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trainings")
    done_at = models.DateTimeField()
    noted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["person", "course", "-done_at"], name="training_of")
        ]


class Offering(models.Model):
    """Something people can order from the catalogue."""

    class Approval(models.TextChoices):
        """Whose yes it needs; more than one stands in `approvals`."""

        NONE = "", _("Nobody")
        MANAGER = "manager", _("The requester's manager")
        SERVICE_OWNER = "service_owner", _("The service's owner")
        DATA_OWNER = "data_owner", _("The data owner")
        HR = "hr", _("Human resources")

    class Bundle(models.TextChoices):
        """What an order does with a person's profile."""

        NONE = "", _("Nothing")
        JOINER = "joiner", _("Joiner: gives a profile")
        MOVER = "mover", _("Mover: gives what is new, takes what is gone")
        LEAVER = "leaver", _("Leaver: takes everything")

    subject_type: ClassVar[str] = "offering"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    category = models.ForeignKey(
        OfferingCategory,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="offerings",
    )
    icon = models.CharField(max_length=40, blank=True, default="")  # of heroicons
    picture = models.FileField(
        upload_to="offerings/", max_length=200, blank=True, default=""
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL)
    for_roles = ArrayField(  # who may order; empty: everybody
        models.CharField(max_length=30, choices=[(r.value, r.label) for r in Role]),
        default=list,
        blank=True,
    )
    for_organisations: Any = models.ManyToManyField(  # empty: every one
        Organisation, related_name="+", blank=True
    )
    approval = models.CharField(
        max_length=20, choices=Approval.choices, blank=True, default=Approval.NONE
    )
    approver = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # the data owner or HR person
    asks_manager_over = models.DecimalField(  # a price from which the manager decides
        max_digits=10, decimal_places=2, null=True, blank=True
    )
    promise = models.DurationField()  # from the order; working time
    tasks = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    steps: Any = models.JSONField(default=list, blank=True)  # see fulfilment/steps.py
    gives_service = models.ForeignKey(  # an entitlement to it …
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gives_role = models.CharField(max_length=100, blank=True, default="")  # … as this
    gives_for = models.DurationField(null=True, blank=True)  # how long; null: until
    needs = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    bundle = models.CharField(
        max_length=6, choices=Bundle.choices, blank=True, default=Bundle.NONE
    )
    can_recur = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Form(models.Model):
    """One version of an offering's questions; a released one never changes.

    `fields` is a list, see `itsm.requests.forms`. The newest released one is asked.
    """

    offering = models.ForeignKey(
        Offering, on_delete=models.CASCADE, related_name="forms"
    )
    number = models.PositiveSmallIntegerField()
    fields: Any = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offering", "number"], name="offering_form_once"
            ),
            models.UniqueConstraint(
                fields=["offering"],
                condition=Q(released_at__isnull=True),
                name="offering_form_one_draft",
            ),
        ]


class Price(models.Model):
    """What an offering costs from a day on, and how that is reckoned."""

    class Basis(models.TextChoices):
        """The pricing models of ITIL service financial management."""

        COST = "cost", _("At cost")
        COST_PLUS = "cost_plus", _("Cost plus a share")
        MARKET = "market", _("Market price")
        DIFFERENTIAL = "differential", _("By organisation")

    offering = models.ForeignKey(
        Offering, on_delete=models.CASCADE, related_name="prices"
    )
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.COST)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    plus_percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(max_length=3, default="EUR")  # ISO 4217
    organisation = models.ForeignKey(  # of a differential price
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)  # the last day

    class Meta:
        indexes = [models.Index(fields=["offering", "valid_from"], name="price_of")]


class Recurring(models.Model):
    """An order that comes again by itself until somebody ends it."""

    subject_type: ClassVar[str] = "recurring"
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="recurring"
    )
    requester = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answers: Any = models.JSONField(default=dict)
    months = models.PositiveSmallIntegerField()  # between two orders
    first_on = models.DateField()  # whose day of the month the later ones keep
    next_on = models.DateField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=500, blank=True, default="")  # by itself

    class Meta:
        indexes = [
            models.Index(
                fields=["next_on"],
                condition=Q(ended_at__isnull=True),
                name="recurring_due",
            )
        ]


class Request(models.Model):
    """The detail row of a request."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="request"
    )
    offering = models.ForeignKey(
        Offering, null=True, blank=True, on_delete=models.PROTECT
    )
    form = models.ForeignKey(  # the version that was filled in
        Form, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answers: Any = models.JSONField(default=dict, blank=True)  # kept as given
    ordered_by = models.ForeignKey(  # where that is not the requester
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    basis = models.CharField(
        max_length=12, choices=Price.Basis.choices, blank=True, default=""
    )
    cost_centre = models.CharField(max_length=40, blank=True, default="")
    recurring = models.ForeignKey(
        Recurring, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    profile = models.ForeignKey(  # of a joiner or mover
        "itsm.Profile",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )


class Charge(models.Model):
    """A line for a cost centre: what an order came to, or its taking back."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="charges")
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="charges"
    )
    cost_centre = models.CharField(max_length=40, blank=True, default="")
    amount = models.DecimalField(
        max_digits=10, decimal_places=2
    )  # negative: taken back
    currency = models.CharField(max_length=3)
    basis = models.CharField(max_length=12, choices=Price.Basis.choices)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at", "cost_centre"], name="charge_at")]


class Automatic(models.Model):
    """A step without hands: a call goes out, and its answer ends the task."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("Waiting for its turn")
        CALLING = "calling", _("Being called")
        ANSWER = "answer", _("Waiting for the answer")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed: somebody has to look")

    task = models.OneToOneField(
        Task, primary_key=True, on_delete=models.CASCADE, related_name="automatic"
    )
    url = models.TextField()  # sealed (core.sealing)
    secret = models.TextField(blank=True, default="")  # sealed; signs the call
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    token_digest = models.CharField(max_length=64, blank=True, default="")  # to answer
    attempts = models.PositiveSmallIntegerField(default=0)  # of this round
    rounds = models.PositiveSmallIntegerField(default=0)  # retried by hand
    most_attempts = models.PositiveSmallIntegerField(default=5)
    timeout = models.DurationField(default=timedelta(hours=1))  # for the answer
    next_at = models.DateTimeField(null=True)  # swept
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1000, blank=True, default="")  # the answer's
    failure = models.CharField(max_length=1000, blank=True, default="")  # a code

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="automatic_due",
            )
        ]


class Part(models.Model):
    """What a task of a bundle is for: an offering it gives, or what it takes away."""

    task = models.OneToOneField(
        Task, primary_key=True, on_delete=models.CASCADE, related_name="part"
    )
    offering = models.ForeignKey(
        Offering, null=True, on_delete=models.PROTECT, related_name="+"
    )
    takes = models.ForeignKey(
        "itsm.Entitlement", null=True, on_delete=models.CASCADE, related_name="parts"
    )


class Entitlement(models.Model):
    """Somebody may use a service in a role, because of an order, until when."""

    subject_type: ClassVar[str] = "entitlement"
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="entitlements"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="entitlements"
    )
    role = models.CharField(max_length=100, blank=True, default="")
    ticket = models.ForeignKey(  # the order that gave it
        Ticket, null=True, on_delete=models.PROTECT, related_name="entitlements"
    )
    offering = models.ForeignKey(
        Offering, null=True, on_delete=models.PROTECT, related_name="entitlements"
    )
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # swept
    warned_at = models.DateTimeField(null=True)  # told that it expires
    confirm_by = models.DateTimeField(null=True)  # its owner confirms it until then
    asked_at = models.DateTimeField(null=True)  # the owner, to confirm it
    overdue_at = models.DateTimeField(null=True)  # told that nobody confirmed it
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, blank=True, default="")  # expired …

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "service", "role"],
                condition=Q(ended_at__isnull=True),
                name="entitlement_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(ended_at__isnull=True, expires_at__isnull=False),
                name="entitlement_expires",
            ),
            models.Index(
                fields=["service", "confirm_by"],
                condition=Q(ended_at__isnull=True),
                name="entitlement_confirm",
            ),
            models.Index(
                fields=["confirm_by"],
                condition=Q(ended_at__isnull=True, overdue_at__isnull=True),
                name="entitlement_owed",
            ),
        ]


class Profile(models.Model):
    """What people of one kind of job get: offerings, together."""

    subject_type: ClassVar[str] = "profile"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    offerings: Any = models.ManyToManyField(
        Offering, related_name="profiles", blank=True
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
