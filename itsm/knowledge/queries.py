"""What the pages of knowledge read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.models import Event
from itsm.knowledge import kinds
from itsm.knowledge.models import (
    Article,
    ArticleLink,
    ArticleState,
    ArticleUse,
    ArticleVersion,
)
from itsm.knowledge.policy import visible_to
from itsm.knowledge.search import search_articles
from itsm.tickets import subjects
from itsm.tickets.models import Ticket
from people.models import User

PAGE = 50
BESIDE = 4
FOUND = 30


@dataclass(frozen=True, slots=True)
class Helped:
    """How many said that it helped, of all who said anything."""

    yes: int = 0
    all: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of articles: rows, how many in all, per state, where it goes on."""

    rows: list[Article]
    total: int
    counts: Mapping[str, int]
    due: int
    after: int | None


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A ticket of an article, as far as the reader may see it."""

    number: str
    title: str
    url: str
    is_source: bool


def get_article(user: User, number: str) -> Article:
    """The one getter: an article this person may read. Raises Http404 otherwise."""
    rows = visible_to(user).select_related("service", "organisation", "owner", "author")
    found = None
    if "\x00" not in number:
        found = rows.filter(number=number.upper()).first()
    if found is None:
        raise Http404(_("There is no article %(number)s for you.") % {"number": number})
    return found


def shelf(
    user: User,
    *,
    state: str = "",
    words: str = "",
    due: bool = False,
    start: int = 0,
    today: date,
) -> Shelf:
    """The list: newest change first, or the best match. Four queries."""
    everything = visible_to(user)
    counts = dict(everything.values_list("state").annotate(n=Count("pk")))
    overdue = everything.filter(
        state=ArticleState.PUBLISHED, review_on__lte=today
    ).count()
    if words:
        found = search_articles(user, words, FOUND)
        found = [a for a in found if not state or a.state == state]
        _with_owners(found)
        return Shelf(with_use(found), len(found), counts, overdue, None)
    rows = everything.select_related("service", "owner", "organisation").defer("body")
    total = sum(counts.values())
    order = ["-updated_at", "-pk"]
    if state:
        rows, total = rows.filter(state=state), counts.get(state, 0)
    if due:
        rows = rows.filter(state=ArticleState.PUBLISHED, review_on__lte=today)
        total, order = overdue, ["review_on", "pk"]
    page = list(rows.order_by(*order)[start : start + PAGE])
    after = start + PAGE if total > start + PAGE else None
    return Shelf(with_use(page), total, counts, overdue, after)


def _with_owners(rows: Sequence[Article]) -> None:
    people = User.objects.in_bulk({a.owner_id for a in rows if a.owner_id})
    for row in rows:
        row.owner = people.get(row.owner_id) if row.owner_id else None


def with_use(rows: Sequence[Article]) -> list[Article]:
    """The same rows, each with `.helped`. One query."""
    found = helped_by(row.pk for row in rows)
    for row in rows:
        row.helped = found.get(row.pk, Helped())  # type: ignore[attr-defined]
    return list(rows)


def helped_by(ids: Iterable[int]) -> dict[int, Helped]:
    """How often each helped. One query."""
    counted = (
        ArticleUse.objects.filter(article_id__in=list(ids))
        .values_list("article_id")
        .annotate(yes=Count("pk", filter=Q(helped=True)), n=Count("pk"))
    )
    return {pk: Helped(yes, n) for pk, yes, n in counted}


def tickets_of(article: Article, user: User) -> list[LinkedTicket]:
    """Its tickets, as far as this person may see them. One query."""
    seen = Ticket.objects.visible_to(user).values("pk")
    links = article.links.filter(ticket_id__in=seen).select_related("ticket")
    return [
        LinkedTicket(
            number=one.ticket.number,
            title=one.ticket.title,
            url=subjects.url(one.ticket.number),
            is_source=one.is_source,
        )
        for one in links.order_by("-is_source", "-pk")[:20]
    ]


def of_ticket(ticket: Ticket, user: User) -> QuerySet[ArticleLink]:
    """The articles that belong to a ticket, as far as this person may read them."""
    links = ArticleLink.objects.filter(
        ticket_id=ticket.pk, article__in=visible_to(user)
    )
    return links.select_related("article").order_by("-is_source", "pk")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a ticket: what belongs to it, and what might help."""

    linked: list[ArticleLink]
    found: list[Article]
    solved_by: frozenset[int]


def beside(ticket: Ticket, user: User, words: str = "") -> Beside:
    """For the ticket's own words, or those that were typed. Five queries at most."""
    linked = list(of_ticket(ticket, user)[:10])
    known = {one.article_id for one in linked}
    asked = words or ticket.title
    found = search_articles(user, asked, BESIDE + len(known), published=True)
    if not found and not words and ticket.service_id:
        rows = visible_to(user).filter(
            state=ArticleState.PUBLISHED, service_id=ticket.service_id
        )
        found = list(rows.select_related("service").order_by("-updated_at")[:BESIDE])
    found = [one for one in found if one.pk not in known][:BESIDE]
    with_use([*found, *(one.article for one in linked)])
    helped = ArticleUse.objects.filter(ticket_id=ticket.pk, helped=True)
    return Beside(linked, found, frozenset(helped.values_list("article_id", flat=True)))


def answers(user: User, words: str, limit: int = 3) -> list[Article]:
    """What somebody who reports is shown while typing. Two queries or three."""
    if len(words.strip()) < 3:
        return []
    return with_use(search_articles(user, words, limit, published=True))


def versions(article: Article) -> list[ArticleVersion]:
    """Every wording, the newest first. One query."""
    return list(article.versions.select_related("by").order_by("-number"))


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an article's history."""

    at: datetime
    who: str
    text: str


def history(article: Article) -> list[Happened]:
    """What was done with it, the newest first. Two queries."""
    events = Event.objects.filter(
        subject_type=article.subject_type, subject_id=article.pk
    ).exclude(kind=kinds.USE)
    rows = list(events.order_by("-id")[:30])
    people = User.objects.in_bulk({e.actor_id for e in rows if e.actor_id})
    sentences: dict[str, Any] = {
        kinds.WRITE: _("%(name)s wrote it."),
        kinds.EDIT: _("%(name)s changed it."),
        kinds.PUBLISH: _("%(name)s published it."),
        kinds.RETIRE: _("%(name)s retired it."),
        kinds.RESTORE: _("%(name)s made it a draft again."),
        kinds.LINK: _("%(name)s linked a ticket."),
        kinds.UNLINK: _("%(name)s took a ticket off."),
        kinds.REDACT: _("%(name)s removed its texts."),
    }
    found = []
    for e in rows:
        if e.kind in sentences:
            who = people[e.actor_id].name if e.actor_id in people else _("Beeline")
            found.append(Happened(e.at, who, sentences[e.kind] % {"name": who}))
    return found


def is_due(article: Article, *, today: date) -> bool:
    """Whether somebody should have looked at it again by now."""
    return (
        article.state == ArticleState.PUBLISHED
        and article.review_on is not None
        and article.review_on <= today
    )
