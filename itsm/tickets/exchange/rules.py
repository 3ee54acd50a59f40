"""The live process version of each practice, as an import needs it."""

import re
from dataclasses import dataclass, field
from functools import cache

from itsm.tickets import kinds
from itsm.tickets.exchange.problems import BadFile, Unplaceable
from itsm.tickets.states import OPEN, TicketType
from processes import definition as definitions
from processes.definition import Definition
from processes.models import ProcessVersion
from processes.queries import live_versions, newest_released

DONE = frozenset({"resolved", "closed", "cancelled"})
OPEN_CATEGORIES = frozenset(category.value for category in OPEN)
# Words of other tools for the category of a state.
FOREIGN = {
    "open": "new",
    "registered": "new",
    "active": "active",
    "assigned": "active",
    "work in progress": "active",
    "on hold": "waiting",
    "pending": "waiting",
    "awaiting user info": "waiting",
    "awaiting vendor": "waiting",
    "awaiting problem": "waiting",
    "solved": "resolved",
    "complete": "closed",
    "completed": "closed",
    "canceled": "cancelled",
}


@dataclass(slots=True)
class Rules:
    """One process version: its states by any of their names, its verbs by move."""

    version: ProcessVersion
    definition: Definition
    _states: dict[str, str] = field(default_factory=dict)
    _verbs: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for state in self.definition.states.values():
            self._states.setdefault(state.category, state.slug)
        for state in self.definition.states.values():
            self._states[plain(state.name)] = state.slug
            self._states[plain(state.slug)] = state.slug
        for word, category in FOREIGN.items():
            if category in self._states:
                self._states.setdefault(word, self._states[category])
        for rule in self.definition.rules:
            for start in rule.from_:
                self._verbs.setdefault((start, rule.to), rule.verb)

    def state(self, name: str) -> str:
        """The state somebody means by a slug, a name or a category.

        Raises Unplaceable for a name this process does not have.
        """
        slug = self._states.get(plain(name))
        if slug is None:
            known = ", ".join(state.name for state in self.definition.states.values())
            raise Unplaceable(f"the state {name!r} is not one of {known}")
        return slug

    def of_category(self, category: str) -> str:
        """The first state of a category, or of the nearest one the process has."""
        near = {"resolved": "closed", "waiting": "active", "cancelled": "closed"}
        states = list(self.definition.states.values())
        slugs = {state.category: state.slug for state in reversed(states)}
        return slugs.get(category) or slugs[near.get(category, "new")]

    def category(self, state: str) -> str:
        """The category of a state."""
        return self.definition.states[state].category

    def reason(self, state: str, wanted: str) -> str:
        """A wait reason, where this state knows it."""
        return wanted if wanted in self.definition.states[state].reasons else ""

    def pauses(self, state: str, reason: str) -> bool:
        """Whether the promise of resolution stands still."""
        known = self.definition.states[state].reasons.get(reason)
        return bool(known and "resolution" in known.pauses)

    def kind(self, before: str, after: str) -> str:
        """The kind of event that a move of state is, allowed here or not."""
        verb = self._verbs.get((before, after))
        if verb:
            return kinds.of(verb)
        old, new = self.category(before), self.category(after)
        if old in DONE and new in OPEN_CATEGORIES:
            return kinds.REOPEN
        moves = {
            "waiting": kinds.WAIT,
            "resolved": kinds.RESOLVE,
            "closed": kinds.CLOSE,
            "cancelled": kinds.CANCEL,
        }
        if new == "active" and old in ("new", "waiting"):
            return kinds.START if old == "new" else kinds.RESUME
        return moves.get(new, kinds.IMPORTED)


@cache
def plain(name: str) -> str:
    """A name as people compare it: `In_Progress` and `in progress` are one."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def live(type_: TicketType) -> Rules:
    """The version that new tickets of all teams start on. Raises BadFile."""
    slug = type_.value
    version = live_versions().get(slug) or newest_released(slug)
    if version is None:
        raise BadFile(
            f"There is no released process for a ticket of type {slug} yet: "
            "run `manage.py load_processes` first."
        )
    return Rules(version, definitions.of(version))
