"""What a practice adds to the shared ticket, without the ticket knowing the practice.

A practice registers one `Detail` for its type: which fields its row has, which facts
guards may look at, and what is true of it when the engine asks.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itsm.tickets.models import Ticket

Facts = Mapping[str, Any]


def _nothing(ticket: Ticket, row: Any) -> Facts:
    return {}


def _on_open(ticket: Ticket, row: Any, by: Any, at: datetime) -> None:
    return None


def _tells_no_more(ticket: Ticket, row: Any, user: Any) -> Facts:
    return {}


def _no_check(
    ticket: Ticket, row: Any, asked: Collection[str], given: Facts, at: datetime
) -> None:
    return None


def _no_reviews(ticket: Ticket, row: Any) -> Mapping[str, str]:
    return {}


def _no_words(ticket: Ticket, row: Any, took: str) -> tuple[str, str] | None:
    return None


def _no_text(ticket: Ticket, changes: Facts) -> tuple[str, Any] | None:
    return None


@dataclass(frozen=True, slots=True)
class Detail:
    """One practice's detail row and its part in the workflow.

    `fields` are attributes of `model` that verbs may set; `texts` those of them a
    person types (kept in versions, never in the log); `facts` are for guards,
    `held` answers what `requires` asks; `opened` runs inside the action. `erase`
    empties the text of its own rows that an event is about, and says which. `tells` is
    what REST reads besides `fields`, and nobody sets. `carried` are words that come
    with one move and that its guards may ask for; `check` refuses (Invalid) what a move
    that requires `asked` must not bring; `shown` is told over REST besides and cannot
    be sent; `options` are what an input offers.
    `ended` is how it ended, in a sentence with the time it took, and how good that is
    (`met`, `soon`, `late`); None leaves the ticket's own words.
    `reviews` says who reviewed it elsewhere: their e-mail, and where it can be read.
    """

    type: str
    model: Any
    fields: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()
    readers: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()  # fields that a decision rests on
    asks_anew: frozenset[str] = frozenset()  # those whose edit asks for it again
    brings: Mapping[str, Facts] = field(default_factory=dict)  # what a verb itself sets
    related: tuple[str, ...] = ()  # what facts need of the row's own rows
    always: bool = False  # a row from the start, even where nothing is given
    facts: Callable[[Ticket, Any], Facts] = _nothing
    held: Mapping[str, Callable[[Ticket, Any], bool]] = field(default_factory=dict)
    opened: Callable[[Ticket, Any, Any, datetime], None] = _on_open
    erase: Callable[[Ticket, Facts], tuple[str, Any] | None] = _no_text
    tells: Callable[[Ticket, Any, Any], Facts] = _tells_no_more
    carried: frozenset[str] = frozenset()
    check: Callable[[Ticket, Any, Collection[str], Facts, datetime], None] = _no_check
    shown: tuple[str, ...] = ()
    options: Mapping[str, Callable[[], Sequence[tuple[str, str]]]] = field(
        default_factory=dict
    )
    reviews: Callable[[Ticket, Any], Mapping[str, str]] = _no_reviews
    ended: Callable[[Ticket, Any, str], tuple[str, str] | None] = _no_words

    def load(self, ticket: Ticket) -> Any:
        """The ticket's row, unsaved where it has none yet; read once per instance.

        Whoever changes it holds the ticket's lock, so it is as fresh as the ticket.
        """
        if ticket.detail_row is None:
            rows = self.model.objects.select_related(*self.related)
            found = rows.filter(ticket_id=ticket.pk).first()
            ticket.detail_row = found or self.model(ticket_id=ticket.pk)
        return ticket.detail_row


_details: dict[str, Detail] = {}


def register(detail: Detail) -> None:
    """Make a practice's detail known."""
    _details[detail.type] = detail


def of(type_: str) -> Detail | None:
    """The detail of a type; None where it has none."""
    return _details.get(type_)
