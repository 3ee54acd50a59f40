"""What stands across processes: aims, sprints and what is in the way. Five queries."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import QuerySet

from backlog.profile.models import Aim, Profile
from backlog.profile.queries import tree
from backlog.sprints.models import Impediment, Sprint
from people.models import User
from processes import subjects
from processes.models import Process

AHEAD = timedelta(days=42)  # planned sprints that are shown


@dataclass
class Line:
    """One process."""

    process: Process
    profile: Profile | None
    aims: Sequence[Aim] = ()
    running: list[Sprint] = field(default_factory=list)
    planned: list[Sprint] = field(default_factory=list)
    impediments: list[Impediment] = field(default_factory=list)  # that need help first

    @property
    def is_improved(self) -> bool:
        """Whether anybody has begun to."""
        return bool(
            self.profile
            or self.aims
            or self.running
            or self.planned
            or self.impediments
        )


@dataclass(frozen=True)
class Portfolio:
    """Every process that is improved, and the others."""

    lines: Sequence[Line]
    others: Sequence[Process]
    today: date

    @cached_property
    def sprints(self) -> list[Sprint]:
        """Running and planned, by when they end and begin."""
        found = [s for line in self.lines for s in (*line.running, *line.planned)]
        return sorted(found, key=lambda s: (s.starts_on, s.ends_on, s.process.name))

    @cached_property
    def help_wanted(self) -> list[Impediment]:
        """Impediments that somebody outside has to remove, the oldest first."""
        found = [i for line in self.lines for i in line.impediments if i.needs_help]
        return sorted(found, key=lambda i: (i.at, i.pk))

    @cached_property
    def rhythm(self) -> tuple[date, int] | None:
        """The day on which most running sprints end, and how many do."""
        ends = Counter(s.ends_on for line in self.lines for s in line.running)
        if not ends:
            return None
        return min(ends.items(), key=lambda one: (-one[1], one[0]))

    def is_in_step(self, sprint: Sprint) -> bool:
        """Whether a running sprint ends with the others."""
        return self.rhythm is not None and sprint.ends_on == self.rhythm[0]

    @cached_property
    def out_of_step(self) -> list[Sprint]:
        """Running ones that end on another day than most."""
        return [
            s for line in self.lines for s in line.running if not self.is_in_step(s)
        ]


def portfolio(user: User, *, today: date) -> Portfolio:
    """As this person may see it: who works here sees every process."""
    processes = list(
        subjects.visible_to(user).select_related("owner", "team").order_by("name")
    )
    profiles = {
        p.process_id: p
        for p in Profile.objects.filter(process__in=processes).select_related(
            "service_manager"
        )
    }
    lines = {p.pk: Line(p, profiles.get(p.pk)) for p in processes}
    _put_aims(lines)
    for sprint in _sprints(processes, today):
        line = lines[sprint.process_id]
        is_running = sprint.state == Sprint.State.RUNNING
        (line.running if is_running else line.planned).append(sprint)
    for one in _impediments(processes):
        lines[one.process_id].impediments.append(one)
    shown = [line for line in lines.values() if line.is_improved]
    others = [line.process for line in lines.values() if not line.is_improved]
    return Portfolio(shown, others, today)


def _put_aims(lines: dict[int, Line]) -> None:
    by_process: dict[int, list[Aim]] = defaultdict(list)
    for aim in Aim.objects.filter(process__in=lines).order_by("position", "pk"):
        by_process[aim.process_id].append(aim)
    for pk, found in by_process.items():
        lines[pk].aims = tree(found)


def _sprints(processes: Sequence[Process], today: date) -> QuerySet[Sprint]:
    states = (Sprint.State.RUNNING, Sprint.State.PLANNED)
    rows = Sprint.objects.filter(process__in=processes, state__in=states)
    rows = rows.exclude(state=Sprint.State.PLANNED, starts_on__gt=today + AHEAD)
    return rows.select_related("process", "team").order_by("starts_on", "pk")


def _impediments(processes: Sequence[Process]) -> QuerySet[Impediment]:
    rows = Impediment.objects.filter(process__in=processes, resolved_at=None)
    related = ("process", "owner", "by", "sprint")
    return rows.select_related(*related).order_by("-needs_help", "at", "pk")
