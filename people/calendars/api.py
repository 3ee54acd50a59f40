"""Calendars over REST: made and changed by administrators, counted in by who works
here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core import worktime
from core.api import answers
from core.api.filters import containing, flag
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import FLAG, INSTANT, TEXT, WHOLE, Doc, Schema, array, obj
from core.api.views import ApiView
from core.errors import Invalid
from core.worktime.reading import DAYS
from people import api_fields as fields
from people.calendars import actions, queries, reading
from people.calendars.content import FIELDS, LONGEST_NAME, words_of
from people.calendars.models import Calendar
from people.models import User
from people.policy import require

MINUTE = timedelta(minutes=1)
MOST_MINUTES = 100 * 366 * 24 * 60  # a hundred years
DATE: Schema = {"type": "string", "format": "date"}
CLOCK: Schema = {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"}
PIECES: Schema = array({**array(CLOCK), "minItems": 2, "maxItems": 2})
BY_DATE: Schema = {"type": "object", "additionalProperties": PIECES}
NAMES: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": LONGEST_NAME},
}
SAID: dict[str, Schema] = {
    "time_zone": TEXT,
    "hours": obj(dict.fromkeys(DAYS, PIECES), ()),
    "holidays": array(DATE),
    "overrides": BY_DATE,
    "breaks": BY_DATE,
    "country": TEXT,
    "region": TEXT,
    "names": NAMES,
}
TOLD: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    **SAID,
    "is_default": FLAG,
    "is_active": FLAG,
    "version": WHOLE,
}
TAKEN: dict[str, Schema] = {
    "slug": {"type": "string", "maxLength": 50, "pattern": "^[a-z0-9_-]+$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    **SAID,
    "is_default": FLAG,
    "is_active": FLAG,
}
READERS: Mapping[str, fields.Reader] = {
    **{name: lambda value: value for name in FIELDS},  # read by what they make
    "time_zone": fields.optional(fields.text(60)),
    "country": fields.optional(fields.text(8)),
    "region": fields.optional(fields.text(20)),
    "name": fields.NAME,
    "is_default": fields.flag,
}
ONLY_NEW = {"slug": fields.text(50)}
ONLY_OLD = {"is_active": fields.flag}


def _tell(row: Any) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        **words_of(row.content),
        "is_default": row.is_default,
        "is_active": row.is_active,
        "version": row.number,
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Calendar:
    given = fields.read(raw, {**READERS, **ONLY_NEW})
    return actions.create_calendar(by=by, at=at, **{"name": "", **given})


def _change(row: Any, raw: Mapping[str, Any], *, by: User, at: datetime) -> Calendar:
    given = fields.read(raw, {**READERS, **ONLY_OLD})
    return actions.change_calendar(calendar=row, by=by, at=at, **given)


CALENDARS = Resource(
    name="calendars",
    shape="Calendar",
    key="slug",
    rows=queries.calendars,
    tell=_tell,
    told=TOLD,
    order=BY_SLUG,
    filters=(
        containing("q", "name"),
        flag("is_active", "is_active"),
        flag("is_default", "is_default"),
    ),
    taken=TAKEN,
    required=("name", "time_zone"),
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, "calendar.change"),
)


class Counting(ApiView):
    """Counts in a calendar, for whoever sees it; nothing is changed."""

    collection = "calendars"
    readers: Mapping[str, fields.Reader] = {}

    def find(self, key: str = "", **kwargs: Any) -> Any:
        """The calendar."""
        rows = queries.calendars(self.user)
        row = None if "\x00" in key else rows.filter(slug=key).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return row

    def given(self) -> Mapping[str, Any]:
        """What was sent; all of it is needed."""
        found = fields.read(self.fields(), self.readers)
        if missing := self.readers.keys() - found.keys():
            raise Invalid({name: [_("This is needed.")] for name in sorted(missing)})
        return found

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The answer."""
        return self.once(self._count)

    def _count(self) -> HttpResponse:
        calendar = reading.worktime(self.subject.version_id)
        return answers.answer(self.count(calendar, self.given()))

    def count(self, calendar: worktime.Calendar, given: Mapping[str, Any]) -> Any:
        """What this address counts."""
        raise NotImplementedError


def _minutes(value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("Send a number of minutes."))
    if not abs(value) <= MOST_MINUTES:
        raise ValueError(_("At most a hundred years are counted."))
    return timedelta(minutes=value)


def _doc(summary: str, asked: dict[str, Schema], told: dict[str, Schema]) -> Doc:
    body = obj(asked, tuple(asked))
    return Doc(summary, obj(told), body=body, is_keyed=True, needs_body=True)


NUMBER: Schema = {"type": "number"}


class DueView(Counting):
    """`POST /calendars/<slug>/due/`."""

    readers = {"start": fields.instant, "minutes": _minutes}
    docs = {
        "post": _doc(
            "When so many minutes of working time are used up; negative: before",
            {"start": INSTANT, "minutes": NUMBER},
            {"due": INSTANT},
        )
    }

    def count(self, calendar: worktime.Calendar, given: Mapping[str, Any]) -> Any:
        """The instant."""
        return {"due": worktime.add(calendar, given["start"], given["minutes"])}


class BetweenView(Counting):
    """`POST /calendars/<slug>/between/`."""

    readers = {"start": fields.instant, "end": fields.instant}
    docs = {
        "post": _doc(
            "How many minutes of working time lie between two instants",
            {"start": INSTANT, "end": INSTANT},
            {"minutes": NUMBER},
        )
    }

    def count(self, calendar: worktime.Calendar, given: Mapping[str, Any]) -> Any:
        """The minutes, whole where they are."""
        length = worktime.between(calendar, given["start"], given["end"])
        whole, rest = divmod(length, MINUTE)
        return {"minutes": length / MINUTE if rest else whole}


def urls() -> list[URLPattern]:
    """The addresses of calendars."""
    return [
        *routes(CALENDARS),
        path("calendars/<str:key>/due/", DueView.as_view()),
        path("calendars/<str:key>/between/", BetweenView.as_view()),
    ]
