"""What other rooms' pages show of stories: beside a ticket, on an article, in the
rail and the portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

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


def of_feedback(pieces: Sequence[Any], user: User) -> dict[int, dict[str, Any]]:
    """How many stories each speaks for, and where one is made of it; one query."""
    known = evidence.counts("feedback", [piece.pk for piece in pieces])
    return {
        piece.pk: {"stories": known.get(piece.pk, 0), "url": _url("feedback", piece.pk)}
        for piece in pieces
    }


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
    return NavItem(_("Ideas"), "/portal/ideas/", "spark")


def own_idea(ticket: Any, user: User) -> str:
    """Where a requester drops an idea about a ticket of theirs."""
    return f"/portal/ideas/?of=ticket:{ticket.pk}"


def register() -> None:
    """Fill the slots of the rooms below and beside."""
    slots.fill("ticket.side", "stories", beside_ticket, order=50, queries=1)
    slots.fill("article.side", "stories", beside_article, order=50, queries=1)
    slots.fill("feedback.pieces", "stories", of_feedback, order=50, queries=1)
    slots.fill("portal.ticket.links", "idea", own_idea, order=50)
    slots.fill("rail", "backlog", rail, order=58)
    slots.fill("portal.nav", "ideas", portal, order=55)
