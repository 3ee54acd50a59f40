"""The workflow engine: what a definition allows. Pure functions, no clock, no database.

A ticket's room gathers the facts, asks `plan` for the move, makes the change and
records it. Facts are plain values: `{"model": "standard", "priority": "P2",
"fields.site": "Leeds"}`; a fact that is missing or empty reads as "none". A fact may be
several values at once (a request that manager and data owner approve): one that fits
is enough.

Whose yes an approval is, the room says by its name (`deciding`); where it says nothing,
whoever is called as the definition's `by` says gives it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from processes.definition import (
    EMPTY,
    PER_MOVE,
    Approval,
    Definition,
    State,
    Target,
    Transition,
)
from processes.order import Factor, OrderFacts, Place, place, start_by

__all__ = [
    "Factor",
    "Invalid",
    "Later",
    "Missing",
    "Move",
    "NotAllowedHere",
    "NotYours",
    "OrderFacts",
    "Place",
    "Refused",
    "TooLate",
    "Verb",
    "allowed",
    "by_the_clock",
    "initial_state",
    "missing_approvals",
    "next_timer",
    "place",
    "plan",
    "priority",
    "start_by",
    "targets",
]

Facts = Mapping[str, Any]
TIMER = frozenset({"timer"})
Later = Callable[[datetime, timedelta], datetime]  # the instant so much `after` another


def by_the_clock(start: datetime, length: timedelta) -> datetime:
    """Days as the calendar on the wall has them; who has working hours counts those."""
    return start + length


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb somebody may use now. `to` is the state's slug."""

    name: str
    label: str
    requires: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state that is allowed and complete.

    `votes` names the approvals this person has a say in, `approves` those that are
    given with it; while `outstanding` names others, the ticket stays where it is
    (`to_state == from_state`).
    """

    verb: str
    from_state: str
    to_state: str
    from_category: str
    category: str
    pauses: tuple[str, ...] = ()
    resumes_on: str = ""
    approves: tuple[str, ...] = ()
    outstanding: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()


class Refused(Exception):
    """The engine says no; the subclasses say why."""


class NotYours(Refused):
    """This person may not do it, in whatever state (403)."""

    def __init__(self, verb: str, by: Collection[str]) -> None:
        self.verb, self.by = verb, tuple(sorted(by))
        super().__init__(f"{verb} is for {', '.join(self.by)}")


class NotAllowedHere(Refused):
    """The ticket's state has no such verb now (409); `verbs` are those it has."""

    def __init__(self, verb: str, state: str, verbs: Collection[str]) -> None:
        self.verb, self.state, self.verbs = verb, state, tuple(verbs)
        super().__init__(
            f"{verb} is not possible in {state}; possible are "
            f"{', '.join(self.verbs) or 'none'}"
        )


class TooLate(NotAllowedHere):
    """The time in which it was possible has passed (409)."""

    def __init__(
        self, verb: str, state: str, verbs: Collection[str], until: datetime
    ) -> None:
        super().__init__(verb, state, verbs)
        self.until = until
        self.args = (f"{verb} was possible until {until.isoformat()}",)


class Missing(Refused):
    """Required values are not there (422)."""

    def __init__(self, fields: Collection[str]) -> None:
        self.fields = tuple(fields)
        super().__init__(f"missing: {', '.join(self.fields)}")


class Invalid(Refused):
    """A value is there but not one of those possible (422)."""

    def __init__(self, field: str, value: object, possible: Collection[str]) -> None:
        self.field, self.value, self.possible = field, value, tuple(possible)
        super().__init__(f"{field}: {value!r} is not one of {', '.join(self.possible)}")


def initial_state(definition: Definition) -> State:
    """Where a new ticket begins."""
    return definition.initial


