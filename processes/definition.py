"""What a process version says, as immutable values. Pure: no database, no clock.

`load` turns the mapping a process owner wrote into a `Definition` or raises
`DefinitionError` with everything that is wrong at once. docs/processes.md tells
process owners the same rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

from processes.control import Risk, Trust
from processes.durations import CALENDAR_DAY, WORKING_DAY, duration

__all__ = [
    "CALENDAR_DAY",
    "REQUIRABLE",
    "WORKING_DAY",
    "Approval",
    "Control",
    "Definition",
    "DefinitionError",
    "Field",
    "Order",
    "Problem",
    "Routing",
    "State",
    "Target",
    "Transition",
    "WaitReason",
    "dump",
    "duration",
    "load",
    "of",
]

CATEGORIES = ("new", "active", "waiting", "resolved", "closed", "cancelled")
OPEN_CATEGORIES = frozenset({"new", "active", "waiting"})
FINAL_CATEGORIES = frozenset({"closed", "cancelled"})
LEVELS = ("high", "medium", "low")
PRIORITIES = (1, 2, 3, 4, 5)
PROMISES = ("response", "update", "resolution")

ACTORS = frozenset(
    [
        "agent",
        "requester",
        "source",
        "timer",
        "lead",
        "dispatcher",
        "change_authority",
        "process_owner",
        "approver",
        "administrator",
    ]
)
APPROVERS = frozenset(
    [
        "manager",
        "peer",
        "change_authority",
        "data_owner",
        "hr",
        "service_owner",
        "lead",
        "process_owner",
        "administrator",
    ]
)
REQUIRABLE = frozenset(
    [
        "service",
        "category",
        "reason",
        "resolution",
        "resolution_code",
        "comment",
        "impact",
        "urgency",
        "owner",
        "team",
        "until",
        "plan",
        "test",
        "way_back",
        "window",
        "result",
        "workaround",
        "causes",
        "review_date",
        "threat",
        "tasks",
        "approval",
    ]
)
# Words that belong to one move: an earlier one on the ticket does not count again.
PER_MOVE = frozenset({"comment", "reason", "until", "resolution", "result"})
FACTS = frozenset(
    [
        *("model", "risk", "kind", "result", "approval"),
        *("priority", "impact", "urgency", "category", "service", "team"),
        *("organisation", "major", "restricted"),
    ]
)
# What every ticket can do or record whatever its definition says.
RESERVED_VERBS = frozenset(
    {
        "acknowledge",
        "ask_anew",
        "ask_result",
        "ask_review",
        "assign",
        "attach",
        "bulk",
        "comment",
        "convert",
        "copy",
        "edit",
        "escalate",
        "events",
        "imported",
        "link",
        "merge",
        "migrate",
        "miss",
        "note",
        "offer",
        "open",
        "page",
        "promise",
        "redact",
        "renew",
        "restrict",
        "take",
        "triage",
        "unlink",
        "unwatch",
        "update",
        "verbs",
        "warn",
        "watch",
    }
)
TECHNIQUES = (
    "wsjf",
    "cost_of_delay",
    "triage",
    "impact",
    "benefit",
    "vip",
    "shortest_first",
    "longest_first",
    "fifo",
    "lifo",
)
FIELD_TYPES = ("text", "number", "date", "choice", "boolean", "person")
SUPPORT = ("swarm", "tiers", "mix")


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Why a ticket may wait here, and what that does to its promises."""

    name: str
    pauses: tuple[str, ...] = ()
    resumes_on: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A place a ticket can be in. `work_limit` counts tickets per owner.

    `due`: how long a change may be looked at here before somebody is reminded.
    """

    slug: str
    name: str
    category: str
    work_limit: int | None = None
    due: timedelta | None = None
    reasons: Mapping[str, WaitReason] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether tickets end here."""
        return self.category in FINAL_CATEGORIES


