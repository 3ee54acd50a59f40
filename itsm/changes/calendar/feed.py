"""The change calendar as iCalendar, for calendar programs that subscribe to it.

Instants are in UTC, so no program has to know a time zone. It holds what the owner of
its secret address may see at that time, in their language.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from core.reader import gettext as _
from core.reader import inside, speaking
from itsm.changes.calendar import words
from itsm.changes.calendar.content import Content, Entry, between
from itsm.changes.calendar.frame import HOME, Wish
from itsm.changes.calendar.models import CalendarLink
from itsm.changes.calendar.reading import Planned, state_names
from itsm.changes.models import Change
from itsm.tickets.states import StateCategory
from people.policy import allows
from people.rotas.absence_actions import digest

BACK, AHEAD = timedelta(days=30), timedelta(days=180)
TYPE = "text/calendar; charset=utf-8"


def by_secret(secret: str, given: Mapping[str, Any], at: datetime) -> bytes | None:
    """What a secret address answers, narrowed as its query says; None where it is none
    of ours, or no longer. Eight queries."""
    rows = CalendarLink.objects.select_related("user__organisation")
    link = rows.filter(digest=digest(secret)).first()
    if link is None or not allows(link.user, "freeze.see"):
        return None
    with speaking(link.user.language):
        found = between(link.user, Wish.read(given), at - BACK, at + AHEAD)
        return _calendar(found, at)


def _calendar(found: Content, at: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Beeline//Changes//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Changes"))
    calendar.add("refresh-interval", timedelta(hours=1), {"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    stamp = at.astimezone(UTC).replace(microsecond=0)
    for event in (*_changes(found), *_entries(found)):
        event.add("dtstamp", stamp)
        event.add("transp", "TRANSPARENT")  # planned is not busy
        calendar.add_component(event)
    return calendar.to_ical()


def _changes(found: Content) -> Iterator[Event]:
    states = state_names(found.changes)
    models = dict(Change.Model.choices)
    for one in found.changes:
        event = _event(one.number, one.window.start, one.window.end)
        event.add("summary", f"{one.number} {one.title}")
        event.add("url", settings.BASE_URL + one.url)
        is_draft = one.category == StateCategory.NEW
        event.add("status", "TENTATIVE" if is_draft else "CONFIRMED")
        about = [one.service or "", str(models[Change.Model(one.model)])]
        about.append(states[one.version, one.state])
        lines = [", ".join(filter(None, about)), *_collisions(found, one)]
        event.add("description", "\n".join(lines))
        yield event


def _collisions(found: Content, one: Planned) -> Iterator[str]:
    for met in found.met.get(one.window.key, ()):
        other = found.by_key[met.other.key]
        (why,) = words.why([(met.kind, met.why)], one.service, other)
        said = _("Collides with %(number)s: %(why)s")
        yield said % {"number": other.number, "why": inside(why)}


def _entries(found: Content) -> Iterator[Event]:
    for one in found.entries:
        event = _event(f"{one.kind}-{one.key}-{one.start:%Y%m%d}", one.start, one.end)
        event.add("summary", f"{kind_words(one)}: {one.name}")
        event.add("url", settings.BASE_URL + one.url)
        about = ", ".join(one.services.values()) or _("Every service")
        event.add("description", ", ".join(filter(None, (about, one.note))))
        yield event


def kind_words(entry: Entry) -> str:
    """Freeze, or maintenance."""
    return _("Freeze") if entry.kind == "freeze" else _("Maintenance")


def _event(name: str, start: datetime, end: datetime) -> Event:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    event = Event()
    event.add("uid", f"{name}@{host}")
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    return event


def address(base: str, secret: str, wish: Wish) -> str:
    """The address a calendar program is given, narrowed as the page is."""
    query = wish.url(view="month", day=None).removeprefix(HOME)
    return f"{base.rstrip('/')}{HOME}{secret}.ics{query}"
