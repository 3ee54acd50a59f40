"""Search over tickets: one weighted document each, kept by a reader of the log.

Words are cut with PostgreSQL's `simple` configuration after everything that is not a
letter or digit became a space and accents were taken off. No stemming: tickets mix
languages, product names, host names and error codes, and what somebody typed must
find exactly what somebody else pasted; the last word is a prefix, which covers most
endings. Weights: A number and title, B description, C public texts, D internal ones.
A requester's query is limited to A, B and C, so that a note can never be found.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import BooleanField, F, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Lookup

from core import consumers
from core.models import Event
from itsm.tickets import kinds, wordstats
from itsm.tickets.asking import AnyOf, ask
from itsm.tickets.models import Ticket, TicketSearch
from itsm.tickets.rows import COLUMNS, Row, worded
from itsm.tickets.states import TYPES_BY_PREFIX
from itsm.tickets.wordstats import Word
from people.models import User

NEWEST = 500  # matches that are ranked; more are said to exist, not counted
LONGEST = 200  # characters of a query that are read
MOST_WORDS = 12
WALK = 217.0  # NEWEST x 1.3 µs / 3 µs; see _newest
PATIENCE = 4  # a walk gives up after so many times the expected steps
HALF_LIFE_DAYS = 180.0  # a match this old counts half as much as one of today
WEIGHTS = {"A": 1.0, "B": 0.4, "C": 0.2, "D": 0.1}
READ_BY_ALL = "ABC"
SILENT = frozenset(  # kinds that change no text
    {
        kinds.TAKE,
        kinds.START,
        kinds.ASSIGN,
        kinds.OFFER,
        kinds.TRIAGE,
        kinds.ATTACH,
        kinds.LINK,
        kinds.UNLINK,
        kinds.WATCH,
        kinds.UNWATCH,
        kinds.COPY,
        kinds.RESTRICT,
        kinds.MIGRATE,
    }
)

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»„“”‚‘’–—…·•´¨"
_ACCENTED = [
    (c, base)
    for c in map(chr, range(0xC0, 0x180))
    if len(base := unicodedata.normalize("NFKD", c)[0]) == 1 and base.isascii()
]
PLAIN_FROM = PUNCTUATION + "".join(c for c, _ in _ACCENTED)
PLAIN_TO = " " * len(PUNCTUATION) + "".join(base for _, base in _ACCENTED)
_TABLE = str.maketrans(PLAIN_FROM, PLAIN_TO)
_NUMBER = re.compile(r"(?:([A-Za-z]{3})[\s-]*)?#?(\d{1,12})")
_PIECE = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')

LONGEST_TEXT = 100_000  # characters of one ticket's texts that are indexed, per weight
DOCUMENTS = """
INSERT INTO itsm_ticketsearch (ticket_id, document)
SELECT t.id,
    setweight(to_tsvector('simple', translate(
        t.number || ' ' || t.title, %(from)s, %(to)s)), 'A') ||
    setweight(to_tsvector('simple', translate(
        left(t.description, %(longest)s), %(from)s, %(to)s)), 'B') ||
    setweight(to_tsvector('simple', translate(
        left(concat_ws(' ', t.resolution, said.public), %(longest)s),
        %(from)s, %(to)s)), 'C') ||
    setweight(to_tsvector('simple', translate(
        left(coalesce(said.internal, ''), %(longest)s), %(from)s, %(to)s)), 'D')
