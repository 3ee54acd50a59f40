"""Users, teams, organisations, services, roles, tokens."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core import prepared
from people.calendars.models import Calendar, CalendarVersion  # noqa: F401
from people.roles import Role
from people.rotas.models import (  # noqa: F401
    Absence,
    DutyLink,
    Rota,
    RotaLayer,
    RotaOverride,
    RotaSwap,
)


class Organisation(models.Model):
    """A customer: whose people report, and see each other's tickets if it says so."""

    subject_type: ClassVar[str] = "organisation"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    shares_tickets = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    contact = models.ForeignKey(  # speaks for the customer: accepts its agreements
        "people.User",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contact_of",
    )

    def __str__(self) -> str:
        return self.name


class Theme(models.TextChoices):
    """By day, by night, or as the device says."""

    SYSTEM = "", _("As the device says")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Presence(models.TextChoices):
    """Whether somebody who works here may be asked now."""

    AVAILABLE = "available", _("I can help")
    BUSY = "busy", _("Do not disturb")
    AWAY = "away", _("Away")


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail, whatever its case."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """A user, with an unusable password where none is given."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail."""
        return self.get(email__iexact=username)

    def people(self) -> "models.QuerySet[User]":
        """Who may be named, asked and told: people with access, and no programs."""
        return self.filter(is_active=True, is_machine=False)


class User(AbstractBaseUser):
    """A person. What they may do follows from `roles` (see `people.policy`)."""

    subject_type: ClassVar[str] = "user"
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT
    )
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    roles = ArrayField(
        models.CharField(max_length=30, choices=[(r.value, r.label) for r in Role]),
        default=list,
        blank=True,
    )
    cost_centre = models.CharField(max_length=40, blank=True, default="")
    is_vip = models.BooleanField(default=False)
    is_machine = models.BooleanField(default=False)  # a program: never signs in
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=60, default="", blank=True)
    language = models.CharField(max_length=8, default="", blank=True)  # "": browser's
    theme = models.CharField(
        max_length=5, choices=Theme.choices, default=Theme.SYSTEM, blank=True
    )
    presence = models.CharField(
        max_length=9, choices=Presence.choices, default=Presence.AVAILABLE
    )
    presence_until = models.DateTimeField(null=True, blank=True)
    tour = models.PositiveSmallIntegerField(default=0)  # 0 not begun, 1 to 4, 5 done
    keys = models.JSONField(default=dict, blank=True)  # {"off": bool, "map": {…}}
    created_at = models.DateTimeField()
    anonymised_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]
        indexes = [models.Index(fields=["name"], name="user_name")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Works here, in whatever role (Django's admin asks policy besides)."""
        return any(role != Role.REQUESTER for role in self.roles)

    @property
    def works_here(self) -> bool:
        """Somebody who can have work: a person with access, of the staff."""
        return self.is_active and self.is_staff and not self.is_machine

    @property
    def is_superuser(self) -> bool:
        """Administrators only; named so for Django's own pages."""
        return Role.ADMINISTRATOR in self.roles

    @cached_property
    def led_team_ids(self) -> frozenset[int]:
        """The teams this person leads; read once for each instance."""

        def build(pk: int) -> models.QuerySet[Any, Any]:
            led = Membership.objects.filter(user_id=pk, is_lead=True)
            return led.values_list("team_id")

        return frozenset(team for (team,) in prepared.fetch("led", build, pk=self.pk))

    def presence_at(self, at: datetime) -> str:
        """What they said last, unless the time they gave has passed."""
        if self.presence_until is not None and self.presence_until <= at:
            return Presence.AVAILABLE
        return self.presence

    def has_role(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles."""
        return any(role in self.roles for role in roles)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's admin: administrators look, nobody changes."""
        return self.is_active and self.is_superuser and ".view_" in perm

    def has_module_perms(self, app_label: str) -> bool:
        """Django's admin: administrators look."""
        return self.is_active and self.is_superuser


class Team(models.Model):
    """People who work together; leads may assign and override."""

    subject_type: ClassVar[str] = "team"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=300, blank=True)
    is_supplier = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    members: Any = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once")
        ]


class Service(models.Model):
    """What customers use and teams support."""

    class Criticality(models.TextChoices):
        """How much stands still without it."""

        CRITICAL = "critical", _("Critical")
        HIGH = "high", _("High")
        NORMAL = "normal", _("Normal")

    class SupportModel(models.TextChoices):
        """Who comes to a ticket: a swarm, tier after tier, or a mix."""

        SWARM = "swarm", _("Swarm")
        TIERS = "tiers", _("Tiers")
        MIX = "mix", _("Mix")

    subject_type: ClassVar[str] = "service"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="services_owned",
    )
    criticality = models.CharField(
        max_length=10, choices=Criticality.choices, default=Criticality.NORMAL
    )
    support_model = models.CharField(
        max_length=10, choices=SupportModel.choices, default=SupportModel.SWARM
    )
    always_on = models.BooleanField(default=False)  # 24x7
    is_restricted = models.BooleanField(default=False)  # its tickets start restricted
    is_active = models.BooleanField(default=True)
    depends_on: Any = models.ManyToManyField(
        "self", symmetrical=False, related_name="carries", blank=True
    )
    support_teams: Any = models.ManyToManyField(
        Team, related_name="services", blank=True
    )
    organisations: Any = models.ManyToManyField(
        Organisation, related_name="services", blank=True
    )  # empty: every organisation may use it

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """What kind of trouble; for its services, or for all where it names none."""

    subject_type: ClassVar[str] = "category"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    services: Any = models.ManyToManyField(
        Service, related_name="categories", blank=True
    )

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A program's key: only its hash is kept; the token itself is shown once."""

    subject_type: ClassVar[str] = "token"
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of 256 random bits
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    per_minute = models.PositiveIntegerField(null=True, blank=True)  # calls; or as all
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SignIn(models.Model):
    """One browser somebody is signed in with: where from, and when it was last seen."""

    subject_type: ClassVar[str] = "sign_in"
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="sign_in_seen")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.ip}"


class SignOn(models.Model):
    """The OpenID Connect provider people may sign in with; one row at most."""

    subject_type: ClassVar[str] = "sign_on"
    name = models.CharField(max_length=40)
    issuer = models.URLField(max_length=500)
    client_id = models.CharField(max_length=191)
    secret = models.TextField(blank=True)  # sealed (core.sealing); never shown
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
