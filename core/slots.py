"""Named places on lower rooms' pages that upper rooms fill, without being imported.

`ticket.side`, `ticket.new`, `rail`, `portal.nav` …: a filler gets the page's context
and answers with plain values for the template; it declares the queries it costs, so
that a page's budget can be read off its slots.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filler:
    """One thing in a slot."""

    name: str
    call: Callable[..., Any]
    order: int
    queries: int


_slots: dict[str, list[Filler]] = {}


def fill(
    slot: str, name: str, call: Callable[..., Any], *, order: int = 50, queries: int = 0
) -> None:
    """Put a filler into a slot; a second one of the same name replaces the first."""
    others = [f for f in _slots.get(slot, []) if f.name != name]
    _slots[slot] = sorted(
        [*others, Filler(name, call, order, queries)], key=lambda f: (f.order, f.name)
    )


def filled(slot: str, *args: Any, **kwargs: Any) -> list[Any]:
    """What the slot holds for this page, in order; fillers may answer None."""
    answers = (f.call(*args, **kwargs) for f in _slots.get(slot, ()))
    return [answer for answer in answers if answer is not None]