FROM itsm_ticket t
LEFT JOIN (
    SELECT c.ticket_id, string_agg(c.body, ' ') FILTER (WHERE c.is_public) AS public,
        string_agg(c.body, ' ') FILTER (WHERE NOT c.is_public) AS internal
    FROM itsm_comment c WHERE {of_comments} AND c.redacted_at IS NULL
    GROUP BY c.ticket_id
) said ON said.ticket_id = t.id
WHERE {of_tickets}
ON CONFLICT (ticket_id) DO UPDATE SET document = excluded.document
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the exact number first, then the best of the newest."""

    rows: Sequence[Row] = field(default_factory=list)
    matches: int = 0  # at most NEWEST
    more: bool = False  # there are older matches than those ranked

    @property
    def label(self) -> str:
        """How many, truthfully: `42` or `500+`."""
        return f"{self.matches}+" if self.more else str(self.matches)


def search(
    user: User, q: str, *, at: datetime, limit: int = 50, offset: int = 0
) -> Found:
    """Tickets the person may see that match `q`, as lines of a list.

    `q` may hold words, "phrases" and -words; any text is an answerable query. `at` is
    now, for recency. Of the newest `NEWEST` matches the best come first; `offset`
    pages through those. Two queries, one more for a number that others mention.
    """
    query = parse(q, internal=user.is_staff)
    exact = _by_number(user, q)
    ranked, more = _ranked(user, query, at) if query.text else ([], False)
    rows = {row[0]: row for row in exact}
    ids = list(dict.fromkeys([*rows, *ranked]))
    page = ids[offset : offset + limit]
    if missing := [pk for pk in page if pk not in rows]:
        found = ask(user, "search rows", _rows, ids=missing)
        rows |= {row[0]: row for row in found}
    lines = {line.pk: line for line in worded(rows.values(), at=at)}
    return Found([lines[pk] for pk in page if pk in lines], len(ids), more)


def matching(user: User, q: str) -> Any:
    """Visible tickets that match, unranked, for a list that filters by `q`."""
    visible = Ticket.objects.visible_to(user)
    query = parse(q, internal=user.is_staff)
    if not query.text:
        return visible.none()
    return visible.filter(search__document=_raw(query.text))


def newest(user: User, q: str) -> tuple[list[int], bool]:
    """Ids of the newest matches for a list that filters by `q`, and if there are more.

    At most `NEWEST`, because a list sorts what it is given; an exact number counts too.
    """
    query = parse(q, internal=user.is_staff)
    found = [row[0] for row in _newest(user, query)] if query.text else []
    exact = [row[0] for row in _by_number(user, q)]
    ids = list(dict.fromkeys([*exact, *found[:NEWEST]]))
    return ids, len(found) > NEWEST


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, as `to_tsquery` always accepts it; no text, nothing to find."""

    text: str
    words: Sequence[Word] = ()  # those that have to be there


def parse(q: str, *, internal: bool) -> Query:
    """Read a query: words, "phrases", -words; the last word may be unfinished.

    Words are quoted and plain, so nothing in them is an operator; what punctuation
    holds together (`mail.acme.example`) is a phrase. `internal` says whether notes
    are searched.
    """
    labels = "" if internal else READ_BY_ALL
    pieces = [
        (minus, plain(quoted or word).split(), bool(quoted))
        for minus, quoted, word in _PIECE.findall(q[:LONGEST])
    ]
    pieces = [piece for piece in pieces if piece[1]][:MOST_WORDS]
    if all(minus for minus, _, _ in pieces):
        return Query("")
    terms, words = [], []
    for place, (minus, parts, quoted) in enumerate(pieces, 1):
        unfinished = place == len(pieces) and not quoted and not minus
        found = [Word(part.lower()) for part in parts[:-1]]
        found.append(Word(parts[-1].lower(), unfinished))
        phrase = " <-> ".join(_term(word, labels) for word in found)
        terms.append(f"!({phrase})" if minus else f"({phrase})")
        words += [] if minus else found
    return Query(" & ".join(terms), words)


def _term(word: Word, labels: str) -> str:
    suffix = ("*" if word.is_prefix else "") + labels
    return f"'{word.text}':{suffix}" if suffix else f"'{word.text}'"


def plain(text: str) -> str:
    """Text as the index reads it: only letters, digits and spaces, no accents."""
    text = unicodedata.normalize("NFC", text).translate(_TABLE)
    return "".join(c if c.isalnum() else " " for c in text)


