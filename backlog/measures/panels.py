"""What measures put on the pages of sprints: the burndown, and what is to be expected.

Each panel is one sentence, a picture, and the table behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from backlog.measures import forecast, queries
from backlog.measures.burndown import Burndown, Day
from backlog.measures.queries import Pace
from backlog.sprints.models import Sprint
from backlog.sprints.queries import today, workdays
from backlog.sprints.words import name, short
from core import slots
from core.charts import Point, bars
from core.line_charts import Column, Line, lines
from people.models import User

DAY = timedelta(days=1)
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a table, and the sentence that says what it shows."""

    title: str
    says: str
    label: str
    svg: Markup
    head: Sequence[Any]
    body: Sequence[Sequence[Any]]
    note: str = ""
    legend: Sequence[tuple[str, str]] = ()  # class of a line or band, and its words
    template: str = "backlog/measures/_chart.html"


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of scope, by name."""

    at: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Burning:
    """Burndown and burnup of one sprint, with its changes of scope."""

    charts: Sequence[Chart]
    changes: Sequence[Changed]
    template: str = "backlog/measures/_burning.html"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a team got done before, and how many of these it will."""

    pace: Sequence[Pace]
    says: str
    shares: Sequence[dict[str, Any]]
    at_least: int | None
    days: int
    template: str = "backlog/measures/_expected.html"


def burning(sprint: Sprint, user: User, at: datetime) -> Burning | None:
    """The charts of one that has begun; one query."""
    found = queries.of_sprint(sprint, at=at)
    if found.last is None:
        return None
    table = _table(found)
    return Burning(
        [
            _down(sprint, found, found.last, table),
            _up(sprint, found, found.last, table),
        ],
        [Changed(c.at, _named(c.stories, c.by, found)) for c in found.changes],
    )


def unit(n: int, in_points: bool) -> str:
    """5 points, or 5 stories."""
    words = {"n": n}
    if in_points:
        return ngettext("%(n)s point", "%(n)s points", n) % words
    return ngettext("%(n)s story", "%(n)s stories", n) % words


def _named(stories: Sequence[int], by: int, found: Burndown) -> str:
    words = {
        "numbers": ", ".join(f"STO-{pk}" for pk in stories),
        "much": unit(abs(by), found.in_points),
    }
    if by < 0:
        return _("%(numbers)s taken out: %(much)s less") % words
    return _("%(numbers)s added: %(much)s more") % words


def _table(found: Burndown) -> tuple[list[Any], list[list[Any]]]:
    head = [_("Day"), (_("Forecast"), "r num"), (_("Scope"), "r num"),
            (_("Done"), "r num"), (_("Left"), "r num")]  # fmt: skip
    rows = [[short(d.date), d.forecast, d.scope, d.done, d.left] for d in found.days]
    return head, rows


def _columns(sprint: Sprint, days: Sequence[Day], of: str) -> list[Column]:
    """A column for each day that was, and for those to come until its last day."""
    to = f"/sprints/{sprint.pk}/board/"
    found = [
        Column(short(d.date), _day_says(d) if of == "down" else _up_says(d), to)
        for d in days
    ]
    return [*found, *(Column(short(day), "", to) for day in _ahead(sprint, days))]


def _ahead(sprint: Sprint, days: Sequence[Day]) -> list[date]:
    if sprint.ended_at is not None:
        return []
    n = max(0, (sprint.ends_on - days[-1].date).days)
    return [days[-1].date + (i + 1) * DAY for i in range(n)]


def _day_says(day: Day) -> str:
    words = {"day": short(day.date), "left": day.left, "scope": day.scope}
    return _("%(day)s: %(left)s of %(scope)s left") % words


def _up_says(day: Day) -> str:
    words = {"day": short(day.date), "done": day.done, "scope": day.scope}
    return _("%(day)s: %(done)s of %(scope)s done") % words


def _down(sprint: Sprint, found: Burndown, last: Day, table: tuple[Any, Any]) -> Chart:
    n = len(_ahead(sprint, found.days))
    none: list[float | None] = [None] * n
    drawn = [
        Line("left", [*(float(d.left) for d in found.days), *none]),
        Line("ideal", _ideal(sprint, found.days, n)),
    ]
    words = {
        "left": unit(last.left, found.in_points),
        "scope": last.scope,
        "done": last.done,
    }
    says = _("%(left)s of %(scope)s left, %(done)s done.") % words
    columns = _columns(sprint, found.days, "down")
    label = _("What is left, day by day")
    note = _unsized(found)
    legend = (("left", _("Left")), ("ideal", _("Forecast, evenly done")))
    svg = lines(columns, drawn, label)
    return Chart(_("Burndown"), says, label, svg, *table, note, legend)


