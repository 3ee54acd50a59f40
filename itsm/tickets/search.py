"""Search over tickets: what matches, best first, as far as the person may see it.

Words are cut with PostgreSQL's `simple` configuration after everything that is not a
letter or digit became a space and accents were taken off. No stemming: tickets mix
languages, product names, host names and error codes, and what somebody typed must
find exactly what somebody else pasted; the last word is a prefix, which covers most
endings. Weights: A number and title, B description, C public texts, D internal ones.
A requester's query is limited to A, B and C, so that a note can never be found.

Every question below goes through `visible_to` before anything is ranked, counted,
corrected or quoted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import BooleanField, F, FloatField, Q, Subquery, Value
from django.db.models.functions import Coalesce, Left
from django.db.models.lookups import Lookup
from django.utils import timezone

from itsm.tickets import wordstats
from itsm.tickets.asking import AnyOf, ask
from itsm.tickets.finding import excerpts, filters, typos
from itsm.tickets.finding.documents import fill, forget, index, plain, register
from itsm.tickets.finding.excerpts import Excerpt
from itsm.tickets.finding.query import LONGEST, Query, compiled, parse
from itsm.tickets.models import Ticket, TicketSearch
from itsm.tickets.queries import current_number
from itsm.tickets.rows import COLUMNS, Row, worded
from itsm.tickets.states import TYPES_BY_PREFIX
from people.models import User

__all__ = [
    "Found",
    "Narrowing",
    "NotUnderstood",
    "Query",
    "best",
    "fill",
    "forget",
    "index",
    "matching",
    "narrowing",
    "newest_of",
    "parse",
    "plain",
    "register",
    "search",
]

NEWEST = 500  # matches that are ranked; more are said to exist, not counted
WALK = 217.0  # NEWEST x 1.3 µs / 3 µs; see _newest
PATIENCE = 4  # a walk gives up after so many times the expected steps
FIRST_WALK = 50_000  # steps, where filters leave open how many it takes
HALF_LIFE_DAYS = 180.0  # a match this old counts half as much as one of today
WEIGHTS = {"A": 1.0, "B": 0.4, "C": 0.2, "D": 0.1}
QUOTED_FROM = 3_000  # characters of a description that an excerpt is looked for in
_NUMBER = re.compile(r"(?:([A-Za-z]{3})[\s-]*)?#?(\d{1,12})")
TEXTS = (Left("description", QUOTED_FROM), Left("resolution", QUOTED_FROM))
Match = tuple[int, float, datetime]  # id, rank, opened at


class NotUnderstood(ValueError):
    """A filter whose value means nothing, in words that say what is possible."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the exact number first, then the best of the newest."""

    rows: Sequence[Row] = field(default_factory=list)
    matches: int = 0  # at most NEWEST
    more: bool = False  # there are older matches than those ranked
    excerpts: Mapping[int, Excerpt] = field(default_factory=dict)
    asked: filters.Reading = field(default_factory=filters.Reading)
    meant: typos.Meant | None = None

    @property
    def label(self) -> str:
        """How many, truthfully: `42` or `500+`."""
        return f"{self.matches}+" if self.more else str(self.matches)


def search(
    user: User,
    q: str,
    *,
    at: datetime,
    limit: int = 50,
    offset: int = 0,
    quote: bool = False,
) -> Found:
    """Tickets the person may see that match `q`, as lines of a list.

    `q` may hold words, "phrases", -words and filters; any text is an answerable query.
    `at` is now, for recency. Of the newest `NEWEST` matches the best come first;
    `offset` pages through those. `quote` adds excerpts with the words marked. Two
    queries; one more for a number that others mention, for each filter that names
    something, for conversations quoted from; up to eight where a word may be a typo.
    """
    asked = filters.reading(user, q, at=at)
    query = compiled(asked.pieces, internal=user.is_staff)
    exact = [] if asked.has_filters else _by_number(user, q)
    find = partial(_matches, user, condition=asked.condition, asked=asked)
    matches = find(query)
    meant = None
    if not exact and len(matches) <= typos.FEW and query.text and not asked.problems:
        meant = typos.meant(asked.pieces, find, matches, internal=user.is_staff)
    ids = [row[0] for row in exact] + best(matches, at)
    if meant:
        ids += best(meant.matches, at)
        query = meant.query
    ids = list(dict.fromkeys(ids))
    rows = _fetched(user, ids[offset : offset + limit], exact)
    return Found(
        worded([row[: len(COLUMNS)] for row in rows], at=at),
        len(ids),
        max(len(matches), len(meant.matches) if meant else 0) > NEWEST,
        excerpts.of(user, rows, query, known={row[0] for row in exact})
        if quote
        else {},
        asked,
        meant,
    )


