"""The value stream: what it comes to, and how it is drawn by hand.

Process cycle efficiency is the time worked for the lead time; waiting before a step
belongs to the step. Reference: 352 of 5,284 minutes are 6.7 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile.actions import DESCRIBE
from backlog.profile.models import StreamStep
from backlog.standing import lock, require_on
from core.errors import Invalid
from core.log import act, record
from people.models import User
from processes.models import Process

MOST_STEPS = 40
LONGEST = Decimal(99_999_999)  # minutes
MEASURED = ("process_minutes", "waiting_minutes", "first_pass")


@dataclass(frozen=True, slots=True)
class Sum:
    """What a stream comes to, in minutes."""

    worked: Decimal
    waited: Decimal
    first_pass: Decimal | None  # of all steps together, in per cent

    @property
    def lead(self) -> Decimal:
        """From the beginning to the end."""
        return self.worked + self.waited

    @property
    def efficiency(self) -> Decimal | None:
        """Process time for lead time; None where nothing takes any time."""
        return self.worked / self.lead if self.lead else None


def total(steps: Sequence[Any]) -> Sum:
    """Of steps with process_minutes, waiting_minutes and first_pass (or None).

    The yield is that of the steps whose own is known, one after the other.
    """
    known = [Decimal(s.first_pass) / 100 for s in steps if s.first_pass is not None]
    rolled = Decimal(100) if known else None
    for one in known:
        rolled = (rolled or Decimal(0)) * one
    return Sum(
        worked=sum((Decimal(s.process_minutes) for s in steps), Decimal(0)),
        waited=sum((Decimal(s.waiting_minutes) for s in steps), Decimal(0)),
        first_pass=rolled,
    )


def draw_stream(
    *, process: Process, by: User, at: datetime, steps: Sequence[Mapping[str, Any]]
) -> list[StreamStep]:
    """The whole stream, first step first; a step whose numbers stay stays measured.

    A step has name, process_minutes, waiting_minutes, value and first_pass (or None).
    Raises Forbidden, Invalid with `steps.<place>.<field>`.
    """
    with act():
        lock(process)
        require_on(by, "backlog.describe", process)
        _check(steps)
        old = list(process.stream.order_by("position"))
        then = {(s.name, *_numbers(s)): s.measured_at for s in old}
        rows = [_step(process, n, step) for n, step in enumerate(steps)]
        for row in rows:
            row.measured_at = then.get((row.name, *_numbers(row)))
        replace(process, old, rows, by, at)
    return rows


def _numbers(step: StreamStep) -> tuple[Any, ...]:
    return tuple(getattr(step, name) for name in MEASURED)


def _step(process: Process, position: int, step: Mapping[str, Any]) -> StreamStep:
    tenth = Decimal("0.1")
    given = dict(step)
    for name in MEASURED:
        if given.get(name) is not None:
            given[name] = Decimal(given[name]).quantize(tenth)
    given["name"] = given["name"].strip()
    return StreamStep(process=process, position=position, **given)


def replace(
    process: Process,
    old: Sequence[StreamStep],
    rows: Sequence[StreamStep],
    by: User,
    at: datetime,
) -> None:
    """Put them in place of the old ones, and say so."""
    process.stream.all().delete()
    StreamStep.objects.bulk_create(rows)
    before, after = total(old), total(rows)
    changes: dict[str, tuple[Any, Any]] = {
        "what": (None, "stream"),
        "steps": (len(old), len(rows)),
        "worked": (str(before.worked), str(after.worked)),
        "waited": (str(before.waited), str(after.waited)),
    }
    record(DESCRIBE, subject=process, by=by, at=at, changes=changes)


def _check(steps: Sequence[Mapping[str, Any]]) -> None:
    """Raise Invalid with all that is wrong, each at its place."""
    errors: dict[str, list[str]] = {}
    if len(steps) > MOST_STEPS:
        errors["steps"] = [_("At most %(n)s steps.") % {"n": MOST_STEPS}]
    for n, step in enumerate(steps[:MOST_STEPS], 1):
        for name, wrong in _wrong(step):
            errors[f"steps.{n}.{name}"] = [
                _("Step %(n)s: %(wrong)s") % {"n": n, "wrong": wrong}
            ]
    if errors:
        raise Invalid(errors)


def _wrong(step: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    if not 1 <= len(step.get("name", "").strip()) <= 120:
        found.append(("name", _("Its name has 1 to 120 characters.")))
    for name in ("process_minutes", "waiting_minutes"):
        if not 0 <= Decimal(step.get(name) or 0) <= LONGEST:
            found.append((name, _("Minutes are nought or more.")))
    if step.get("value", "necessary") not in StreamStep.Value.values:
        found.append(("value", _("Choose one of them.")))
    yields = step.get("first_pass")
    if yields is not None and not 0 <= Decimal(yields) <= 100:
        found.append(("first_pass", _("First-pass yield is 0 to 100 per cent.")))
    return found
