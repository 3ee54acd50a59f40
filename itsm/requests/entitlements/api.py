"""Entitlements, courses, trainings and profiles over REST."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import Filter, containing, flag, named
from core.api.pages import BY_SLUG, Order
from core.api.resources import Resource, routes, slugs
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.requests.entitlements import giving, trainings
from itsm.requests.entitlements.subjects import visible
from itsm.requests.fulfilment import profiles
from itsm.requests.models import Course, Entitlement, Offering, Profile, Training
from people import api_fields as fields
from people.models import User
from people.policy import Scope, allows, require
from people.roles import Role

LONGEST = timedelta(days=36_500)
LENGTH: Schema = {
    "type": ["string", "null"],
    "pattern": "^P[0-9A-Z.]{1,30}$",
    "description": "ISO 8601, such as P365D; null for good",
}
LENGTH_TOLD: Schema = {"type": ["string", "null"], "format": "duration"}


def length(value: Any) -> timedelta:
    """A length such as P365D."""
    try:
        found = parse_duration(value) if isinstance(value, str) else None
    except OverflowError:
        found = None
    if found is None or value[:1] != "P" or abs(found) > LONGEST:
        raise ValueError(_("Send a length such as P365D."))
    return found


def _held(user: User) -> QuerySet[Entitlement]:
    return visible(user).select_related(
        *("person", "service", "offering", "ticket", "confirmed_by")
    )


def _tell(row: Entitlement) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "person": row.person.email,
        "service": row.service.slug,
        "role": row.role,
        "order": row.ticket.number if row.ticket else None,
        "offering": row.offering.slug if row.offering else None,
        "given_at": row.given_at,
        "expires_at": row.expires_at,
        "confirm_by": row.confirm_by,
        "confirmed_at": row.confirmed_at,
        "confirmed_by": row.confirmed_by.email if row.confirmed_by else None,
        "ended_at": row.ended_at,
        "ended_why": row.ended_why,
    }


def _running(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    known = {"running": Q(ended_at=None), "ended": Q(ended_at__isnull=False)}
    known["unconfirmed"] = Q(ended_at=None, confirm_by__lte=timezone.now())
    if len(values) != 1 or values[0] not in known:
        raise ValueError(_("Choose one of: %(w)s.") % {"w": ", ".join(known)})
    return rows.filter(known[values[0]])


READERS: Mapping[str, fields.Reader] = {
    "person": fields.PERSON,
    "service": fields.SERVICE,
    "role": fields.text(100),
    "lasts": fields.optional(length),
}


def _grant(raw: Mapping[str, Any], *, by: User, at: datetime) -> Entitlement:
    given = fields.read(raw, READERS)
    missing = [name for name in ("person", "service") if name not in given]
    if missing:
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return giving.grant(**given, by=by, at=at)


def _may_grant(user: User, row: Entitlement | None) -> None:
    """Administrators, and owners of services; of which the action says."""
    owns = user.has_role(Role.SERVICE_OWNER)
    require(user, "entitlement.confirm", frozenset({Scope.OWNED} if owns else ()))


TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "person": TEXT,
    "service": TEXT,
    "role": TEXT,
    "order": OPTIONAL_TEXT,
    "offering": OPTIONAL_TEXT,
    "given_at": INSTANT,
    "expires_at": OPTIONAL_INSTANT,
    "confirm_by": OPTIONAL_INSTANT,
    "confirmed_at": OPTIONAL_INSTANT,
    "confirmed_by": OPTIONAL_TEXT,
    "ended_at": OPTIONAL_INSTANT,
    "ended_why": TEXT,
}
STATES = ["running", "ended", "unconfirmed"]
ENTITLEMENTS = Resource(
    name="entitlements",
    shape="Entitlement",
    key="pk",
    rows=_held,
    tell=_tell,
    told=TOLD,
    order=Order(columns={"id": "pk", "given_at": "given_at"}, first="id"),
    filters=(
        named("person", "person__email", fold=True),
        named("service", "service__slug"),
        named("offering", "offering__slug", nullable="offering"),
        named("order", "ticket__number", nullable="ticket"),
        Filter("state", _running, schema={"type": "string", "enum": STATES}),
    ),
    create=_grant,
    may_write=_may_grant,
    taken={
        "person": TEXT,
        "service": TEXT,
        "role": {"type": "string", "maxLength": 100},
        "lasts": LENGTH,
    },
    required=("person", "service"),
)
SHAPE: Schema = {"$ref": "#/components/schemas/Entitlement"}


class VerbView(ApiView):
    """`POST /api/v1/entitlements/<id>/confirm/` and `…/end/`."""

    collection = "entitlements"
    verb: Any = None

    def find(self, key: str = "", **kwargs: Any) -> Entitlement:
        """The one, as far as the person sees it."""
        is_number = key.isascii() and key.isdigit() and len(key) < 19
        row = _held(self.user).filter(pk=int(key)).first() if is_number else None
        if row is None:
            raise Http404(_("There is no entitlement %(key)s for you.") % {"key": key})
        return row

    def check_allowed(self) -> None:
        """The service's owner, and who administers."""
        giving.require_owner(self.user, self.subject.service)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Decide it, and answer the entitlement."""
        return self.once(self._work)

    def _work(self) -> HttpResponse:
        if unknown := self.fields():
            raise Invalid({name: [_("There is no such field.")] for name in unknown})
        self.decide()
        return answers.answer(_tell(_held(self.user).get(pk=self.subject.pk)))

    def decide(self) -> None:
        """The one domain call."""
        raise NotImplementedError


class ConfirmView(VerbView):
    """It is still needed."""

    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc("It is still needed, for half a year", SHAPE, is_keyed=True)
    }

    def decide(self) -> None:
        """Confirm it."""
        giving.confirm(entitlement=self.subject, by=self.user, at=self.at)


class EndView(VerbView):
    """It is not needed any more."""

    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc("It is not needed any more", SHAPE, is_keyed=True)
    }

    def decide(self) -> None:
        """End it."""
        giving.end(entitlement=self.subject, by=self.user, at=self.at)


def _courses(user: User) -> QuerySet[Course]:
    rows = Course.objects.all()
    return rows if user.is_staff else rows.filter(is_active=True)


COURSE_READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "where": fields.text(500),
    "lasts": fields.optional(length),
    "is_active": fields.flag,
}


def _create_course(raw: Mapping[str, Any], *, by: User, at: datetime) -> Course:
    given = {"name": "", **fields.read(raw, COURSE_READERS)}
    return trainings.create_course(by=by, at=at, **given)


def _change_course(
    row: Course, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Course:
    given = fields.read(raw, COURSE_READERS)
    return trainings.change_course(course=row, by=by, at=at, **given)


COURSES = Resource(
    name="courses",
    shape="Course",
    key="slug",
    rows=_courses,
    tell=lambda row: {
        "slug": row.slug,
        "name": row.name,
        "where": row.where,
        "lasts": row.lasts,
        "is_active": row.is_active,
    },
    told={
        "slug": TEXT,
        "name": TEXT,
        "where": TEXT,
        "lasts": LENGTH_TOLD,
        "is_active": FLAG,
    },
    order=BY_SLUG,
    filters=(containing("q", "name", "where"), flag("is_active", "is_active")),
    create=_create_course,
    change=_change_course,
    may_write=lambda user, row: require(user, "course.change"),
    taken={
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "where": {"type": "string", "maxLength": 500},
        "lasts": LENGTH,
        "is_active": FLAG,
    },
    required=("name",),
)


def _trainings(user: User) -> QuerySet[Training]:
    rows = Training.objects.select_related("course", "person", "noted_by")
    return rows if allows(user, "training.note") else rows.filter(person=user)


def _course(value: Any) -> Course:
    found = Course.objects.filter(slug=fields.text(50)(value)).first()
    if found is None:
        raise ValueError(_("There is no such course."))
    return found


TRAINING_READERS: Mapping[str, fields.Reader] = {
    "person": fields.PERSON,
    "course": _course,
    "done_at": fields.instant,
}


def _note(raw: Mapping[str, Any], *, by: User, at: datetime) -> Training:
    given = {"done_at": at, **fields.read(raw, TRAINING_READERS)}
    missing = [name for name in ("person", "course") if name not in given]
    if missing:
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return trainings.note_training(**given, by=by, at=at)


TRAININGS = Resource(
    name="trainings",
    shape="Training",
    key="pk",
    rows=_trainings,
    tell=lambda row: {
        "id": row.pk,
        "person": row.person.email,
        "course": row.course.slug,
        "done_at": row.done_at,
        "noted_by": row.noted_by.email if row.noted_by else None,
    },
    told={
        "id": WHOLE,
        "person": TEXT,
        "course": TEXT,
        "done_at": INSTANT,
        "noted_by": OPTIONAL_TEXT,
    },
    order=Order(columns={"id": "pk", "done_at": "done_at"}, first="id"),
    filters=(
        named("person", "person__email", fold=True),
        named("course", "course__slug"),
    ),
    create=_note,
    may_write=lambda user, row: require(user, "training.note"),
    taken={"person": TEXT, "course": TEXT, "done_at": INSTANT},
    required=("person", "course"),
)


def _profiles(user: User) -> QuerySet[Profile]:
    rows = Profile.objects.prefetch_related("offerings")
    return rows if user.is_staff else rows.none()


def _offerings(value: Any) -> list[Offering]:
    if not isinstance(value, list) or len(value) > 200:
        raise ValueError(_("Send a list."))
    wanted = {fields.text(50)(one) for one in value}
    found = list(Offering.objects.filter(slug__in=wanted))
    if unknown := wanted - {one.slug for one in found}:
        words = {"slugs": ", ".join(sorted(unknown))}
        raise ValueError(_("There is no offering: %(slugs)s.") % words)
    return found


PROFILE_READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "offerings": _offerings,
    "is_active": fields.flag,
}


def _create_profile(raw: Mapping[str, Any], *, by: User, at: datetime) -> Profile:
    given = {"name": "", **fields.read(raw, PROFILE_READERS)}
    return profiles.create_profile(by=by, at=at, **given)


def _change_profile(
    row: Profile, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Profile:
    given = fields.read(raw, PROFILE_READERS)
    return profiles.change_profile(profile=row, by=by, at=at, **given)


PROFILES = Resource(
    name="profiles",
    shape="Profile",
    key="slug",
    rows=_profiles,
    tell=lambda row: {
        "slug": row.slug,
        "name": row.name,
        "offerings": slugs(row.offerings.all()),
        "is_active": row.is_active,
    },
    told={"slug": TEXT, "name": TEXT, "offerings": array(TEXT), "is_active": FLAG},
    order=BY_SLUG,
    filters=(containing("q", "name"), flag("is_active", "is_active")),
    create=_create_profile,
    change=_change_profile,
    may_write=lambda user, row: require(user, "profile.change"),
    taken={
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "offerings": {"type": "array", "maxItems": 200, "items": TEXT},
        "is_active": FLAG,
    },
    required=("name",),
)


def urls() -> list[URLPattern]:
    """The addresses."""
    return [
        path("entitlements/<str:key>/confirm/", ConfirmView.as_view()),
        path("entitlements/<str:key>/end/", EndView.as_view()),
        *routes(ENTITLEMENTS),
        *routes(COURSES),
        *routes(TRAININGS),
        *routes(PROFILES),
    ]