@dataclass(frozen=True, slots=True)
class Transition:
    """One rule of a verb: from where, to where, by whom, when, asking for what.

    `within` counts from entering the current state. `after` is when it also happens
    by itself. `when` lists, for each fact, the values that let the rule apply.
    """

    verb: str
    label: str
    from_: tuple[str, ...]
    to: str
    by: frozenset[str] = frozenset({"agent"})
    requires: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: timedelta | None = None
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Default promises of one priority; None where nothing is promised."""

    response: timedelta | None = None
    update: timedelta | None = None
    resolution: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of work: a technique, and how long each priority waits at most."""

    technique: str
    max_wait: Mapping[int, timedelta]


@dataclass(frozen=True, slots=True)
class Routing:
    """How work finds people. `confidence` 0..1: below it, people decide."""

    support: str = "swarm"
    confidence: float = 0.6


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose yes a verb needs, and under which facts.

    `quorum` counts different people. After `expires` somebody else is asked, each
    `reminds` those who did not answer are reminded; days are working days.
    """

    name: str
    label: str
    by: str
    verb: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quorum: int = 1
    expires: timedelta | None = None
    reminds: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A typed field of this process's own, kept in the ticket's `extra`."""

    slug: str
    type: str
    label: str
    choices: tuple[str, ...] = ()
    required_for: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """Why a required field, approval or limit exists, and who answers for it."""

    serves: str
    owner: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole process version. Immutable: released versions never change."""

    format: int
    process: str
    name: str
    states: Mapping[str, State]
    transitions: Mapping[str, tuple[Transition, ...]]
    priority: Mapping[str, Mapping[str, int]]
    targets: Mapping[int, Target]
    order: Order
    routing: Routing
    approvals: tuple[Approval, ...]
    fields: Mapping[str, Field]
    controls: Mapping[str, Control]
    risk: Risk | None = None
    trust: Trust | None = None

    @property
    def initial(self) -> State:
        """Where a ticket begins: the first state of category new."""
        return next(s for s in self.states.values() if s.category == "new")

    @property
    def rules(self) -> Iterable[Transition]:
        """All rules of all verbs."""
        return (rule for rules in self.transitions.values() for rule in rules)

    def required(self, rule: Transition) -> tuple[str, ...]:
        """What a rule asks for, with the fields that name its verb themselves."""
        own = (
            f"fields.{f.slug}"
            for f in self.fields.values()
            if rule.verb in f.required_for
        )
        return tuple(dict.fromkeys((*rule.requires, *own)))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a definition: where, and a sentence about it."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


class DefinitionError(ValueError):
    """The definition cannot be used; `problems` holds every reason at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Version(Protocol):
    """The little `of` needs to know about a stored version."""

    pk: Any
    released_at: datetime | None

    @property
    def definition(self) -> Any: ...


EMPTY: Mapping[str, Any] = MappingProxyType({})
_MOST_CACHED = 512
_cache: dict[Any, Definition] = {}


def load(data: Mapping[str, Any] | str) -> Definition:
    """Read and check a definition, or its YAML text.

    Raises DefinitionError with all problems.
    """
    return _read_text(data) if isinstance(data, str) else _read(data)


@lru_cache(maxsize=8)  # drafting, checking and releasing a version each read its text
def _read_text(text: str) -> Definition:
    from processes import yaml_text

    try:
        return _read(yaml_text.parse(text))
    except yaml_text.Unreadable as error:
        raise DefinitionError([Problem("", str(error))]) from None


def _read(data: Mapping[str, Any]) -> Definition:
    from processes import checks, reading  # they build on these values

    definition = reading.read(data)
    if problems := checks.problems(definition):
        raise DefinitionError(problems)
    return definition


def dump(definition: Definition) -> dict[str, Any]:
    """Write a definition as the mapping `load` reads: load(dump(d)) == d."""
    from processes import writing

    return writing.write(definition)


def of(version: Version) -> Definition:
    """The definition of a stored version, parsed once per process.

    Released versions never change, so their id is key enough; a draft is what its
    text says now.
    """
    if version.released_at is None:
        return load(version.definition)
    known = _cache.get(version.pk)
    if known is None:
        if len(_cache) >= _MOST_CACHED:
            _cache.clear()
        known = _cache[version.pk] = load(version.definition)
    return known


def forget() -> None:
    """Empty the cache of parsed versions (tests reuse ids)."""
    _cache.clear()
