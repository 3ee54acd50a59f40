"""All of an order in one view: its stages, who does what, and what is proved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from itsm.requests.fulfilment import bundles, lists
from itsm.requests.fulfilment.lists import Line
from itsm.requests.models import Automatic, Entitlement, Offering, Request, Task
from itsm.tickets.models import Ticket

DONE, NOW, LATER = "done", "now", "later"
MOST = 300


@dataclass(frozen=True, slots=True)
class Step:
    """One task in the view."""

    line: Line
    state: str  # done, waived, failed, called, now, later
    by: str  # who did it; empty: nobody, or without hands
    done_at: datetime | None
    why: str  # it was waived


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs at once."""

    number: int
    state: str
    steps: Sequence[Step]

    @property
    def done(self) -> int:
        """How many of it are done or not needed."""
        return sum(step.state in {"done", "waived"} for step in self.steps)


@dataclass(frozen=True, slots=True)
class Whole:
    """The view."""

    stages: Sequence[Stage] = ()
    offering: Offering | None = None
    profile: str = ""
    given: Sequence[Entitlement] = field(default=())
    left: Sequence[Entitlement] = field(default=())  # of a leaver
    ended: int = 0

    @property
    def done(self) -> int:
        """Steps that need nothing any more."""
        return sum(stage.done for stage in self.stages)

    @property
    def count(self) -> int:
        """All steps."""
        return sum(len(stage.steps) for stage in self.stages)

    @property
    def failed(self) -> list[Step]:
        """Steps without hands that wait for somebody."""
        steps = (step for stage in self.stages for step in stage.steps)
        return [step for step in steps if step.state == "failed"]

    @property
    def teams(self) -> int:
        """How many teams work on it."""
        steps = (step for stage in self.stages for step in stage.steps)
        return len({step.line.team for step in steps} - {""})


def of(ticket: Ticket, *, at: datetime) -> Whole:
    """Read it; six queries at most."""
    row = (
        Request.objects.filter(ticket=ticket)
        .select_related("offering", "profile")
        .first()
    )
    rows = list(
        Task.objects.filter(ticket=ticket)
        .select_related("ticket__requester", "team", "assignee", "done_by", "automatic")
        .order_by("stage", "position", "pk")[:MOST]
    )
    found = [
        _stage(number, list(some), at)
        for number, some in groupby(rows, key=lambda task: task.stage)
    ]
    offering = row.offering if row else None
    leaves = offering is not None and offering.bundle == Offering.Bundle.LEAVER
    held = Entitlement.objects.filter(ticket=ticket).select_related("service")
    ended = Entitlement.objects.filter(parts__task__ticket=ticket)
    return Whole(
        stages=found,
        offering=offering,
        profile=row.profile.name if row and row.profile else "",
        given=list(held.order_by("service__name", "role")),
        left=bundles.left_over(ticket, row) if row and leaves else (),
        ended=ended.filter(ended_at__isnull=False).count() if leaves else 0,
    )


def _stage(number: int, some: Sequence[Task], at: datetime) -> Stage:
    steps = [_step(task, at) for task in some]
    if all(step.state in {"done", "waived"} for step in steps):
        state = DONE
    else:
        state = LATER if all(step.state == LATER for step in steps) else NOW
    return Stage(number, state, steps)


def _step(task: Task, at: datetime) -> Step:
    return Step(
        line=lists.of(task, at=at),
        state=state_of(task),
        by=task.done_by.name if task.done_by else "",
        done_at=task.done_at,
        why=task.waived_reason,
    )


def state_of(task: Task) -> str:
    """In one word where a task stands."""
    automatic = getattr(task, "automatic", None)
    if task.waived_reason:
        return "waived"
    if task.done_at is not None:
        return "done"
    if task.stage and task.begun_at is None:
        return LATER
    if automatic is None:
        return NOW
    return "failed" if automatic.state == Automatic.State.FAILED else "called"
