"""The steps of a clock: its warnings, its escalations, its miss, in their order.

All stand on one axis, the working time used. An escalation of an agreement is kept as
`{"when": {"share": 90} | {"before": "PT30M"} | {"after": "PT1H"}, "promise":
"resolution", "who": ["owner", "user:eve@acme.example"], "channel": "mail"}`; `promise`
is a kind of clock or "any", a day of a length is eight hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from processes.durations import WORKING_DAY, duration

WARNINGS = (75,)  # percent of the target, without an agreement
ANY_PROMISE = "any"
NOTHING = timedelta(0)

StepKind = Literal["warn", "escalate", "miss"]


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is the working time used when it comes; `index` the share of a warning in
    percent, the place of an escalation among its agreement's, 0 for the miss.
    """

    kind: StepKind
    at: timedelta
    index: int = 0


def steps(
    target: timedelta,
    warnings: Sequence[int] = WARNINGS,
    escalations: Sequence[Mapping[str, Any]] = (),
    *,
    promise: str | None = None,
) -> tuple[Step, ...]:
    """The steps in the order in which they come.

    What stands at the very end of the target comes before the miss, unless it was
    meant for after it. `promise` leaves out the escalations of other kinds of clock.
    """
    found = [(target, 2, Step("miss", target))]
    for share in warnings:
        at = target * share / 100
        found.append((at, 0, Step("warn", at, share)))
    for index, escalation in enumerate(escalations):
        if promise is None or concerns(escalation, promise):
            at, is_after = moment(escalation["when"], target)
            step = Step("escalate", at, index)
            found.append((at, 3 if is_after else 1, step))
    return tuple(step for *_place, step in sorted(found, key=lambda one: one[:2]))


def concerns(escalation: Mapping[str, Any], promise: str) -> bool:
    """Whether an escalation is about this kind of clock."""
    return escalation.get("promise", ANY_PROMISE) in {ANY_PROMISE, promise}


def moment(when: Mapping[str, Any], target: timedelta) -> tuple[timedelta, bool]:
    """Where an escalation stands on the axis, and whether it follows the miss."""
    if "share" in when:
        return target * when["share"] / 100, False
    if "before" in when:
        before = duration(when["before"], day=WORKING_DAY)
        return max(NOTHING, target - before), False
    return target + duration(when["after"], day=WORKING_DAY), True