def allowed(
    definition: Definition,
    state: str,
    actors: Collection[str],
    facts: Facts = EMPTY,
    *,
    entered_at: datetime | None = None,
    at: datetime | None = None,
    approved: Collection[str] = (),
    deciding: Collection[str] | None = None,
    later: Later = by_the_clock,
) -> list[Verb]:
    """What these actors may do now, in the definition's order.

    With `entered_at` and `at`, verbs whose time has passed are left out, and those
    for which a timer comes too early; `later` is asked for that alone.
    """
    verbs, who = [], Who(actors, deciding)
    for verb, rules in definition.transitions.items():
        rule = _fitting(rules, state, facts)
        if rule is None or not _admits(definition, rule, state, who, facts, approved):
            continue
        if entered_at and at and rule.within and at > entered_at + rule.within:
            continue
        waits = rule.after if frozenset(actors) == TIMER else None
        if waits and entered_at and at and at < later(entered_at, waits):
            continue
        verbs.append(Verb(verb, rule.label, definition.required(rule), rule.to))
    return verbs


def plan(
    definition: Definition,
    verb: str,
    *,
    state: str,
    actors: Collection[str],
    given: Mapping[str, Any],
    entered_at: datetime,
    at: datetime,
    held: Mapping[str, Any] = EMPTY,
    facts: Facts = EMPTY,
    approved: Collection[str] = (),
    deciding: Collection[str] | None = None,
    short: Collection[str] = (),
    later: Later = by_the_clock,
) -> Move:
    """The move this verb makes, or why not.

    `given` is what the caller brings, `held` what the ticket already has; words that
    belong to one move (a comment, a reason) count only when given. `approved` names
    the approvals given so far, `short` those that this person's yes does not complete
    (a quorum). Raises NotYours, NotAllowedHere, TooLate, Missing or Invalid, looked at
    in this order.
    """
    rules = definition.transitions.get(verb, ())
    who = Who(actors, deciding)
    if rules and _never(definition, rules, who):
        raise NotYours(verb, {name for rule in rules for name in rule.by})
    rule = _fitting(rules, state, facts)
    possible = allowed(
        definition,
        state,
        actors,
        facts,
        entered_at=entered_at,
        at=at,
        approved=approved,
        deciding=deciding,
        later=later,
    )
    names = [v.name for v in possible]
    if rule is None:
        raise NotAllowedHere(verb, state, names)
    if not _admits(definition, rule, state, who, facts, approved):
        needed = missing_approvals(definition, verb, facts, approved)
        raise NotYours(verb, {a.by for a in needed} or rule.by)
    if rule.within and at > entered_at + rule.within:
        raise TooLate(verb, state, names, entered_at + rule.within)
    if verb not in names:  # the timer came before its time
        raise NotAllowedHere(verb, state, names)
    _check_given(definition, rule, given, held)
    return _move(definition, rule, state, who, given, facts, approved, short)


def missing_approvals(
    definition: Definition,
    verb: str,
    facts: Facts = EMPTY,
    approved: Collection[str] = (),
) -> list[Approval]:
    """The approvals a verb still waits for under these facts."""
    return [
        a
        for a in definition.approvals
        if a.verb == verb and a.name not in approved and _fits(a.when, facts)
    ]


def next_timer(
    definition: Definition,
    state: str,
    entered_at: datetime,
    wake_at: datetime | None = None,
    facts: Facts = EMPTY,
    later: Later = by_the_clock,
) -> tuple[datetime, str] | None:
    """When the next thing happens by itself, and which verb: the earliest.

    `wake_at` is the wake time a person gave to a waiting ticket.
    """
    due = []
    for verb, rules in definition.transitions.items():
        rule = _fitting(rules, state, facts)
        if rule is None:
            continue
        if rule.after:
            due.append((later(entered_at, rule.after), verb))
        waiting = definition.states[state].category == "waiting"
        if wake_at and waiting and not rule.after and "timer" in rule.by:
            due.append((wake_at, verb))
    return min(due, default=None)


def priority(definition: Definition, impact: str, urgency: str) -> int:
    """1..5 from the matrix; what is not known counts as medium."""
    row = definition.priority.get(impact or "medium", definition.priority["medium"])
    return row.get(urgency or "medium", row["medium"])


def targets(definition: Definition, priority: int) -> Target:
    """The default promises of a priority, D being 8 hours."""
    return definition.targets[priority]


