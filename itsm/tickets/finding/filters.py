"""Filters typed as words: what each one means, and what is said where it means nothing.

`reading` is what pages, REST and lists share. A filter may narrow only what a person
sees anyway: its condition is added to `visible_to`, and of people whom a requester
cannot look up it does not even tell whether they exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.tickets.finding.meanings import Meaning
from itsm.tickets.finding.query import Piece, pieces, unknown_filters
from itsm.tickets.finding.table import FILTERS, Filter
from people.models import User

NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on, and the query without it."""

    text: str
    rest: str


@dataclass(slots=True)
class Reading:
    """A query as it was understood."""

    pieces: Sequence[Piece] = ()
    condition: Q = field(default_factory=Q)
    chips: list[Chip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # then nothing is found
    notes: list[str] = field(default_factory=list)  # said, and searched as words

    @property
    def words(self) -> str:
        """The query without its filters."""
        return " ".join(p.written() for p in self.pieces if not p.name)

    @property
    def has_filters(self) -> bool:
        """Whether anything but words was asked for."""
        return any(piece.name for piece in self.pieces)


def reading(user: User, q: str, *, at: datetime) -> Reading:
    """Understand a query. One query for each filter that names something."""
    known = known_to(user)
    found = pieces(q, known)
    made = Reading(found)
    for place, piece in enumerate(found):
        if piece.name:
            _apply(made, known[piece.name], user, place, at)
    for name in unknown_filters(found):
        made.notes.append(
            _("There is no filter “%(name)s”, so this was searched as words. ")
            % {"name": name}
            + _("Filters are: %(names)s.") % {"names": ", ".join(known)}
        )
    return made


def words(user: User, q: str) -> str:
    """The words of a query without its filters; no query."""
    return Reading(pieces(q, known_to(user))).words


def known_to(user: User) -> Mapping[str, Filter]:
    """The filters this person may use, by name."""
    if user.is_staff:
        return FILTERS
    return {name: one for name, one in FILTERS.items() if not one.for_staff}


def _apply(made: Reading, one: Filter, user: User, place: int, at: datetime) -> None:
    piece = made.pieces[place]
    values = piece.values
    if values:
        meaning = one.read(user, values, at)
    else:
        problem = _("“%(name)s:” needs a value, such as %(example)s.")
        told = {"name": one.name, "example": f"{one.name}:{one.example}"}
        meaning = Meaning(None, "", problem % told)
    if meaning.condition is None:
        made.condition &= NOTHING
        made.problems.append(meaning.problem)
    else:
        condition = meaning.condition
        made.condition &= ~condition if piece.minus else condition
    words = meaning.words or piece.written()
    if piece.minus and meaning.words:
        words = _("Not: %(filter)s") % {"filter": words}
    others = [p.written() for n, p in enumerate(made.pieces) if n != place]
    made.chips.append(Chip(words, " ".join(others)))
