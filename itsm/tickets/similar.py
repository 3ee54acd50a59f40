"""Tickets like this one, open and solved, and how the solved ones were solved.

The rarest words of a title say what it is about: tickets that share two of them, or a
very rare one, are weighed by how much of the rest they share (words count by their
rarity), by service and by category. What the person may not see is never weighed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import connection
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from itsm.tickets import search, wordstats
from itsm.tickets.asking import AnyOf, ask
from itsm.tickets.finding.documents import plain
from itsm.tickets.finding.query import READ_BY_ALL, Query, term
from itsm.tickets.finding.vocabulary import can_be_meant
from itsm.tickets.models import Ticket
from itsm.tickets.rows import COLUMNS, OPEN_VALUES, Row, worded
from itsm.tickets.states import StateCategory
from itsm.tickets.wordstats import Word
from people.models import User

MOST_WORDS, TELLING = 12, 4  # words that are weighed; of them, those looked for
VERY_RARE = 200.0  # documents: such a word says enough alone
NEWEST = 150  # matches that are looked at
WEIGHED = 40  # candidates whose words are compared
FEW = 4  # of each kind that are shown
LEAST = 0.45  # below this likeness nothing is shown
SAME_SERVICE, SAME_CATEGORY = 0.25, 0.15
SHOWN = 200  # characters of how one was solved
EXTRA = ("service_id", "category_id", "resolved_at", Left("resolution", 600))
SOLVED = frozenset({StateCategory.RESOLVED.value, StateCategory.CLOSED.value})
COUNTS = "SELECT text, documents FROM itsm_searchword WHERE text = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Alike:
    """One similar ticket. `how`: the beginning of its resolution."""

    row: Row
    likeness: float
    why: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Similar:
    """Those that are open, and those that were solved, each the most alike first."""

    open: Sequence[Alike] = ()
    solved: Sequence[Alike] = ()


def to_ticket(user: User, ticket: Ticket, *, at: datetime) -> Similar:
    """Tickets like this one that the person may see; three queries."""
    return to_text(
        user,
        ticket.title,
        at=at,
        service=ticket.service_id,
        category=ticket.category_id,
        but=ticket.pk,
    )


def to_text(
    user: User,
    text: str,
    *,
    at: datetime,
    service: int | None = None,
    category: int | None = None,
    but: int | None = None,
) -> Similar:
    """Tickets like what is being typed; three queries, none without a word.

    For forms: what is open already and how it was solved before. `but`: not this one.
    """
    weights = _weights(text)
    if not weights:
        return Similar()
    query, hits = _asked(weights, user)
    matches = search.newest_of(user, query, hits=hits, most=NEWEST)
    ids = [pk for pk in search.best(matches, at) if pk != but][:WEIGHED]
    rows = ask(user, "similar", _rows, ids=ids) if ids else []
    alike = [
        found
        for row, line in zip(
            rows, worded([r[: len(COLUMNS)] for r in rows], at=at), strict=True
        )
        if (found := _weighed(row, line, weights, service, category)) is not None
    ]
    alike.sort(key=lambda one: (-one.likeness, -one.row.pk))
    return Similar(
        [one for one in alike if one.row.category in OPEN_VALUES][:FEW],
        _ways([one for one in alike if one.row.category in SOLVED])[:FEW],
    )


def _ways(solved: Iterable[Alike]) -> list[Alike]:
    """Of those that were solved in the same words the most alike alone."""
    ways: dict[str, Alike] = {}
    for one in solved:
        ways.setdefault(one.how.lower() or one.row.number, one)
    return list(ways.values())


def _rows(tickets: Any, ids: list[int]) -> Any:
    return tickets.filter(AnyOf("pk", ids)).values_list(*COLUMNS, *EXTRA)


def _words(text: str) -> list[str]:
    found = plain(text[:500]).lower().split()
    return [word for word in dict.fromkeys(found) if len(word) > 1]


def _weights(text: str) -> Mapping[str, tuple[float, float]]:
    """For each word of a title: how rare it is (its weight), and its documents.

    One query: words with digits or of two letters are not counted anywhere, and are
    taken for rare unless the planner knows better.
    """
    words = _words(text)[:MOST_WORDS]
    if not words:
        return {}
    statistics = wordstats.current()
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [[word for word in words if can_be_meant(word)]])
        counted = dict(cursor.fetchall())
    total = max(statistics.documents, *counted.values(), 1.0)
    found = {}
    for word in words:
        documents = float(counted.get(word, 0))
        if not can_be_meant(word):
            documents = statistics.share([Word(word)]) * total
        if documents > 0:
            rarity = math.log(1.0 + total / documents)
            found[word] = (rarity, documents)
    return found


def _asked(
    weights: Mapping[str, tuple[float, float]], user: User
) -> tuple[Query, float]:
    """What is looked for, and roughly how many documents hold it."""
    total = max(wordstats.current().documents, 1.0)
    rarest = sorted(weights, key=lambda word: weights[word][1])[:TELLING]
    labels = "" if user.is_staff else READ_BY_ALL
    alone = [w for w in rarest if weights[w][1] <= VERY_RARE] or (
        rarest if len(rarest) == 1 else []
    )
    parts = [term(Word(word), labels) for word in alone]
    hits = sum(weights[word][1] for word in alone)
    for one, other in combinations([w for w in rarest if w not in alone], 2):
        parts.append(f"({term(Word(one), labels)} & {term(Word(other), labels)})")
        hits += weights[one][1] * math.sqrt(weights[other][1] / total)
    return Query(" | ".join(parts), [Word(word) for word in rarest]), hits


def _weighed(
    row: Sequence[Any],
    line: Row,
    weights: Mapping[str, tuple[float, float]],
    service: int | None,
    category: int | None,
) -> Alike | None:
    """How alike it is: 0 to 1 for words, more for service and category."""
    service_id, category_id, _resolved, resolution = row[len(COLUMNS) :]
    theirs = set(_words(line.title))
    shared = [word for word in weights if word in theirs]
    whole = sum(rarity for rarity, _n in weights.values())
    likeness = sum(weights[word][0] for word in shared) / whole
    reasons = []
    if service is not None and service_id == service:
        likeness += SAME_SERVICE
        reasons.append(_("same service"))
    if category is not None and category_id == category:
        likeness += SAME_CATEGORY
        reasons.append(_("same category"))
    if likeness < LEAST or not shared:
        return None
    return Alike(line, likeness, ", ".join(reasons), _first_line(resolution))


def _first_line(text: str) -> str:
    """The beginning of a text, cut between words."""
    lines: Iterable[str] = (line.strip() for line in text.splitlines())
    line = next((one for one in lines if one), "")
    if len(line) <= SHOWN:
        return line
    return line[: max(line.rfind(" ", 0, SHOWN), SHOWN // 2)] + " …"