@dataclass(frozen=True, slots=True)
class Who:
    """What somebody is called, and which approvals are theirs to give."""

    actors: Collection[str]
    deciding: Collection[str] | None = None

    def gives(self, approval: Approval) -> bool:
        """Whether their yes counts for it."""
        if self.deciding is None:
            return approval.by in self.actors
        return approval.name in self.deciding


def _values(facts: Facts, fact: str) -> set[str]:
    value = facts.get(fact)
    several = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return {_word(one) for one in several} or {"none"}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)


def _fits(when: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    return all(_values(facts, fact).intersection(when[fact]) for fact in when)


def _fitting(
    rules: tuple[Transition, ...], state: str, facts: Facts
) -> Transition | None:
    """The first rule of a verb for this state whose guard lets it pass."""
    for rule in rules:
        if state in rule.from_ and _fits(rule.when, facts):
            return rule
    return None


def _is_for(rule: Transition, actors: Collection[str]) -> bool:
    return bool(rule.by.intersection(actors)) or (
        rule.after is not None and "timer" in actors
    )


def _approver(
    definition: Definition,
    state: str,
    who: Who,
    facts: Facts,
    approved: Collection[str],
) -> frozenset[str]:
    """The actors, and "approver" where an approval this state waits for is theirs."""
    waits_for = (
        approval
        for verb, rules in definition.transitions.items()
        if _fitting(rules, state, facts)
        for approval in missing_approvals(definition, verb, facts, approved)
    )
    theirs = any(map(who.gives, waits_for))
    return frozenset(who.actors) | ({"approver"} if theirs else frozenset())


def _admits(
    definition: Definition,
    rule: Transition,
    state: str,
    who: Who,
    facts: Facts,
    approved: Collection[str],
) -> bool:
    """While an approval is missing its approver only, then those the rule names."""
    missing = missing_approvals(definition, rule.verb, facts, approved)
    if missing:
        return "approver" in who.actors or any(map(who.gives, missing))
    return _is_for(rule, _approver(definition, state, who, facts, approved))


def _never(definition: Definition, rules: tuple[Transition, ...], who: Who) -> bool:
    """Whether these actors may not use the verb in any state, whatever the facts."""
    theirs = [a for a in definition.approvals if a.by in who.actors or who.gives(a)]
    called = frozenset(who.actors) | ({"approver"} if theirs else frozenset())
    decides = any(rule.verb == a.verb for a in theirs for rule in rules)
    return not decides and not any(_is_for(rule, called) for rule in rules)


def _check_given(
    definition: Definition,
    rule: Transition,
    given: Mapping[str, Any],
    held: Mapping[str, Any],
) -> None:
    def value(name: str) -> Any:
        brought = given.get(name)
        return held.get(name) if brought is None and name not in PER_MOVE else brought

    missing = [
        name
        for name in definition.required(rule)
        if (v := value(name)) is None
        or v is False
        or (isinstance(v, str | list | tuple | dict) and not v)
        or (isinstance(v, str) and not v.strip())
    ]
    if missing:
        raise Missing(missing)
    reasons = definition.states[rule.to].reasons
    if (
        reasons
        and (reason := given.get("reason")) is not None
        and reason not in reasons
    ):
        raise Invalid("reason", reason, list(reasons))


def _move(
    definition: Definition,
    rule: Transition,
    state: str,
    who: Who,
    given: Mapping[str, Any],
    facts: Facts,
    approved: Collection[str],
    short: Collection[str],
) -> Move:
    missing = missing_approvals(definition, rule.verb, facts, approved)
    votes = tuple(a.name for a in missing if who.gives(a))
    if missing and not votes:  # the caller says that this person is the approver
        votes = (missing[0].name,)
    gives = tuple(name for name in votes if name not in short)
    outstanding = tuple(a.name for a in missing if a.name not in gives)
    to = definition.states[state if outstanding else rule.to]
    reason = to.reasons.get(str(given.get("reason") or ""))
    return Move(
        verb=rule.verb,
        from_state=state,
        to_state=to.slug,
        from_category=definition.states[state].category,
        category=to.category,
        pauses=reason.pauses if reason and not outstanding else (),
        resumes_on=reason.resumes_on if reason and not outstanding else "",
        approves=gives,
        outstanding=outstanding,
        votes=votes,
    )
