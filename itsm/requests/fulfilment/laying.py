"""An order lays out its tasks: its offering's steps and, of a bundle, its parts'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from itsm.requests.fulfilment import steps
from itsm.requests.fulfilment.steps import Call, Step
from itsm.requests.models import Automatic, Entitlement, Offering, Part, Task
from itsm.tickets.models import Ticket
from people.models import Team

TAKING = timedelta(hours=8)  # working time to take one thing away


@dataclass(frozen=True, slots=True)
class Planned:
    """A task before it is one."""

    title: str
    stage: int
    team: int | None
    length: timedelta | None
    call: Call | None = None
    gives: Offering | None = None
    takes: Entitlement | None = None


def plan(
    offering: Offering,
    gives: Sequence[Offering] = (),
    takes: Sequence[Entitlement] = (),
) -> list[Planned]:
    """All tasks of an order. What a profile gives and takes stands where a step of
    the bundle says so, else behind the last; its own stages run within it."""
    own = steps.of(offering)
    parts = {one.pk: steps.of(one) or [Step(one.name)] for one in gives}
    teams = _teams([*own, *(step for some in parts.values() for step in some)])
    here = next((step.stage for step in own if step.profile), None)
    if here is None:
        here = max((step.stage for step in own), default=0) + 1
    depth = max(
        (max(step.stage, 1) for some in parts.values() for step in some), default=1
    )
    found = [
        _planned(step, step.stage + (depth - 1) * (step.stage > here), teams)
        for step in own
        if not step.profile
    ]
    for one in gives:
        for step in parts[one.pk]:
            stage = here + max(step.stage, 1) - 1
            found.append(_planned(step, stage, teams, gives=one))
    found += [taking(one, here) for one in takes]
    return sorted(found, key=lambda planned: planned.stage)


def taking(held: Entitlement, stage: int) -> Planned:
    """The task that takes one thing away, for who gave it or answers for it."""
    team = held.offering.team_id if held.offering else None
    if team is None:
        team = held.service.support_teams.values_list("pk", flat=True).first()
    words = {"role": held.role or _("access"), "service": held.service.name}
    title = _("Take away: %(role)s, %(service)s") % words
    return Planned(title[:200], stage, team, TAKING, takes=held)


def lay(ticket: Ticket, planned: Sequence[Planned], *, first: int = 0) -> list[Task]:
    """Write them; `first` is the place of the first among the ticket's tasks."""
    rows = Task.objects.bulk_create(
        Task(
            ticket=ticket,
            position=position,
            title=one.title,
            stage=one.stage,
            team_id=one.team,
            length=one.length,
        )
        for position, one in enumerate(planned, first)
    )
    pairs = list(zip(rows, planned, strict=True))
    Automatic.objects.bulk_create(
        Automatic(
            task=task,
            url=one.call.url,
            secret=one.call.secret,
            timeout=timedelta(minutes=one.call.timeout),
            most_attempts=one.call.attempts,
        )
        for task, one in pairs
        if one.call is not None
    )
    Part.objects.bulk_create(
        Part(task=task, offering=one.gives, takes=one.takes)
        for task, one in pairs
        if one.gives is not None or one.takes is not None
    )
    return rows


def _planned(
    step: Step, stage: int, teams: Mapping[str, int], gives: Offering | None = None
) -> Planned:
    team = teams.get(step.team)
    title = step.title
    if gives is not None:
        team = team or gives.team_id
        if title != gives.name:
            title = f"{gives.name}: {title}"[:200]
    return Planned(title, stage, team, step.length, step.automatic, gives)


def _teams(some: Sequence[Step]) -> dict[str, int]:
    """Teams by slug; a step of a team that is gone is its ticket's team's."""
    slugs = {step.team for step in some} - {""}
    if not slugs:
        return {}
    rows = Team.objects.filter(slug__in=slugs, is_active=True)
    return dict(rows.values_list("slug", "pk"))