def _unsized(found: Burndown) -> str:
    if not found.unsized:
        return ""
    text = ngettext(
        "%(n)s story has no points and counts nothing here.",
        "%(n)s stories have no points and count nothing here.",
        found.unsized,
    )
    return text % {"n": found.unsized}


def _ideal(sprint: Sprint, days: Sequence[Day], ahead: int) -> list[float | None]:
    """From the forecast to nothing, on working days alone."""
    every = [*(d.date for d in days), *(days[-1].date + (i + 1) * DAY
                                         for i in range(ahead))]  # fmt: skip
    work = set(workdays(days[0].date, max(sprint.ends_on, days[0].date)))
    forecast_, n = days[0].forecast, max(1, len(work))
    found: list[float | None] = []
    for place, _day in enumerate(every):
        gone = sum(day in work for day in every[: place + 1])
        found.append(forecast_ * max(0.0, 1 - gone / n))
    return found


def _up(sprint: Sprint, found: Burndown, last: Day, table: tuple[Any, Any]) -> Chart:
    n = len(_ahead(sprint, found.days))
    none: list[float | None] = [None] * n
    days = found.days
    drawn = [
        Line("done", [*(float(d.done) for d in days), *none]),
        Line("scope", [*(float(d.scope) for d in days), *none]),
        Line("forecast", [float(days[0].forecast)] * (len(days) + n)),
    ]
    more = last.scope - last.forecast
    if more:
        words = {
            "forecast": unit(last.forecast, found.in_points),
            "scope": last.scope,
            "more": f"{more:+d}",
        }
        says = _("Forecast %(forecast)s, scope now %(scope)s (%(more)s).") % words
    else:
        words = {"forecast": unit(last.forecast, found.in_points)}
        says = _("Forecast %(forecast)s; the scope is what it was.") % words
    label = _("Forecast, scope and done, day by day")
    columns = _columns(sprint, days, "up")
    legend = (("done", _("Done")), ("scope", _("Scope")), ("forecast", _("Forecast")))
    svg = lines(columns, drawn, label)
    return Chart(_("Burnup"), says, label, svg, *table, legend=legend)


def expected(sprint: Sprint, user: User, at: datetime) -> Expected | None:
    """What this team got done before, and how many it will; four queries."""
    if sprint.state != Sprint.State.PLANNED:
        return None
    pace = queries.velocity(sprint.process, sprint.team, at=at)
    done = queries.throughput(sprint.process, sprint.team, at=at)
    days = len(workdays(max(sprint.starts_on, today(at)), sprint.ends_on))
    n = how_many(done, days)
    says = _pace_says(pace)
    return Expected(pace, says, _shares(pace), n, days)


def how_many(done: Sequence[int], days: int) -> int | None:
    """How many stories a team finishes at least in so many working days, 85 % sure."""
    if not sum(done) or not days:
        return None
    return forecast.at_least(done, days=days)


def _shares(pace: Sequence[Pace]) -> list[dict[str, Any]]:
    """The same as small bars beside their words."""
    most = max((max(p.done, p.forecast) for p in pace), default=0) or 1
    return [
        {
            "label": name(p.sprint),
            "share": round(p.done / most, 3),
            "kind": "now",
            "text": _("%(done)s of %(forecast)s")
            % {"done": p.done, "forecast": p.forecast},
        }
        for p in pace[-6:]
    ]


def _pace_says(pace: Sequence[Pace]) -> str:
    if not pace:
        return _("This team has closed no sprint yet; there is no velocity to go by.")
    last = pace[-3:]
    done = sorted(p.done for p in last)
    words = {"n": len(last), "low": done[0], "high": done[-1]}
    if len(last) == 1:
        return _("The last sprint got %(low)s done.") % words
    return _("The last %(n)s sprints got %(low)s to %(high)s done.") % words


def velocity_chart(pace: Sequence[Pace]) -> Markup:
    """What each sprint got done; each column leads to its sprint."""
    points = [
        Point(
            f"{p.sprint.number}",
            float(p.done),
            _("%(name)s: %(done)s of %(forecast)s forecast")
            % {"name": name(p.sprint), "done": p.done, "forecast": p.forecast},
            f"/sprints/{p.sprint.pk}/",
        )
        for p in pace
    ]
    return bars(points, _("Done in each sprint"))


def register() -> None:
    """Fill the places that pages of sprints leave for measures."""
    slots.fill("sprint.charts", "burning", burning, queries=1)
    slots.fill("sprint.planning", "expected", expected, queries=3)
