"""What the pages of a process's profile read. Each says how many queries it costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet

from backlog.profile import stream
from backlog.profile.models import (
    Aim,
    Member,
    Profile,
    Stakeholder,
    Statement,
    StreamStep,
)
from backlog.standing import allows_on, profile_of
from people.models import User
from processes import definition, stated
from processes.models import Process, ProcessVersion
from processes.queries import live_version
from processes.stated import Stated

WEIGHTS = ("critical", "major", "significant", "minor")


def may_describe(user: User, process: Process) -> bool:
    """Whether its profile is theirs to write; up to two queries."""
    return allows_on(user, "backlog.describe", process)


def members(process: Process) -> QuerySet[Member]:
    """The improvement team, by name. One query."""
    rows = Member.objects.filter(process=process).select_related("user")
    return rows.order_by("user__name", "pk")


def stakeholders(user: User, process: Process) -> list[Stakeholder]:
    """Those it concerns, the weightiest first; one query and up to two for standing.

    Opinions are read for its owner and team alone: nobody else's rows hold them.
    """
    rows = Stakeholder.objects.filter(process=process).select_related("user")
    is_told = allows_on(user, "stakeholder.opinion", process)
    found = list(rows if is_told else rows.defer("opinion"))
    for row in found if not is_told else ():
        row.opinion = ""
    return sorted(
        found,
        key=lambda s: (WEIGHTS.index(s.weight), -s.power, -s.interest, s.position),
    )


def statements(process: Process) -> list[Statement]:
    """Policies, controls, guidelines in that order. One query."""
    rows = Statement.objects.filter(process=process).select_related("owner", "policy")
    kinds = Statement.Kind.values
    return sorted(rows, key=lambda s: (kinds.index(s.kind), s.position, s.pk))


def faults(statement: Statement) -> list[str]:
    """What a control lacks: `serves` nothing, or has no `owner`."""
    if statement.kind != Statement.Kind.CONTROL:
        return []
    serves = statement.policy_id is not None or statement.risk.strip()
    lacking = [] if serves else ["serves"]
    return lacking if statement.owner_id else [*lacking, "owner"]


@dataclass(frozen=True)
class Held:
    """The controls of the live version: read here, changed by its next version."""

    version: ProcessVersion | None
    controls: Sequence[Stated]


def held(process: Process) -> Held:
    """What its live version sees to by itself; one query."""
    version = live_version(process)
    return Held(version, stated.controls(definition.of(version)) if version else ())


def steps(process: Process) -> list[StreamStep]:
    """The value stream from first to last. One query."""
    return list(StreamStep.objects.filter(process=process).order_by("position"))


def aims(process: Process) -> list[Aim]:
    """Each under the one it serves: objective, its indicators, their metrics."""
    return tree(Aim.objects.filter(process=process).order_by("position", "pk"))


def tree(rows: Iterable[Aim]) -> list[Aim]:
    """Depth first; rows come by position."""
    under: dict[int | None, list[Aim]] = {}
    for row in rows:
        under.setdefault(row.parent_id, []).append(row)

    def walk(parent: int | None) -> list[Aim]:
        return [a for one in under.get(parent, ()) for a in (one, *walk(one.pk))]

    return walk(None)


@dataclass(frozen=True)
class About:
    """A process as its page tells of it; nine queries at most."""

    process: Process
    profile: Profile
    may: bool
    is_told: bool  # opinions
    members: Sequence[Member]
    stakeholders: Sequence[Stakeholder]
    statements: Sequence[Statement]
    held: Held
    steps: Sequence[StreamStep]
    aims: Sequence[Aim]

    tabs: ClassVar[str] = "backlog/profile/tabs.html"
    template: ClassVar[str] = "backlog/profile/panel.html"
    facts: ClassVar[str] = "backlog/profile/facts.html"
    lacking: ClassVar[Any] = staticmethod(faults)

    @cached_property
    def total(self) -> stream.Sum:
        """What the value stream comes to."""
        return stream.total(self.steps)

    @property
    def quarters(self) -> dict[str, list[Stakeholder]]:
        """The stakeholders of each quarter of the map, in the order they are read."""
        return {
            weight: [s for s in self.stakeholders if s.weight == weight]
            for weight in WEIGHTS
        }

    def of_kind(self, kind: str) -> list[Statement]:
        """Its policies, controls or guidelines."""
        return [s for s in self.statements if s.kind == kind]

    @property
    def faults(self) -> int:
        """How many controls lack what a control needs."""
        return sum(1 for s in self.statements if faults(s))


def about(process: Process, user: User) -> About:
    """Fills the slot `process.page`."""
    profile = profile_of(process)
    return About(
        process=process,
        profile=profile,
        may=may_describe(user, process),
        is_told=allows_on(user, "stakeholder.opinion", process),
        members=list(members(process)),
        stakeholders=stakeholders(user, process),
        statements=statements(process),
        held=held(process),
        steps=steps(process),
        aims=aims(process),
    )


def part(model: type[Model], process: Process, pk: int) -> Any:
    """One row of a process's profile, or None. One query."""
    rows = model._default_manager.filter(process=process, pk=pk)
    return rows.select_related("process").first()
