"""REST: the calendar, what a change collides with, and whether a window is free."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, filters
from core.api.problems import Malformed
from core.api.schema import (
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    Doc,
    Param,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from itsm.changes.calendar import offers
from itsm.changes.calendar.collisions import Kind, Span
from itsm.changes.calendar.content import FREEZE, MAINTENANCE, Content, between
from itsm.changes.calendar.frame import NARROWS, Wish
from itsm.changes.calendar.offers import Offer, Wanted
from itsm.changes.calendar.reading import Planned
from itsm.changes.models import Change
from itsm.tickets.queries import get_ticket
from people.models import Service, Team
from people.policy import require

SEE = "freeze.see"
LONGEST = timedelta(days=100)
MODEL = one_of(*Change.Model.values)
WINDOW = obj({"start": INSTANT, "end": INSTANT})
OPTIONAL_WINDOW: Schema = {"oneOf": [WINDOW, {"type": "null"}]}
MET = component(
    "Collision",
    obj(
        {
            "number": TEXT,
            "title": TEXT,
            "url": TEXT,
            "start": INSTANT,
            "end": INSTANT,
            "kinds": array(one_of(*Kind)),
            "why": TEXT,
        }
    ),
)
FROZEN: Schema = {
    "oneOf": [obj({"name": TEXT, "until": INSTANT}), {"type": "null"}],
}
IN_THE_WAY = component(
    "InTheWay",
    obj(
        {
            "window": OPTIONAL_WINDOW,
            "collisions": array(MET),
            "frozen": FROZEN,
            "earliest_free": OPTIONAL_WINDOW,
        }
    ),
)
PLANNED = obj(
    {
        "number": TEXT,
        "title": TEXT,
        "state": TEXT,
        "state_category": TEXT,
        "model": MODEL,
        "risk": TEXT,
        "service": OPTIONAL_TEXT,
        "team": OPTIONAL_TEXT,
        "start": INSTANT,
        "end": INSTANT,
        "collides_with": array(TEXT),
    }
)
ENTRY = obj(
    {
        "kind": one_of(FREEZE, MAINTENANCE),
        "name": TEXT,
        "services": array(TEXT),
        "start": INSTANT,
        "end": INSTANT,
    }
)
CALENDAR = component(
    "ChangeCalendar", obj({"changes": array(PLANNED), "entries": array(ENTRY)})
)


class StaffView(ApiView):
    """For whoever works here."""

    collection = "changes"
    http_method_names = ["get", "head", "options"]

    def check_allowed(self) -> None:
        """Staff see plans."""
        require(self.user, SEE)

    def span(self) -> Span:
        """`start` and `end`, the end after the start. Raises Malformed."""
        found, errors = [], {}
        for name in ("start", "end"):
            try:
                found.append(filters.instant(self.plain.GET.getlist(name)))
            except ValueError as wrong:
                errors[name] = [str(wrong)]
        if not errors and found[1] <= found[0]:
            errors["end"] = [_("It ends before it starts.")]
        if errors:
            raise Malformed(_("Say from when until when."), errors)
        return found[0], found[1]


class CalendarView(StaffView):
    """`GET /api/v1/changes/calendar/`."""

    docs = {
        "get": Doc(
            "Planned changes, freezes and maintenance between two moments",
            CALENDAR,
            query=(
                Param("start", INSTANT),
                Param("end", INSTANT, "At most 100 days later"),
                *(Param(name) for name in NARROWS),
            ),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of it."""
        start, end = self.span()
        if end - start > LONGEST:
            words = _("At most 100 days at once.")
            raise Malformed(words, {"end": [words]})
        found = between(self.user, Wish.read(self.plain.GET.dict()), start, end)
        return answers.answer(
            {
                "changes": [_tell(one, found) for one in found.changes],
                "entries": [
                    {
                        "kind": one.kind,
                        "name": one.name,
                        "services": sorted(one.services),
                        "start": one.start,
                        "end": one.end,
                    }
                    for one in found.entries
                ],
            }
        )


class FreeView(StaffView):
    """`GET /api/v1/changes/free/`: before a change is made."""

    docs = {
        "get": Doc(
            "What would be in the way of a window, and the earliest free one",
            IN_THE_WAY,
            query=(
                Param("start", INSTANT),
                Param("end", INSTANT),
                *(Param(name) for name in NARROWS),
            ),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The same as for a change, of one that is not there yet."""
        model = self.plain.GET.get("model", Change.Model.NORMAL.value)
        if model not in Change.Model.values:
            words = {"words": ", ".join(Change.Model.values)}
            said = _("Choose one of: %(words)s.") % words
            raise Malformed(said, {"model": [said]})
        service, team = self._named("service", Service), self._named("team", Team)
        pk = team.pk if team else None
        wanted = Wanted(self.user, 0, self.span(), service, pk, model)
        return answers.answer(_told(offers.of(wanted, self.at)))

    def _named(self, name: str, rows: Any) -> Any:
        slug = self.plain.GET.get(name, "")
        if not slug:
            return None
        found = None if "\x00" in slug else rows.objects.filter(slug=slug).first()
        if found is None:
            said = _("There is no “%(name)s”.") % {"name": slug}
            raise Malformed(said, {name: [said]})
        return found


class CollisionsView(StaffView):
    """`GET /api/v1/changes/CHG-1042/collisions/`."""

    docs = {
        "get": Doc(
            "What a change collides with, and the earliest window that is free",
            IN_THE_WAY,
        )
    }

    def find(self, number: str = "", **kwargs: Any) -> Any:
        """The change."""
        ticket = get_ticket(self.user, number)
        if ticket.type != "change":
            raise Http404(_("There is no such change."))
        return ticket

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Named with the other changes."""
        offer = offers.of_ticket(self.subject, self.user, self.at)
        return answers.answer(_told(offer))


def _told(offer: Offer) -> Mapping[str, Any]:
    lines = {line.number: line.why for line in offer.lines}
    frozen = offer.frozen
    return {
        "window": _window(offer.span),
        "collisions": [
            {
                "number": one.other.number,
                "title": one.other.title,
                "url": one.other.url,
                "start": one.other.window.start,
                "end": one.other.window.end,
                "kinds": list(dict.fromkeys(str(kind) for kind, _id in one.kinds)),
                "why": lines[one.other.number],
            }
            for one in offer.met
        ],
        "frozen": {"name": frozen.name, "until": frozen.until} if frozen else None,
        "earliest_free": _window(offer.free),
    }


def _window(span: Span | None) -> Mapping[str, datetime] | None:
    return {"start": span[0], "end": span[1]} if span else None


def _tell(one: Planned, found: Content) -> Mapping[str, Any]:
    met = found.met.get(one.window.key, ())
    keys = dict.fromkeys(each.other.key for each in met)
    return {
        "number": one.number,
        "title": one.title,
        "state": one.state,
        "state_category": one.category,
        "model": one.model,
        "risk": one.risk,
        "service": one.service_slug,
        "team": one.team_slug,
        "start": one.window.start,
        "end": one.window.end,
        "collides_with": [found.by_key[key].number for key in keys],
    }


def urls() -> list[URLPattern]:
    """The addresses; they stand before those of a change."""
    return [
        path("changes/calendar/", CalendarView.as_view()),
        path("changes/free/", FreeView.as_view()),
        path("changes/<str:number>/collisions/", CollisionsView.as_view()),
    ]
