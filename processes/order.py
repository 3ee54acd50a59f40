"""The order of work: one stored instant per ticket, `start_by`, whatever the technique.

    start_by = min(promise, opened_at + max_wait, opened_at + allowance)

The allowance is how long a ticket can be left without much harm. By default it is

    allowance = max_wait / (1 + cost of delay / job size)

which is Reinertsen's CD3, cost of delay divided by duration (*The Principles of
Product Development Flow*, 2009, principle F17; SAFe calls it weighted shortest job
first, WSJF). CD3 gives a rank among jobs that are there at one moment; a stored order
has to rank jobs that arrive later as well. Turning it into an allowance on top of
`opened_at` does that: of two tickets that came together the one with the higher CD3 has
the shorter allowance and goes first, and the older of two equal ones goes first.

Because `start_by` lies between `opened_at` and `opened_at + max_wait`, nothing opened
after a ticket's maximum wait has passed can stand before it in its band (a promise
that is still ahead lies after its own opening): waiting is bounded, and no clock has
to recompute anything as time passes. Majors and P1 are band 0, everything else band 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2
from typing import NamedTuple

from core.reader import gettext as _
from processes.definition import Definition

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LEVEL = {"high": 3, "medium": 2, "low": 1}
IMPACT_COST = {"high": 4.0, "medium": 1.5, "low": 0.5}
PRIORITY_COST = {1: 4.0, 2: 2.0, 3: 1.0, 4: 0.5, 5: 0.25}
CRITICALITY = {"critical": 3.0, "high": 2.0, "normal": 1.0}
USUAL_SIZE = 3  # of 1, 2, 3, 5, 8: taken where nobody estimated
LARGEST_SIZE = 8


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the order looks at. Unknown size is None; `promise` the next one due.

    A promise that was missed is not passed on; the next-update promise is.
    """

    opened_at: datetime
    priority: int = 3
    impact: str = "medium"
    urgency: str = "medium"
    size: int | None = None
    affected: int = 0
    linked: int = 0
    criticality: str = "normal"
    major: bool = False
    vip: bool = False
    promise: datetime | None = None


class Factor(NamedTuple):
    """One reason why a ticket stands where it stands.

    `weight` is the factor's part in the technique's figure; for a date it is the
    hours it allows from opening.
    """

    name: str
    weight: float
    sentence: str


class Place(NamedTuple):
    """Where a ticket stands: sort by band, then start_by."""

    band: int
    start_by: datetime
    reasons: list[Factor]


def place(definition: Definition, facts: OrderFacts) -> tuple[int, datetime]:
    """Band and instant alone, for bulk work."""
    band = _band(facts)
    latest = facts.opened_at + _max_wait(definition, facts)
    by_technique = _by_technique(definition, facts)
    start = min(latest, by_technique)
    return band, min(start, facts.promise) if facts.promise else start


def start_by(definition: Definition, facts: OrderFacts) -> Place:
    """Band, instant and the reasons in words, the deciding one first."""
    band, start = place(definition, facts)
    dates = [
        Factor("technique", 0.0, _technique_sentence(definition)),
        Factor("max_wait", 0.0, _("It may wait at most this long.")),
        Factor("promise", 0.0, _("The next promise is due then.")),
    ]
    instants = (
        _by_technique(definition, facts),
        facts.opened_at + _max_wait(definition, facts),
        facts.promise,
    )
    reasons = [
        factor._replace(weight=_hours(instant - facts.opened_at))
        for factor, instant in zip(dates, instants, strict=True)
        if instant is not None
    ]
    reasons.sort(key=lambda factor: factor.weight)
    if band == 0:
        reasons.insert(0, Factor("band", 0.0, _band_sentence(facts)))
    return Place(band, start, reasons + _factors(definition, facts))


def cost_of_delay(facts: OrderFacts) -> float:
    """What an hour's delay costs, in units of a usual ticket's. Higher is worse.

    Impact and priority, people affected and linked tickets by their logarithm (the
    hundredth person adds less than the second). Age and time to breach are not in
    here: they are `opened_at` and the promise.
    """
    return sum(_costs(facts))


def _costs(facts: OrderFacts) -> tuple[float, float, float, float]:
    """Of impact, priority, people affected, linked tickets; without words, for bulk."""
    return (
        IMPACT_COST.get(facts.impact, 1.5),
        PRIORITY_COST[facts.priority],
        log2(1 + max(facts.affected, 0)) / 2,
        log2(1 + max(facts.linked, 0)) / 2,
    )


def _cost_factors(facts: OrderFacts) -> list[Factor]:
    impact, priority, affected, linked = _costs(facts)
    factors = [
        Factor(
            "impact",
            impact,
            _("Impact is %(level)s.") % {"level": _level(facts.impact)},
        ),
        Factor(
            "priority",
            priority,
            _("Priority is P%(number)s.") % {"number": facts.priority},
        ),
        Factor(
            "affected",
            affected,
            _("People affected: %(count)s.") % {"count": facts.affected},
        ),
        Factor(
            "linked",
            linked,
            _("Linked tickets: %(count)s.") % {"count": facts.linked},
        ),
    ]
    return [factor for factor in factors if factor.weight]


