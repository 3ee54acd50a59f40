"""What the three formats share: a source checks rows and turns them into histories."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.cells import plain
from itsm.tickets.exchange.history import History
from itsm.tickets.exchange.problems import Unplaceable
from itsm.tickets.exchange.roster import LONGEST_NAME, Mentions, Roster
from itsm.tickets.exchange.tables import Row
from itsm.tickets.states import PREFIXES, TYPES_BY_PREFIX, Level, TicketType

LONGEST_REF = 200
LONGEST_TITLE = 250
LEVELS = {
    **{level.value: level.value for level in Level},
    "1": "high",
    "2": "medium",
    "3": "low",
}


class Source(Protocol):
    """One format. Columns are bound before rows are read."""

    mentions: Mentions

    def check(self, cells: Sequence[str]) -> "Checked":
        """Whether a row can be placed, and where. Raises Unplaceable."""

    def history(self, ref: str, rows: Sequence[Row], roster: Roster) -> History:
        """A ticket's history from its rows, in their order."""


class Checked:
    """A row that can be placed: its ticket, its place among that ticket's rows."""

    __slots__ = ("key", "opened_at", "ref", "remark")

    def __init__(
        self, ref: str, key: int, *, opened_at: datetime | None = None, remark: str = ""
    ) -> None:
        self.ref = ref
        self.key = key  # rows of one key keep the order of the file
        self.opened_at = opened_at  # tells our own numbers from somebody else's
        self.remark = remark


def reference(cell: str) -> str:
    """The source's number of a ticket."""
    ref = plain(cell)
    if not ref or ref == "?":
        raise Unplaceable("it has no number")
    if len(ref) > LONGEST_REF:
        raise Unplaceable(f"its number is longer than {LONGEST_REF} characters")
    return ref


def named(cell: str) -> str | None:
    """A name of somebody or something; None where the cell is empty."""
    name = " ".join(plain(cell).split())
    if len(name) > LONGEST_NAME:
        raise Unplaceable(f"a name is longer than {LONGEST_NAME} characters")
    return name or None


def level(cell: str, what: str, default: str) -> str:
    """Impact or urgency: `high`, `High`, `1`, `1 - High`; empty is the default."""
    word = plain(cell).lower()
    if word in ("", "?"):
        return default
    found = LEVELS.get(word) or LEVELS.get(word.partition(" ")[0])
    if found is None:
        raise Unplaceable(f"{what} {cell!r} is not one of high, medium, low")
    return found


def type_of(ref: str) -> TicketType:
    """The practice a number tells by its prefix (`REQ-7`); incidents otherwise."""
    return TYPES_BY_PREFIX.get(ref[:3].upper(), TicketType.INCIDENT)


def prefix(type_: TicketType) -> str:
    """The prefix of our own numbers."""
    return PREFIXES[type_]


def microseconds(at: datetime) -> int:
    """An instant as a sortable whole number."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
