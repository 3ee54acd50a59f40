"""The page of a process's measures: velocity, cumulative flow, cycle time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backlog.measures import queries
from backlog.measures.flow import Cycle, Level, percentile
from backlog.measures.panels import Chart, velocity_chart
from backlog.measures.queries import Pace
from backlog.sprints.models import Sprint
from backlog.sprints.words import name, short
from backlog.standing import get_process
from backlog.stories.models import Story
from core.charts import Point, bars
from core.line_charts import Column, Line, bands
from core.templating import render
from people.models import Team
from people.pages.doors import page, who
from processes.models import Process

SHOWN = timedelta(days=84)  # twelve weeks
NEWEST = 40  # stories whose cycle time is drawn
EXPECTED = 0.85


@require_safe
@page()
def measures(request: HttpRequest, slug: str) -> HttpResponse:
    """Each chart: one sentence, a picture, a table. Seven queries, one more a team."""
    user, at = who(request), timezone.now()
    process = get_process(user, slug)
    if not user.is_staff:
        raise Http404(_("There is no such process for you."))
    today = timezone.localtime(at).date()
    levels, cycles = queries.of_process(process, until=today)
    charts = [
        *(_velocity(team, pace) for team, pace in _paces(process, at)),
        *([_cumulative(process, levels[-SHOWN.days :])] if levels else []),
        *([_cycle_times(process, cycles)] if cycles else []),
    ]
    context = {"process": process, "charts": charts}
    return render(request, "backlog/measures/measures.html", context)


def _paces(process: Process, at: Any) -> list[tuple[Team | None, list[Pace]]]:
    """Of each team that closed a sprint here, apart: they are never compared."""
    rows = Sprint.objects.filter(process=process, state=Sprint.State.CLOSED)
    teams = Team.objects.in_bulk(
        [pk for pk in rows.values_list("team", flat=True).distinct() if pk]
    )
    found: list[tuple[Team | None, list[Pace]]] = []
    for team in [None, *sorted(teams.values(), key=lambda t: t.name)]:
        if pace := queries.velocity(process, team, at=at):
            found.append((team, pace))
    return found


def _velocity(team: Team | None, pace: Sequence[Pace]) -> Chart:
    whose = team.name if team else _("the improvement team")
    done = [p.done for p in pace]
    words = {"whose": whose, "low": min(done), "high": max(done), "n": len(pace)}
    says = _("In %(n)s sprints %(whose)s got %(low)s to %(high)s done.") % words
    head = [_("Sprint"), (_("Forecast"), "r num"), (_("Done"), "r num")]
    body = [[name(p.sprint), p.forecast, p.done] for p in pace]
    title = _("Velocity of %(whose)s") % words
    note = _("Of one team alone: points of two teams are not the same.")
    return Chart(title, says, title, velocity_chart(pace), head, body, note)


def _cumulative(process: Process, levels: Sequence[Level]) -> Chart:
    last, to = levels[-1], f"/backlog/{process.slug}/"
    columns = [Column(short(day.date), _level_says(day), to) for day in levels]
    drawn = [
        Line("done", [float(day.done) for day in levels]),
        Line("doing", [float(day.doing) for day in levels]),
        Line("open", [float(day.open) for day in levels]),
    ]
    words = {"open": last.open, "doing": last.doing, "done": last.done}
    says = _("%(open)s open, %(doing)s in progress, %(done)s done.") % words
    title = _("Cumulative flow")
    head = [_("Day"), (_("Open"), "r num"), (_("In progress"), "r num"),
            (_("Done"), "r num")]  # fmt: skip
    body = [[short(d.date), d.open, d.doing, d.done] for d in levels[::-1]]
    legend = (
        ("b-open", _("Open")),
        ("b-doing", _("In progress")),
        ("b-done", _("Done")),
    )
    svg = bands(columns, drawn, title)
    return Chart(title, says, title, svg, head, body, legend=legend)


def _level_says(day: Level) -> str:
    words = {"day": short(day.date), "open": day.open, "doing": day.doing,
             "done": day.done}  # fmt: skip
    return _("%(day)s: %(open)s open, %(doing)s in progress, %(done)s done") % words


def _cycle_times(process: Process, cycles: Sequence[Cycle]) -> Chart:
    newest = cycles[-NEWEST:]
    known = set(
        Story.objects.filter(pk__in=[c.story for c in newest]).values_list(
            "pk", flat=True
        )
    )
    points = [_cycle_point(process, cycle, known) for cycle in newest]
    value = round(percentile([c.days for c in newest], EXPECTED), 1)
    words = {"n": len(newest), "days": f"{value:g}"}
    says = _(
        "Of the last %(n)s stories that were done, 85 %% took %(days)s days or less "
        "from the first work on them."
    ) % words  # fmt: skip
    title = _("Cycle time")
    head = [_("Story"), _("Done on"), (_("Days"), "r num")]
    body = [
        [f"STO-{c.story}", short(timezone.localtime(c.done).date()), f"{c.days:.1f}"]
        for c in newest[::-1]
    ]
    return Chart(title, says, title, bars(points, title), head, body)


def _cycle_point(process: Process, cycle: Cycle, known: set[int]) -> Point:
    number = f"STO-{cycle.story}"
    words = {"number": number, "days": f"{cycle.days:.1f}"}
    is_there = cycle.story in known
    return Point(
        short(timezone.localtime(cycle.done).date()),
        round(cycle.days, 1),
        _("%(number)s: %(days)s days") % words,
        f"/backlog/{process.slug}/stories/{number}/" if is_there else "",
    )
