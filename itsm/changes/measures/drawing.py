"""The measures as pictures, each with one sentence of what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import charts
from core.wording import duration, short_day
from itsm.changes.measures.told import Row, number, percent, week_of

HOUR = 3600
Value = Callable[[Row], float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure: its name, its number, what it says, and where that leads."""

    name: str
    title: str
    value: str
    url: str
    says: str
    chart: Any = None


def figures(total: Row, rows: Mapping[str, Sequence[Row]]) -> list[Figure]:
    """DORA's four, emergencies and the wait for approval, each with its picture."""
    weeks = rows["week"]
    return [
        _frequency(total, weeks),
        _lead(total, weeks),
        _failures(total, weeks),
        _restored(total, weeks),
        _waited(total, rows["model"]),
        _emergencies(total, weeks),
    ]


def _frequency(total: Row, weeks: Sequence[Row]) -> Figure:
    f = total.figures
    words = {"n": f.deployments, "rate": number(total.per_week)}
    says = ngettext(
        "%(n)s change was over in these days: %(rate)s a week.",
        "%(n)s changes were over in these days: %(rate)s a week.",
        f.deployments,
    )
    title = _("Deployment frequency")
    chart = _bars(
        title, weeks, lambda row: row.figures.deployments, "", lambda n: f"{n:g}"
    )
    rate = _("%(n)s a week") % {"n": words["rate"]}
    return Figure("frequency", title, rate, total.behind(), says % words, chart)


def _lead(total: Row, weeks: Sequence[Row]) -> Figure:
    f, title = total.figures, _("Lead time for changes")
    says = _("No change that went well says when it was committed.")
    if f.lead is not None:
        words = {"n": f.n_lead, "time": duration(f.lead)}
        says = _(
            "Half of the %(n)s changes that say when they were committed were in "
            "production within %(time)s."
        )
        says = says % words
    chart = _bars(
        title, weeks, lambda row: _hours(row.figures.lead), "lead", _hours_words
    )
    value = duration(f.lead) or "–"
    return Figure("lead", title, value, total.behind("lead"), says, chart)


def _failures(total: Row, weeks: Sequence[Row]) -> Figure:
    f, title = total.figures, _("Change failure rate")
    words = {"n": f.failures, "all": f.deployments, "share": percent(f.failure_rate)}
    says = _(
        "%(n)s of %(all)s failed, were rolled back or caused an incident: %(share)s."
    )
    chart = _shares(title, weeks, lambda row: row.figures.failure_rate, "failed")
    value = percent(f.failure_rate)
    return Figure("failures", title, value, total.behind("failed"), says % words, chart)


def _restored(total: Row, weeks: Sequence[Row]) -> Figure:
    f, title = total.figures, _("Time to restore")
    says = _("Nothing that failed was restored in these days.")
    if f.restored is not None:
        words = {"n": f.n_restored, "of": f.failures, "time": duration(f.restored)}
        says = _(
            "Of %(of)s that failed, %(n)s are restored; half of them within %(time)s."
        )
        says = says % words
    elif not f.failures:
        says = _("Nothing failed in these days, so nothing had to be restored.")
    chart = _bars(
        title, weeks, lambda row: _hours(row.figures.restored), "restored", _hours_words
    )
    value = duration(f.restored) or "–"
    return Figure("restored", title, value, total.behind("restored"), says, chart)


def _waited(total: Row, models: Sequence[Row]) -> Figure:
    f, title = total.figures, _("Wait for approval")
    says = _("No change waited for approval in these days.")
    if f.n_waited:
        words = {"n": f.n_waited, "share": percent(f.waited_share)}
        says = ngettext(
            "%(n)s change waited for approval; of all their time, waiting for it "
            "was %(share)s.",
            "%(n)s changes waited for approval; of all their time, waiting for it "
            "was %(share)s.",
            f.n_waited,
        )
        says = says % words
    points = [
        charts.Point(
            label=row.name,
            value=_hours(row.figures.waited),
            says=_("%(model)s: half of them waited %(time)s, %(share)s of their time")
            % {
                "model": row.name,
                "time": duration(row.figures.waited or 0),
                "share": percent(row.figures.waited_share),
            },
            url=row.behind("waited") if row.figures.n_waited else "",
        )
        for row in models
    ]
    chart = charts.bars(points, title)
    value = percent(f.waited_share)
    return Figure("waited", title, value, total.behind("waited"), says, chart)


def _emergencies(total: Row, weeks: Sequence[Row]) -> Figure:
    f, title = total.figures, _("Emergencies")
    words = {"n": f.emergencies, "all": f.deployments}
    says = _("%(n)s of %(all)s were done as emergencies: %(share)s.")
    words |= {"share": percent(f.emergency_share)}  # type: ignore[dict-item]
    chart = _shares(title, weeks, lambda row: row.figures.emergency_share, "emergency")
    value = percent(f.emergency_share)
    return Figure(
        "emergencies", title, value, total.behind("emergency"), says % words, chart
    )


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / HOUR, 1)


def _hours_words(hours: float) -> str:
    return str(duration(hours * HOUR))


def _bars(
    title: str,
    weeks: Sequence[Row],
    value: Value,
    what: str,
    words: Callable[[float], str],
) -> Any:
    """A column for each week; an empty one leads nowhere. None where all are empty."""
    if all(value(row) is None for row in weeks):
        return None
    points = []
    for row in weeks:
        here = value(row)
        told = {"day": row.name, "n": words(here) if here else "–"}
        says = _("Week of %(day)s: %(n)s") % told
        url = row.behind(what) if here is not None and row.figures.deployments else ""
        points.append(charts.Point(short_day(week_of(row)), here, says, url))
    return charts.bars(points, title)


def _shares(title: str, weeks: Sequence[Row], value: Value, what: str) -> Any:
    """A line over the weeks; a week without changes breaks it."""
    points = [
        charts.Point(
            label=short_day(week_of(row)),
            value=value(row),
            says=_("Week of %(day)s: %(n)s")
            % {"day": row.name, "n": percent(value(row))},
            url=row.behind(what),
        )
        for row in weeks
    ]
    return charts.shares(points, title)
