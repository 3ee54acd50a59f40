"""Shifts as iCalendar: what calendar programs subscribe to, and what one downloads.

Instants are in UTC, so no program has to know a time zone. An entry keeps its UID as
long as its shift begins when it did, whoever has it: a swap moves the name in it.
Nothing in it is a text that people wrote to one another.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from core.reader import speaking
from people.models import DutyLink, Rota, User
from people.policy import allows
from people.rotas import plan, queries, reading
from people.rotas.absence_actions import digest
from people.rotas.queries import Names, position_words

BACK, AHEAD = timedelta(days=90), timedelta(days=365)
TYPE = "text/calendar; charset=utf-8"
Shifts = Sequence[tuple[Rota, plan.Shift]]


def by_secret(secret: str, at: datetime) -> bytes | None:
    """What a secret address answers; None where it is none of ours, or no longer."""
    rows = DutyLink.objects.select_related("user", "rota")
    link = rows.filter(digest=digest(secret)).first()
    if link is None or not allows(link.user, "rota.see"):
        return None
    with speaking(link.user.language):
        return of_person(link.user, at) if link.rota is None else of_rota(link.rota, at)


def of_person(user: User, at: datetime) -> bytes:
    """All shifts of one person; six queries."""
    found = queries.shifts_of(user, at - BACK, at + AHEAD)
    names = queries.names_in(shift for _rota, shift in found)
    title = _("On duty: %(name)s") % {"name": user.name}
    return _calendar(title, found, names, at, whose=False)


def of_rota(rota: Rota, at: datetime) -> bytes:
    """All shifts of one rota, gaps too; six queries."""
    rows = Rota.objects.filter(pk=rota.pk, is_active=True)
    start, end = at - BACK, at + AHEAD
    around = (start - queries.AROUND, end + queries.AROUND)
    found = [
        (rota, shift)
        for _same, rules in reading.plans(rows, *around)
        for shift in plan.shifts(rules, *around)
        if shift.why is not plan.Why.OFF and shift.start < end and shift.end > start
    ]
    names = queries.names_in(shift for _rota, shift in found)
    title = _("On duty: %(name)s") % {"name": rota.name}
    return _calendar(title, found, names, at, whose=True)


def _calendar(
    title: str, found: Shifts, names: Names, at: datetime, *, whose: bool
) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Beeline//Rotas//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", timedelta(hours=1), {"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in _events(found, names, at, whose):
        calendar.add_component(event)
    return calendar.to_ical()


def _events(found: Shifts, names: Names, at: datetime, whose: bool) -> Iterable[Event]:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    for rota, shift in found:
        start = shift.start.astimezone(UTC)
        event = Event()
        event.add("uid", f"{rota.slug}-{shift.position}-{start:%Y%m%dT%H%M%SZ}@{host}")
        event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", start)
        event.add("dtend", shift.end.astimezone(UTC))
        event.add("summary", _summary(rota, shift, names, whose))
        if why := queries.bar(shift, names).note:  # our own words
            event.add("description", why)
        event.add("url", f"{settings.BASE_URL}/settings/rotas/{rota.slug}/")
        event.add("transp", "TRANSPARENT")  # on duty is not busy
        yield event


def _summary(rota: Rota, shift: plan.Shift, names: Names, whose: bool) -> str:
    words = {"rota": rota.name, "layer": position_words(shift.position)}
    what = _("%(rota)s, %(layer)s") % words
    if not whose:
        return _("On duty: %(what)s") % {"what": what}
    person = names.get(shift.person)
    return f"{person.name if person else _('Nobody')}: {what}"
