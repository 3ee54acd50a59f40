"""What must always be true, checked by `manage.py doctor`. Rooms register theirs."""

from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold; `check` answers a sentence for each violation.

    Where that takes long, `whole` is the same looked at in full, asked for by name.
    """

    name: str
    says: str
    check: Check
    whole: tuple[str, Check] | None = None


_invariants: dict[str, Invariant] = {}


def register(
    name: str, says: str, check: Check, whole: tuple[str, Check] | None = None
) -> None:
    """Add an invariant; a second one of the same name replaces the first."""
    _invariants[name] = Invariant(name, says, check, whole)


def registered(*, whole: bool = False) -> list[Invariant]:
    """All of them, in the order in which rooms came up."""
    found = list(_invariants.values())
    if not whole:
        return found
    return [Invariant(one.name, *one.whole) if one.whole else one for one in found]
