"""What must always be true, checked by `manage.py doctor`. Rooms register theirs."""

from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold; `check` answers a sentence for each violation."""

    name: str
    says: str
    check: Check


_invariants: dict[str, Invariant] = {}


def register(name: str, says: str, check: Check) -> None:
    """Add an invariant; a second one of the same name replaces the first."""
    _invariants[name] = Invariant(name, says, check)


def registered() -> list[Invariant]:
    """All of them, in the order in which rooms came up."""
    return list(_invariants.values())
