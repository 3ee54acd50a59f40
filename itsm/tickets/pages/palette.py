"""What the command palette offers: tickets, verbs, pages, people, articles.

Everything is asked for through what the person may see: numbers that a browser
remembers are only looked up, never believed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core import finders
from core.shell import Shell
from itsm.tickets import subjects, why_not
from itsm.tickets.finding import filters
from itsm.tickets.finding.documents import plain
from itsm.tickets.models import Ticket
from itsm.tickets.pages import ticket_reads
from itsm.tickets.rows import COLUMNS, Row, worded
from itsm.tickets.search import search
from itsm.tickets.verbs import verbs_for
from people.models import User
from people.pages import settings as settings_pages

FEW, RECENT = 6, 7
Names = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: where it leads, or why it leads nowhere."""

    title: str
    url: str = ""
    note: str = ""
    icon: str = "right"
    verb: str = ""  # pressed on the page where it stands there
    why: str = ""
    category: str = ""  # of a ticket's state
    state: str = ""
    tone: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind."""

    label: str
    entries: Sequence[Entry]


def groups(
    request: HttpRequest, q: str, *, on: str, recent: Iterable[str], at: datetime
) -> list[Group]:
    """What fits `q`; with nothing typed, where somebody was and what they can do.

    `on` is the number of the ticket that is open, `recent` are those before it.
    """
    user: Any = request.user
    verbs = _verbs(user, on, at) if user.is_staff and on else Group("", [])
    places = Group(_("Pages"), _pages(request, user))
    if not q:
        tickets = Group(_("Recent tickets"), _recent(user, recent, on, at))
        return _filled([tickets, verbs, places])
    verbs, places = _fitting(verbs, q), _fitting(places, q)
    begins = [v for v in verbs.entries if _plain(v.title).startswith(_plain(q))]
    found = [_tickets(user, q, at), places, *_others(user, q)]
    first = [verbs] if begins else []
    return [*_filled([*first, *found, *([] if begins else [verbs])]), _everything(q)]


def _filled(found: Iterable[Group]) -> list[Group]:
    return [group for group in found if group.entries]


def _fitting(group: Group, q: str) -> Group:
    """Lines of which every word that was typed begins one of theirs."""
    words = _plain(q).split()
    fit = [
        entry
        for entry in group.entries
        if all(f" {word}" in f" {_plain(entry.title)}" for word in words)
    ]
    return Group(group.label, fit)


def _plain(text: str) -> str:
    return " ".join(plain(text).lower().split())


def _tickets(user: User, q: str, at: datetime) -> Group:
    if len(q) < finders.LEAST:
        return Group("", [])
    found = search(user, q, at=at, limit=FEW)
    label = _("Tickets")
    if found.meant:
        label = _("Tickets for “%(words)s”") % {"words": found.meant.words}
    return Group(label, [_ticket(user, row) for row in found.rows])


def _recent(user: User, recent: Iterable[str], on: str, at: datetime) -> list[Entry]:
    """Tickets looked at last, as far as they may still be seen; else one's own."""
    numbers = [number for number in recent if number != on][:RECENT]
    seen = Ticket.objects.visible_to(user)
    if numbers:
        place = {number: n for n, number in enumerate(numbers)}
        rows = worded(seen.filter(number__in=numbers).values_list(*COLUMNS), at=at)
        rows.sort(key=lambda row: place[row.number])
    else:
        side = "owner" if user.is_staff else "requester"
        mine = seen.open().filter(**{side: user.pk}).order_by("-pk")
        rows = worded(mine.values_list(*COLUMNS)[:RECENT], at=at)
    return [_ticket(user, row) for row in rows]


def _ticket(user: User, row: Row) -> Entry:
    url = subjects.url(row.number) if user.is_staff else f"/portal/{row.number}/"
    return Entry(
        row.title,
        url,
        row.number,
        "lock" if row.restricted else "",
        category=row.category,
        state=row.state,
    )


def _verbs(user: User, number: str, at: datetime) -> Group:
    """What can be done with the open ticket, then what cannot and why."""
    ticket = Ticket.objects.visible_to(user).filter(number=number).first()
    if ticket is None:
        return Group("", [])
    offers = verbs_for(ticket, user, at=at)
    buttons = ticket_reads.buttons(ticket, offers, is_watching=False)
    reply = f"{ticket_reads.url_of(ticket)}do/comment/"
    entries = [Entry(_("Reply"), reply, icon="reply", verb="reply")]
    entries += [Entry(b.label, b.url, icon=b.icon, verb=b.name) for b in buttons]
    entries += [
        Entry(no.label, icon="minus", verb=no.name, why=no.why)
        for no in why_not.refusals(ticket, user, at=at, offered=offers)
    ]
    return Group(_("With %(number)s") % {"number": ticket.number}, entries)


def _pages(request: HttpRequest, user: User) -> list[Entry]:
    """The shell's own pages, settings, and what everybody has."""
    shell = Shell(request)
    nav = shell.nav if user.is_staff else shell.portal_nav
    found = [Entry(str(item.label), item.url, icon=item.icon) for item in nav]
    if user.is_staff:
        found.append(Entry(_("New ticket"), reverse("new"), icon="plus"))
        settings = _("Settings")
        for tab in settings_pages.tabs(user, ""):
            label = f"{settings}: {tab['label']}"
            found.append(Entry(label, tab["url"], icon="gear"))
    found.append(Entry(_("Notifications"), "/notifications/", icon="bell"))
    found.append(Entry(_("My account"), "/account/", icon="user"))
    return list({entry.url: entry for entry in reversed(found)}.values())[::-1]


def _others(user: User, q: str) -> list[Group]:
    words = filters.words(user, q)
    return [
        Group(
            str(group.label),
            [
                Entry(
                    hit.title, hit.url, hit.note, hit.icon or group.icon, tone=hit.tone
                )
                for hit in group.hits
            ],
        )
        for group in finders.find(user, words, limit=FEW - 1)
    ]


def _everything(q: str) -> Group:
    url = f"{reverse('search')}?{urlencode({'q': q})}"
    words = _("Search everything for “%(words)s”") % {"words": q}
    return Group("", [Entry(words, url, icon="search")])
