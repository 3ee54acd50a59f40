"""Sources over REST: how each is, what it sent; set up by administrators.

Whoever works here reads them; the key and what was received, as it came, only
administrators.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Value
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.filters import containing, named
from core.api.pages import BY_SLUG
from core.api.resources import Resource, paging, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    array,
    component,
    obj,
    one_of,
    page_of,
    ref,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.monitoring import health, keys, source_actions, testing
from itsm.monitoring.intake.noting import without_key
from itsm.monitoring.models import Reception, Source
from itsm.monitoring.source_subjects import visible_to
from people import api_fields as fields
from people import policy
from people.models import User
from processes.durations import CALENDAR_DAY, duration, write

NEWEST = pages.Order(columns={"id": "pk"}, first="-id")
MAPPING = {"type": "object", "description": "How its events are read, see the guide"}
LENGTH = {"type": ["string", "null"], "description": "ISO 8601: PT15M, P1D"}
TAKEN = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "service": TEXT,
    "team": OPTIONAL_TEXT,
    "mapping": MAPPING,
    "per_minute": {
        "type": "integer",
        "minimum": 1,
        "maximum": source_actions.MOST_PER_MINUTE,
    },
    "silent_after": LENGTH,
}
RECEPTION = component(
    "Reception",
    obj(
        {
            "id": WHOLE,
            "format": TEXT,
            "received_at": INSTANT,
            "worked_at": OPTIONAL_INSTANT,
            "signals": WHOLE,
            "note": TEXT,
            "body": TEXT,
        },
        ("id", "format", "received_at", "worked_at", "signals", "note"),
    ),
)
COUNTS = dict.fromkeys(health.COUNTED, WHOLE)
HEALTH = component(
    "SourceHealth",
    obj(
        {
            "state": one_of(*health.State),
            "heard_at": OPTIONAL_INSTANT,
            "silent_since": OPTIONAL_INSTANT,
            "waiting": WHOLE,
            "waiting_since": OPTIONAL_INSTANT,
            "open_alerts": WHOLE,
            "refused": WHOLE,
            "unreadable": WHOLE,
            "hours": array(
                obj({"hour": INSTANT, **dict.fromkeys(health.COUNTED, WHOLE)})
            ),
            "lines": array(
                obj(
                    {
                        "code": TEXT,
                        "about": TEXT,
                        "count": WHOLE,
                        "first_at": INSTANT,
                        "last_at": INSTANT,
                        "sample": TEXT,
                    },
                    ("code", "about", "count", "first_at", "last_at"),
                )
            ),
        }
    ),
)


def may_change(user: User) -> bool:
    """Administrators: they set sources up, and read keys and bodies."""
    return policy.allows(user, source_actions.VERB)


def _rows(user: User) -> QuerySet[Source]:
    rows = visible_to(user).select_related("service", "team", "account")
    return rows.annotate(is_told_key=Value(may_change(user)))


def _tell(row: Any) -> Mapping[str, Any]:
    told = {
        "slug": row.slug,
        "name": row.name,
        "service": row.service.slug,
        "team": row.team.slug if row.team else None,
        "account": row.account.email,
        "mapping": row.mapping,
        "per_minute": row.per_minute,
        "silent_after": _length(row.silent_after),
        "is_paused": row.paused_at is not None,
        "heard_at": row.heard_at,
        "created_at": row.created_at,
    }
    if row.is_told_key:
        told |= {"key": keys.read(row), "former_until": row.former_until}
    return told


def _length(length: timedelta | None) -> str | None:
    return None if length is None else write(length, day=CALENDAR_DAY)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
        raise ValueError(_("Send a whole number."))
    return value


def _object(value: Any) -> dict[str, Any]:
    """What is in it is for the action to judge."""
    if not isinstance(value, dict):
        raise ValueError(_("Send an object."))
    return value


READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(source_actions.LONGEST_NAME),
    "service": fields.SERVICE,
    "team": fields.optional(fields.TEAM),
    "mapping": _object,
    "per_minute": _whole,
    "silent_after": fields.optional(lambda v: duration(v, day=CALENDAR_DAY)),
}


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Source:
    given = fields.read(raw, READERS)
    if missing := {"name", "service"} - given.keys():
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return source_actions.create_source(by=by, at=at, **given)


def _change(row: Source, raw: Mapping[str, Any], *, by: User, at: datetime) -> Source:
    given = fields.read(raw, READERS)
    return source_actions.change_source(source=row, by=by, at=at, **given)


SOURCES = Resource(
    name="sources",
    shape="Source",
    key="slug",
    rows=_rows,
    tell=_tell,
    told={
        **TAKEN,
        "slug": TEXT,
        "name": TEXT,
        "per_minute": WHOLE,
        "account": TEXT,
        "is_paused": FLAG,
        "heard_at": OPTIONAL_INSTANT,
        "created_at": INSTANT,
        "key": {"type": "string", "description": "Told to administrators alone"},
        "former_until": {**OPTIONAL_INSTANT, "description": "Of the key before it"},
    },
    sometimes=("key", "former_until"),
    is_secret=True,
    order=BY_SLUG,
    filters=(
        containing("q", "name"),
        named("service", "service__slug"),
        named("team", "team__slug", nullable="team"),
    ),
    create=_create,
    change=_change,
    may_write=lambda user, row: policy.require(user, source_actions.VERB),
    taken=TAKEN,
    required=("name", "service"),
)


class OneSource(ApiView):
    """Something of one source."""

    collection = "sources"

    def find(self, key: str = "", **kwargs: Any) -> Source:
        """The source as far as the person may see it."""
        found = None
        if "\x00" not in key:
            found = _rows(self.user).filter(slug=key).first()
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return found


class HealthView(OneSource):
    """`GET /api/v1/sources/<slug>/health/`."""

    docs = {"get": Doc("How it is: heard, refused, waiting, by the hour", HEALTH)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """How it is; samples of what was refused for administrators."""
        found = health.health(self.subject, at=self.at)
        return answers.answer(_tell_health(found, is_whole=self.subject.is_told_key))


def _tell_health(found: health.Health, *, is_whole: bool) -> Mapping[str, Any]:
    standing = found.standing
    return {
        "state": standing.state,
        "heard_at": standing.heard_at,
        "silent_since": standing.silent_since,
        "waiting": standing.waiting.n,
        "waiting_since": standing.waiting.since,
        "open_alerts": standing.open_alerts,
        "refused": standing.refused,
        "unreadable": standing.unreadable,
        "hours": [{"hour": hour.begins, **hour.counts} for hour in found.hours],
        "lines": [
            {
                "code": line.code,
                "about": line.about,
                "count": line.n,
                "first_at": line.first_at,
                "last_at": line.last_at,
                **({"sample": line.sample} if is_whole else {}),
            }
            for line in found.lines
        ],
    }


class ReceptionsView(OneSource):
    """`GET /api/v1/sources/<slug>/receptions/`."""

    docs = {
        "get": Doc(
            "What it sent, the newest first, without the bodies",
            page_of("Reception"),
            query=paging(NEWEST),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page."""
        rows = Reception.objects.filter(source=self.subject).defer("body", "headers")
        page = pages.paginate(self.plain, rows, NEWEST, _tell_receptions)
        return answers.answer(page)


