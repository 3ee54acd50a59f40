"""What measures read: events, and nothing else that can change."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from backlog.measures.burndown import Burndown, burndown
from backlog.measures.flow import Cycle, Level, flow
from backlog.sprints.models import Sprint
from backlog.sprints.queries import workdays
from backlog.stories.models import Story
from core.models import Event
from people.models import Team
from processes.models import Process

REPLAYED = (
    *("sprint.start", "sprint.add", "sprint.remove", "sprint.estimate"),
    *("sprint.done", "sprint.undone", "sprint.close", "sprint.cancel"),
)
ZONE = timezone.get_default_timezone  # the house's
MEMORY = 12  # sprints of which velocity is told


def of_sprint(sprint: Sprint, *, at: datetime) -> Burndown:
    """A sprint day by day, in the installation's time zone; one query.

    The zone is the house's, not the reader's: a chart is the same for everybody.
    """
    return _replayed(_events([sprint.pk]), at)


def _events(ids: Sequence[int]) -> Iterable[Event]:
    rows = Event.objects.filter(subject_type=Sprint.subject_type, subject_id__in=ids)
    found = rows.filter(kind__in=REPLAYED).order_by("id")
    return found.only("kind", "at", "changes", "subject_id")


def _replayed(events: Iterable[Event], at: datetime) -> Burndown:
    return burndown(events, zone=ZONE(), until=at)


@dataclass(frozen=True, slots=True)
class Pace:
    """What one sprint that is over had forecast, and what it got done."""

    sprint: Sprint
    forecast: int
    done: int
    in_points: bool


def velocity(process: Process, team: Team | None, *, at: datetime) -> list[Pace]:
    """The last closed sprints of this process and this team, the oldest first; two
    queries. There is none across teams: their points are not the same."""
    rows = Sprint.objects.filter(process=process, team=team, state=Sprint.State.CLOSED)
    sprints = list(rows.order_by("-ended_at", "-pk")[:MEMORY])[::-1]
    by_sprint: dict[int, list[Event]] = {}
    for event in _events([sprint.pk for sprint in sprints]):
        by_sprint.setdefault(event.subject_id, []).append(event)
    found = []
    for sprint in sprints:
        replayed = _replayed(by_sprint.get(sprint.pk, []), at)
        if (last := replayed.last) is not None:
            found.append(Pace(sprint, last.forecast, last.done, replayed.in_points))
    return found


STORY_KINDS = (
    *("story.create", "story.column", "story.drop", "story.restore"),
    *("story.merge", "story.split", "story.sprint"),
)


def of_process(process: Process, *, until: date) -> tuple[list[Level], list[Cycle]]:
    """Cumulative flow and cycle times of a process; two queries.

    Whose stories they are stands in `story.create`, also of those that were deleted.
    """
    rows = Event.objects.filter(subject_type=Story.subject_type)
    made = rows.filter(kind="story.create", changes__process__1=process.pk)
    told = rows.filter(
        kind__in=STORY_KINDS, subject_id__in=made.values("subject_id")
    ).order_by("id")
    events: Any = told.only("kind", "at", "changes", "subject_id").iterator(2000)
    return flow(events, zone=ZONE(), until=until)


def throughput(process: Process, team: Team | None, *, at: datetime) -> list[int]:
    """How many stories this team finished on each working day, from the start of its
    first sprint to today; what was undone again is taken off its day. One query.

    What is finished on a weekend counts for the Friday before.
    """
    sprints = Sprint.objects.filter(process=process, team=team).values("pk")
    rows = Event.objects.filter(
        subject_type=Sprint.subject_type,
        subject_id__in=sprints,
        kind__in=("sprint.start", "sprint.done", "sprint.undone"),
        at__lte=at,
    )
    finished: Counter[date] = Counter()
    first: date | None = None
    on: dict[str, date] = {}
    for event in rows.order_by("id").only("kind", "at", "changes"):
        day = _workday(timezone.localtime(event.at, ZONE()).date())
        first = day if first is None else min(first, day)
        if event.kind == "sprint.done":
            on |= dict.fromkeys(event.changes["stories"][1], day)
            finished[day] += len(event.changes["stories"][1])
        elif event.kind == "sprint.undone":
            for story in event.changes["stories"][0]:
                finished[on.get(story, day)] -= 1
    if first is None:
        return []
    today = timezone.localtime(at, ZONE()).date()
    return [max(0, finished[day]) for day in workdays(first, today)]


def _workday(day: date) -> date:
    return day - timedelta(days=max(0, day.isoweekday() - 5))
