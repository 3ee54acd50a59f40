"""What was meant where a query finds next to nothing.

Words of every document are tried, also of those the searcher may not see; a correction
is shown only with what it found among those they may.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from itsm.tickets.finding import vocabulary
from itsm.tickets.finding.documents import plain
from itsm.tickets.finding.query import Piece, Query, compiled

FEW = 3  # with more matches than that nobody is corrected
TIMES = 3  # a correction has to find so many times more
TRIES = 5
MOST_WORDS = 3  # of a query that are looked up
Find = Callable[[Query], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Meant:
    """A query as it was probably meant, and what it found."""

    typed: str  # the words that were corrected
    words: str  # what they became
    q: str  # the whole query corrected
    literal: str  # the whole query so that nothing is corrected
    instead: bool  # nothing was found as it was typed
    query: Query
    matches: Sequence[Any]


def meant(
    pieces: Sequence[Piece], find: Find, found: Sequence[Any], *, internal: bool
) -> Meant | None:
    """The first correction that finds enough; None where there is none.

    A query per word that may be a typo, and one per try.
    """
    for corrected in _corrections(pieces):
        query = compiled(corrected, internal=internal)
        matches = find(query)
        if len(matches) > TIMES * len(found):
            changed = [
                (old, new)
                for old, new in zip(pieces, corrected, strict=True)
                if old != new
            ]
            return Meant(
                typed=" ".join(old.text for old, _ in changed),
                words=" ".join(new.text for _, new in changed),
                q=_written(corrected),
                literal=_written(
                    replace(p, quoted=True) if p in [old for old, _ in changed] else p
                    for p in pieces
                ),
                instead=not found,
                query=query,
                matches=matches,
            )
    return None


def _corrections(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The query with other words, the likeliest first.

    Words that no document holds are replaced together; if all are known, one by one,
    short ones never: SAP is no typo of MAP.
    """
    places = [
        (place, word)
        for place, piece in enumerate(pieces)
        if (word := _may_be_wrong(piece))
    ]
    near: dict[int, list[str]] = {}
    unknown = []
    for place, word in places[:MOST_WORDS]:
        is_known, others = vocabulary.near(word, TRIES)
        if is_known and vocabulary.is_short(word):
            continue
        is_last = place == len(pieces) - 1
        near[place] = [o for o in others if not (is_last and o.startswith(word))]
        if not is_known and near[place]:
            unknown.append(place)
    groups = [unknown] if unknown else [[place] for place in near if near[place]]
    for rank in range(TRIES if len(groups) == 1 else 1):
        for group in groups:
            if all(rank >= len(near[place]) for place in group):
                continue
            yield [
                replace(piece, text=near[n][min(rank, len(near[n]) - 1)])
                if n in group
                else piece
                for n, piece in enumerate(pieces)
            ]


def _may_be_wrong(piece: Piece) -> str:
    if piece.name or piece.minus or piece.quoted:
        return ""
    word = plain(piece.text).strip().lower()
    return word if vocabulary.can_be_meant(word) else ""


def _written(pieces: Any) -> str:
    return " ".join(piece.written() for piece in pieces)