class ReceptionView(OneSource):
    """`GET /api/v1/sources/<slug>/receptions/<id>/`."""

    docs = {"get": Doc("One of them, with its body as it came", RECEPTION)}

    def check_allowed(self) -> None:
        """Administrators: a body may hold personal data."""
        policy.require(self.user, source_actions.VERB)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The reception."""
        rows = Reception.objects.filter(source=self.subject, pk=kwargs["id"])
        row = rows.first()
        if row is None:
            raise Http404(_("There is no such reception."))
        body = without_key(bytes(row.body)).decode("utf-8", "replace")
        return answers.answer({**_tell_reception(row), "body": body})


def _tell_receptions(rows: Iterable[Reception]) -> list[Mapping[str, Any]]:
    return [_tell_reception(row) for row in rows]


def _tell_reception(row: Reception) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "format": row.format,
        "received_at": row.received_at,
        "worked_at": row.worked_at,
        "signals": row.n_signals,
        "note": row.note,
    }


class VerbView(OneSource):
    """`POST /api/v1/sources/<slug>/<verb>/`; `act` is the domain call."""

    act: Callable[..., Any] = staticmethod(lambda **known: None)
    http_method_names = ["post", "options"]

    def check_allowed(self) -> None:
        """Administrators."""
        policy.require(self.user, source_actions.VERB)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do, again=self._told, is_secret=True)

    def copied(self) -> Source:
        """The source, of whose key no copy is kept."""
        return self.subject

    def _do(self) -> HttpResponse:
        fields.read(self.fields(), {})
        self.act(source=self.subject, by=self.user, at=self.at)
        return self._told(self.subject.pk)

    def _told(self, pk: int) -> HttpResponse:
        return answers.item(self.plain, _tell(_rows(self.user).get(pk=pk)))


class TestView(VerbView):
    """`POST /api/v1/sources/<slug>/test/`."""

    docs = {
        "post": Doc(
            "Send an event through it, as information, and clear it",
            RECEPTION,
            status=202,
            body=obj({}),
            is_keyed=True,
        )
    }

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Send it."""
        return self.once(self._test)

    def _test(self) -> HttpResponse:
        fields.read(self.fields(), {})
        row = testing.test_source(source=self.subject, by=self.user, at=self.at)
        return answers.answer(_tell_reception(row), status=202)


def _pause(**known: Any) -> Source:
    return source_actions.pause_source(is_paused=True, **known)


def _resume(**known: Any) -> Source:
    return source_actions.pause_source(is_paused=False, **known)


VERBS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "pause": ("Keep what it sends until it goes on", _pause),
    "resume": ("Work off its events again", _resume),
    "rotate": ("A new key; the former counts for a day", source_actions.rotate_key),
    "end-former-key": (
        "The former key counts no longer",
        source_actions.end_former_key,
    ),
}


def _verb(name: str, says: str, act: Callable[..., Any]) -> URLPattern:
    doc = Doc(says, ref("Source"), body=obj({}), has_etag=True, is_keyed=True)
    view = VerbView.as_view(act=act, docs={"post": doc})
    return path(f"sources/<str:key>/{name}/", view)


def urls() -> list[URLPattern]:
    """The addresses of sources."""
    return [
        *routes(SOURCES),
        path("sources/<str:key>/health/", HealthView.as_view()),
        path("sources/<str:key>/receptions/", ReceptionsView.as_view()),
        path("sources/<str:key>/receptions/<int:id>/", ReceptionView.as_view()),
        path("sources/<str:key>/test/", TestView.as_view()),
        *(_verb(name, *words) for name, words in VERBS.items()),
    ]