def index(ticket_ids: Iterable[int]) -> None:
    """Write the documents of these tickets anew, from what stands in the rows now."""
    ids = sorted(set(ticket_ids))
    with connection.cursor() as cursor:
        # Whoever redacts holds this row: we wait and then read the emptied text.
        cursor.execute(
            "SELECT 1 FROM itsm_ticketsearch WHERE ticket_id = ANY(%s) "
            "ORDER BY ticket_id FOR UPDATE",
            [ids],
        )
        fill(cursor, "{id} = ANY(%(ids)s)", {"ids": ids})


def fill(cursor: Any, which: str, values: dict[str, Any] | None = None) -> None:
    """Write the documents of all tickets for which the trusted SQL `which` holds.

    `which` says `{id}` for the ticket's id. One pass over tickets and comments each,
    so that a million take minutes.
    """
    sql = DOCUMENTS.format(
        of_tickets=which.format(id="t.id"), of_comments=which.format(id="c.ticket_id")
    )
    plain_text = {"from": PLAIN_FROM, "to": PLAIN_TO, "longest": LONGEST_TEXT}
    cursor.execute(sql, {**plain_text, **(values or {})})


def forget(ticket: Ticket) -> None:
    """Index a ticket at once: what was redacted in this transaction is not found."""
    index([ticket.pk])


def register() -> None:
    """Let a reader of the log keep the documents."""
    consumers.consume("search", _follow)


def _follow(events: Sequence[Event]) -> None:
    ids = {
        event.subject_id
        for event in events
        if event.subject_type == Ticket.subject_type and event.kind not in SILENT
    }
    if ids:
        index(ids)


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
    return ask(user, "number", _numbered, a=first, b=second, c=third, d=fourth)


def _numbered(tickets: Any, a: str, b: str, c: str, d: str) -> Any:
    found = tickets.filter(number__in=[a, b, c, d]).order_by("-id")
    return found.values_list(*COLUMNS)


def _rows(tickets: Any, ids: list[int]) -> Any:
    return tickets.filter(AnyOf("pk", ids)).values_list(*COLUMNS)


def _ranked(user: User, query: Query, at: datetime) -> tuple[list[int], bool]:
    """Ids of the newest matches, best first, and whether there are older ones."""
    rows = _newest(user, query)
    best = sorted(
        ((rank * _freshness(at, opened), pk) for pk, rank, opened in rows[:NEWEST]),
        reverse=True,
    )
    return [pk for _, pk in best], len(rows) > NEWEST


def _newest(user: User, query: Query) -> list[tuple[Any, ...]]:
    """The newest matches and one more: id, rank, opened at.

    Two ways, because each is slow where the other is quick: for common words walk the
    documents from the newest on until there are enough; for the rest let the word
    index name all matches. Measured, a step of the walk costs 1.3 µs and a match of
    the index 3 µs, so the two meet where hits² = WALK x documents.
    """
    statistics = wordstats.current()
    share = statistics.share(query.words)
    hits = share * statistics.documents
    shares = user.organisation is not None and user.organisation.shares_tickets
    seen = 1.0 if user.is_staff else 0.1 if shares else 0.0  # of all tickets, roughly
    if seen and hits * hits > WALK * statistics.documents:
        steps = int(PATIENCE * NEWEST / share / seen)
        key = ("walk", user.is_staff, NEWEST)
        walk = partial(_walk, user)
        found = ask(user, key, walk, plan_anew=True, text=query.text, steps=steps)
        if len(found) > NEWEST:
            return found
    key = ("look up", user.is_staff, NEWEST)
    look_up = partial(_look_up, user)
    return ask(user, key, look_up, plan_anew=True, text=query.text)


def _walk(user: User, tickets: Any, text: str, steps: int) -> Any:
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
        .order_by("-search__ticket_id")[: NEWEST + 1]
    )


def _look_up(user: User, tickets: Any, text: str) -> Any:
    """All matches by the word index, newest first."""
    return (
        _with_rank(user, tickets, text)
        .filter(search__document=_raw(text))
        .order_by((F("search__ticket_id") + 0).desc())[: NEWEST + 1]  # never a walk
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
