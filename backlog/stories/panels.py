"""What other rooms' pages show of stories: beside a ticket, on an article, in the
rail and the portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import ngettext

from backlog.stories import evidence
from backlog.stories.models import Story
from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from people.models import User


@dataclass(frozen=True, slots=True)
class Made:
    """The panel: the stories a thing speaks for, and where one is made of it."""

    template: str
    stories: Sequence[Story]
    of: str


def beside_ticket(ticket: Any, user: User) -> Made:
    """One query."""
    return _made("ticket", ticket.pk, user)


def beside_article(article: Any, user: User) -> Made | None:
    """One query, for those who work here."""
    return _made("article", article.pk, user) if user.is_staff else None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page of another room leads."""

    label: str
    url: str


def of_feedback(pieces: Sequence[Any], user: User) -> dict[int, Link]:
    """Where a story is made of each, and how many there are already; one query."""
    known = evidence.counts("feedback", [piece.pk for piece in pieces])
    return {
        piece.pk: Link(_made_of(known.get(piece.pk, 0)), _url("feedback", piece.pk))
        for piece in pieces
    }


def _made_of(n: int) -> str:
    if not n:
        return _("Make a story of this")
    return ngettext("Speaks for %(n)s story", "Speaks for %(n)s stories", n) % {"n": n}


def _made(kind: str, pk: int, user: User) -> Made:
    stories = evidence.stories_of(user, kind, pk)
    return Made("backlog/stories/beside.html", stories, _url(kind, pk))


def _url(kind: str, pk: int) -> str:
    return f"/backlog/new/?of={kind}:{pk}"


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    here = request.path.startswith(("/sprints/", "/increments/"))
    return NavItem(_("Backlog"), "/backlog/", "stack", group=2, current=here)


def portal(request: HttpRequest) -> NavItem | None:
    """For requesters."""
    if not request.user.is_authenticated:
        return None
    is_here = request.path.startswith(("/portal/ideas/", "/backlog/ideas/"))
    return NavItem(_("Ideas"), "/portal/ideas/", "spark", current=is_here)


def own_idea(ticket: Any, user: User) -> Link:
    """Where whoever reads a ticket in the portal drops an idea about it."""
    label = _("An idea how this could go better?")
    return Link(label, f"/portal/ideas/?of=ticket:{ticket.pk}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The stories of an increment, as far as the reader may see them."""

    template: str
    stories: Sequence[Story]


def of_increment(increment: Any, user: User) -> Bundle:
    """One query."""
    rows = Story.objects.visible_to(user).filter(increment=increment)
    found = rows.exclude(state=Story.State.DROPPED).select_related("process")
    return Bundle("backlog/stories/bundle.html", list(found.order_by("rank")))


def register() -> None:
    """Fill the slots of the rooms below and beside."""
    slots.fill("ticket.side", "stories", beside_ticket, order=50, queries=1)
    slots.fill("article.side", "stories", beside_article, order=50, queries=1)
    slots.fill("feedback.pieces", "stories", of_feedback, order=50, queries=1)
    slots.fill("portal.ticket", "idea", own_idea, order=50)
    slots.fill("increment.stories", "stories", of_increment, order=50, queries=1)
    slots.fill("rail", "backlog", rail, order=58)
    slots.fill("portal.nav", "ideas", portal, order=55)