def _size(facts: OrderFacts) -> int:
    return facts.size or USUAL_SIZE


def _size_factor(facts: OrderFacts) -> Factor:
    if facts.size is None:
        sentence = _("Nobody estimated its size; it is taken as %(size)s.")
    else:
        sentence = _("Its size is %(size)s.")
    return Factor("size", float(_size(facts)), sentence % {"size": _size(facts)})


def _benefit(facts: OrderFacts) -> float:
    return CRITICALITY.get(facts.criticality, 1.0) * log2(2 + max(facts.affected, 0))


# For each technique the share of the span that a ticket is allowed: 0..1.
_SHARES: dict[str, Callable[[OrderFacts], float]] = {
    "wsjf": lambda f: 1 / (1 + cost_of_delay(f) / _size(f)),
    "cost_of_delay": lambda f: 1 / (1 + cost_of_delay(f)),
    "triage": lambda f: 1 / (LEVEL.get(f.impact, 2) * LEVEL.get(f.urgency, 2)),
    "impact": lambda f: 1 / LEVEL.get(f.impact, 2) ** 2,
    "benefit": lambda f: 1 / (1 + _benefit(f)),
    "vip": lambda f: 1 / 8 if f.vip else 1 / 2,
    "shortest_first": lambda f: min(_size(f), LARGEST_SIZE) / LARGEST_SIZE,
    "longest_first": lambda f: 1 / _size(f),
}
_BY_PRIORITY = frozenset({"wsjf", "cost_of_delay"})


def _by_technique(definition: Definition, facts: OrderFacts) -> datetime:
    technique = definition.order.technique
    waits = definition.order.max_wait
    if technique == "lifo":
        return _last_in_first_out(facts.opened_at, max(waits.values()))
    if technique == "fifo":  # so short that no maximum wait disturbs it in its band
        return facts.opened_at + (waits[1] if _band(facts) == 0 else waits[2])
    own = technique in _BY_PRIORITY
    span = _max_wait(definition, facts) if own else max(waits.values())
    return facts.opened_at + span * _SHARES[technique](facts)


def _last_in_first_out(opened_at: datetime, longest: timedelta) -> datetime:
    """Mirror the instant at the end of its period, half the longest wait.

    Within a period the later ticket comes first, and periods keep their order, so
    that the bound on waiting holds for this technique too.
    """
    period = longest / 2
    end = EPOCH + ((opened_at - EPOCH) // period + 1) * period
    return end + (end - opened_at)


def _band(facts: OrderFacts) -> int:
    return 0 if facts.major or facts.priority == 1 else 1


def _max_wait(definition: Definition, facts: OrderFacts) -> timedelta:
    return definition.order.max_wait[1 if facts.major else facts.priority]


def _hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 2)


def _level(level: str) -> str:
    words = {"high": _("high"), "medium": _("medium"), "low": _("low")}
    return words.get(level, words["medium"])


def _band_sentence(facts: OrderFacts) -> str:
    if facts.major:
        return _("It is a major incident: these come before everything else.")
    return _("It is P1: these come before everything else.")


def _factors(definition: Definition, facts: OrderFacts) -> list[Factor]:
    technique = definition.order.technique
    urgency = Factor(
        "urgency",
        float(LEVEL.get(facts.urgency, 2)),
        _("Urgency is %(level)s.") % {"level": _level(facts.urgency)},
    )
    impact = Factor(
        "impact",
        float(LEVEL.get(facts.impact, 2)),
        _("Impact is %(level)s.") % {"level": _level(facts.impact)},
    )
    if technique == "wsjf":
        return [*_cost_factors(facts), _size_factor(facts)]
    if technique == "cost_of_delay":
        return _cost_factors(facts)
    if technique in {"shortest_first", "longest_first"}:
        return [_size_factor(facts)]
    if technique == "triage":
        return [impact, urgency]
    if technique == "impact":
        return [impact]
    if technique == "benefit":
        return [Factor("benefit", round(_benefit(facts), 2), _benefit_sentence(facts))]
    if technique == "vip" and facts.vip:
        return [Factor("vip", 4.0, _("Its requester is a VIP."))]
    return []


def _benefit_sentence(facts: OrderFacts) -> str:
    return _("It helps %(count)s people on a %(level)s service.") % {
        "count": max(facts.affected, 1),
        "level": {
            "critical": _("critical"),
            "high": _("high-value"),
        }.get(facts.criticality, _("normal")),
    }


def _technique_sentence(definition: Definition) -> str:
    return {
        "wsjf": _("By cost of delay and size it should be started by then."),
        "cost_of_delay": _("By cost of delay it should be started by then."),
        "triage": _("By impact and urgency it should be started by then."),
        "impact": _("Highest impact goes first here."),
        "benefit": _("Highest benefit goes first here."),
        "vip": _("VIP requesters go first here."),
        "shortest_first": _("The shortest job goes first here."),
        "longest_first": _("The longest job goes first here."),
        "fifo": _("First in, first out: the oldest goes first here."),
        "lifo": _("Last in, first out: the newest goes first here."),
    }[definition.order.technique]
