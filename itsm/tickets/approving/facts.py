"""What a decision's page tells: one row each, filled by practices through a slot."""

from dataclasses import dataclass
from typing import Any

from core import slots
from itsm.tickets.approving.models import Approval
from itsm.tickets.models import Ticket
from people.models import User

SLOT = "approval.facts"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: what it is, what it says, how it stands.

    `m` is a mark of the look (late, soon, good, info); `more` stands behind a click, as
    Markdown, `links` (words and address) below it.
    """

    name: str
    label: str
    text: str
    m: str = ""
    more: str = ""
    links: tuple[tuple[str, str], ...] = ()


def facts(ticket: Ticket, user: User, row: Approval, at: Any) -> list[Fact]:
    """All rows, in the order of their practices."""
    found: list[Fact] = []
    for some in slots.filled(SLOT, ticket, user, row, at):
        found.extend(some)
    return found