def matching(user: User, q: str, *, at: datetime | None = None) -> Any:
    """Visible tickets that match, unranked, for a list that filters by `q`.

    NotUnderstood where a filter in it means nothing.
    """
    asked = filters.reading(user, q, at=at or timezone.now())
    if asked.problems:
        raise NotUnderstood(" ".join(asked.problems))
    visible = Ticket.objects.visible_to(user).filter(asked.condition)
    query = compiled(asked.pieces, internal=user.is_staff)
    if query.text:
        return visible.filter(search__document=_raw(query.text))
    return visible if asked.has_filters else visible.none()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a query leaves of a list; `more` where words match more than `NEWEST`.

    `is_plain`: the condition is nothing but a list of ids.
    """

    condition: Q
    asked: filters.Reading
    more: bool = False
    is_plain: bool = False


def narrowing(user: User, q: str, *, at: datetime) -> Narrowing:
    """A query as a condition for a list, which sorts and counts by itself.

    Words become the ids of their newest matches (an exact number counts too), at most
    `NEWEST`, because a list sorts what it is given; filters alone stay a condition.
    """
    asked = filters.reading(user, q, at=at)
    query = compiled(asked.pieces, internal=user.is_staff)
    if asked.problems:
        return Narrowing(Q(pk__in=[]), asked)
    if asked.has_filters and not query.text:
        return Narrowing(asked.condition, asked)
    found = _matches(user, query, condition=asked.condition, asked=asked)
    exact = [] if asked.has_filters else [row[0] for row in _by_number(user, q)]
    ids = list(dict.fromkeys([*exact, *(row[0] for row in found[:NEWEST])]))
    return Narrowing(Q(pk__in=ids), asked, len(found) > NEWEST, bool(ids))


def _by_number(user: User, q: str) -> list[Any]:
    """The row of the number that was typed: `INC-1042`, `inc 1042` or `1042`."""
    match = _NUMBER.fullmatch(q.strip()[:LONGEST])
    if match is None:
        return []
    prefix, digits = (match[1] or "").upper(), match[2]
    if prefix and prefix not in TYPES_BY_PREFIX:
        return []
    numbers = [f"{p}-{digits}" for p in ([prefix] if prefix else TYPES_BY_PREFIX)]
    numbers += numbers[:1] * (len(TYPES_BY_PREFIX) - len(numbers))
    first, second, third, fourth = numbers
    found = ask(user, "number", _numbered, a=first, b=second, c=third, d=fourth)
    if not found and (now := next(filter(None, map(current_number, numbers)), "")):
        found = ask(user, "number", _numbered, a=now, b=now, c=now, d=now)
    return found


def _numbered(tickets: Any, a: str, b: str, c: str, d: str) -> Any:
    found = tickets.filter(number__in=[a, b, c, d]).order_by("-id")
    return found.values_list(*COLUMNS, *TEXTS)


def _fetched(user: User, ids: list[int], known: list[Any]) -> list[Any]:
    """Rows of these tickets, in this order."""
    rows = {row[0]: row for row in known}
    if missing := [pk for pk in ids if pk not in rows]:
        rows |= {row[0]: row for row in ask(user, "search rows", _rows, ids=missing)}
    return [rows[pk] for pk in ids if pk in rows]


def _rows(tickets: Any, ids: list[int]) -> Any:
    return tickets.filter(AnyOf("pk", ids)).values_list(*COLUMNS, *TEXTS)


def best(matches: Sequence[Match], at: datetime) -> list[int]:
    """Ids of the newest matches, best first."""
    best = sorted(
        ((rank * _freshness(at, opened), pk) for pk, rank, opened in matches[:NEWEST]),
        reverse=True,
    )
    return [pk for _, pk in best]


def _matches(
    user: User, query: Query, *, condition: Q, asked: filters.Reading
) -> Sequence[Match]:
    """The newest that match words and filters, and one more than are ranked."""
    if asked.problems or not (query.text or asked.has_filters):
        return []
    if asked.has_filters:
        return _narrowed(user, query, condition)
    return _newest(user, query)


def _narrowed(user: User, query: Query, condition: Q) -> list[Any]:
    """Like `_newest`, where filters narrow what is visible."""
    tickets = Ticket.objects.visible_to(user).filter(condition)
    if not query.text:
        one = Value(1.0, output_field=FloatField())
        rows = tickets.annotate(rank=one).order_by("-pk")
        return list(rows.values_list("pk", "rank", "opened_at")[: NEWEST + 1])
    statistics = wordstats.current()
    hits = statistics.share(query.words) * statistics.documents
    if hits * hits > WALK * statistics.documents:
        found = list(_walk(user, NEWEST, tickets, query.text, FIRST_WALK))
        if NEWEST // 10 < len(found) <= NEWEST:
            steps = 2 * FIRST_WALK * NEWEST // len(found)
            found = list(_walk(user, NEWEST, tickets, query.text, steps))
        if len(found) > NEWEST:
            return found
    return list(_look_up(user, NEWEST, tickets, query.text))


def _newest(user: User, query: Query) -> list[Any]:
    """The newest matches of what has to be there together."""
    statistics = wordstats.current()
    hits = statistics.share(query.words) * statistics.documents
    return newest_of(user, query, hits=hits)


def newest_of(
    user: User, query: Query, *, hits: float, most: int | None = None
) -> list[Any]:
    """The newest matches and one more than `most`: id, rank, opened at.

    `hits` is how many there may be. Two ways, because each is slow where the other is
    quick: for common words walk the documents from the newest on until there are
    enough; for the rest let the word index name all matches. Measured, a step of the
    walk costs 1.3 µs and a match of the index 3 µs, so the two meet where hits² = WALK
    x documents.
    """
    most = NEWEST if most is None else most
    documents = wordstats.current().documents
    shares = user.organisation is not None and user.organisation.shares_tickets
    seen = 1.0 if user.is_staff else 0.1 if shares else 0.0  # of all tickets, roughly
    if seen and documents > 0 and hits * hits > WALK * documents:
        steps = int(PATIENCE * most * documents / hits / seen)
        key = ("walk", user.is_staff, most)
        walk = partial(_walk, user, most)
        found = ask(user, key, walk, plan_anew=True, text=query.text, steps=steps)
        if len(found) > most:
            return found
    key = ("look up", user.is_staff, most)
    look_up = partial(_look_up, user, most)
    return ask(user, key, look_up, plan_anew=True, text=query.text)


def _walk(user: User, most: int, tickets: Any, text: str, steps: int) -> Any:
    """From the newest document on, `steps` ids back at most."""
    newest = TicketSearch.objects.order_by("-ticket_id").values("ticket_id")[:1]
    matches = Coalesce(  # COALESCE keeps the planner from the word index
        Matches(F("search__document"), _raw(text)),
        Value(False),
        output_field=BooleanField(),
    )
    return (
        _with_rank(user, tickets, text)
        .filter(matches, search__ticket_id__gt=Subquery(newest) - steps)
        .order_by("-search__ticket_id")[: most + 1]
    )


def _look_up(user: User, most: int, tickets: Any, text: str) -> Any:
    """All matches by the word index, newest first."""
    return (
        _with_rank(user, tickets, text)
        .filter(search__document=_raw(text))
        .order_by((F("search__ticket_id") + 0).desc())[: most + 1]  # never a walk
    )


def _with_rank(user: User, tickets: Any, text: str) -> Any:
    weights = [WEIGHTS["D"] if user.is_staff else 0.0, *(WEIGHTS[w] for w in "CBA")]
    rank = SearchRank(F("search__document"), _raw(text), weights=weights)
    return tickets.annotate(rank=rank).values_list("pk", "rank", "opened_at")


def _freshness(at: datetime, opened: datetime) -> float:
    days = max((at - opened).total_seconds() / 86_400, 0.0)
    return HALF_LIFE_DAYS / (HALF_LIFE_DAYS + days)


class Matches(Lookup):
    """`document @@ query` as a value, for where a filter will not do."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The operator between its two sides."""
        document, values = self.process_lhs(compiler, connection)
        query, more = compiler.compile(self.rhs)
        return f"{document} @@ {query}", (*values, *more)


def _raw(text: str) -> SearchQuery:
    return SearchQuery(text, config="simple", search_type="raw")
