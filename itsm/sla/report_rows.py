"""A report of promises in rows and sentences: for the page, the file and the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.utils.translation import ngettext

from core import charts
from core.wording import day_words, short_day
from itsm.sla.asked import Asked
from itsm.sla.models import ClockKind
from itsm.sla.reporting import Figures, Report
from people.models import Service, Team

PAGE = "/promises/"
BEHIND = "/promises/behind/"
TITLES: Mapping[str, Any] = {
    "service": T("By service"),
    "team": T("By team"),
    "priority": T("By priority"),
    "week": T("By week"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, where it leads, its figures."""

    key: str  # slug, P1, or the week's Monday; empty for none
    name: str
    narrowed: Mapping[str, str]  # the address that asks for it alone
    figures: Figures

    @property
    def url(self) -> str:
        """The report of it alone."""
        return f"{PAGE}?{urlencode(self.narrowed)}"

    def behind(self, outcome: str) -> str:
        """The tickets behind one of its numbers."""
        return f"{BEHIND}?{urlencode({**self.narrowed, 'outcome': outcome})}"


def rows(report: Report, asked: Asked) -> dict[str, list[Row]]:
    """Every dimension's lines: the worst share first, weeks in their order.

    Two queries, for the names.
    """
    given = dict(asked.given)
    names = {
        "service": _named(Service, report.by["service"]),
        "team": _named(Team, report.by["team"]),
    }
    found: dict[str, list[Row]] = {}
    for dimension, known in names.items():
        found[dimension] = [
            Row(*_called(dimension, known.get(pk), given), figures)
            for pk, figures in report.by[dimension].items()
        ]
        found[dimension].sort(key=_worst_first)
    found["priority"] = [
        Row(f"P{n}", f"P{n}", {**given, "priority": f"P{n}"}, figures)
        for n, figures in sorted(report.by["priority"].items())
    ]
    found["week"] = [
        Row(monday.isoformat(), day_words(monday), _week(asked, monday), figures)
        for monday, figures in sorted(report.by["week"].items())
    ]
    return found


def total(report: Report, asked: Asked) -> Row:
    """All of it as one line."""
    return Row("", _("All"), dict(asked.given), report.total)


def _named(model: Any, by: Iterable[Any]) -> dict[Any, tuple[str, str]]:
    rows = model.objects.filter(pk__in=[pk for pk in by if pk is not None])
    return {
        pk: (slug, name) for pk, slug, name in rows.values_list("pk", "slug", "name")
    }


def _called(
    dimension: str, known: tuple[str, str] | None, given: Mapping[str, str]
) -> tuple[str, str, dict[str, str]]:
    if known is None:
        words = _("No service") if dimension == "service" else _("No team")
        return "", words, dict(given)
    return known[0], known[1], {**given, dimension: known[0]}


def _worst_first(row: Row) -> tuple[float, int, str]:
    share = row.figures.share
    return (2.0 if share is None else share), -row.figures.due, row.name


def _week(asked: Asked, monday: date) -> dict[str, str]:
    wish = asked.wish
    first = max(monday, wish.first)
    last = min(monday + timedelta(days=6), wish.last)
    return {**asked.given, "from": first.isoformat(), "to": last.isoformat()}


def sentence(report: Report, found: Mapping[str, Sequence[Row]]) -> str:
    """What the tables say, in words."""
    all_ = report.total
    if all_.share is None:
        return _("Nothing was decided in these days.")
    words = {"kept": all_.kept, "due": all_.due, "share": percent(all_.share)}
    said = [
        ngettext(
            "%(kept)s of %(due)s promise was kept, %(share)s.",
            "%(kept)s of %(due)s promises were kept, %(share)s.",
            all_.due,
        )
        % words
    ]
    most = max(found["service"], key=lambda row: row.figures.missed, default=None)
    if most is not None and most.figures.missed and len(found["service"]) > 1:
        about = {"name": most.name, "n": most.figures.missed}
        said.append(_("Most were missed with %(name)s: %(n)s.") % about)
    if all_.satisfaction is not None:
        about = {"n": mark(all_.satisfaction)}
        said.append(_("People gave it %(n)s of 5.") % about)
    return " ".join(said)


def watermelons(found: Mapping[str, Sequence[Row]]) -> list[dict[str, str]]:
    """Services whose share looks good while people are not content, a line each."""
    return [
        {
            "title": row.name,
            "url": row.url,
            "right": _("%(share)s kept, %(n)s of 5")
            % {
                "share": percent(row.figures.share or 0),
                "n": mark(row.figures.satisfaction or 0),
            },
        }
        for row in found["service"]
        if row.figures.is_watermelon
    ]


def percent(share: float) -> str:
    """A share in whole percent, never 100 % where one was missed."""
    whole = int(share * 100) if share > 0.5 else round(share * 100)
    return _("%(n)s %%") % {"n": whole}


def mark(value: float) -> str:
    """A mark from 1 to 5, as the reader's language writes it."""
    return str(number_format(value, 1))


def chart(found: Mapping[str, Sequence[Row]]) -> Any:
    """The kept share, week by week."""
    points = [
        charts.Point(
            label=short_day(date.fromisoformat(row.key)),
            value=row.figures.share,
            says=_("Week of %(day)s: %(share)s, %(kept)s of %(due)s")
            % {
                "day": row.name,
                "share": percent(row.figures.share or 0),
                "kept": row.figures.kept,
                "due": row.figures.due,
            },
            url=row.url,
        )
        for row in found["week"]
    ]
    return charts.shares(points, _("Promises kept, week by week"))


def told(row: Row) -> dict[str, Any]:
    """A line as programs read it; lengths in seconds, shares from 0 to 1."""
    f = row.figures
    return {
        "key": row.key or None,
        "name": row.name,
        "due": f.due,
        "kept": f.kept,
        "missed": f.missed,
        "share": f.share,
        "withdrawn": f.apart,
        "open": f.open,
        "working_seconds": _seconds(f.used),
        "wall_clock_seconds": _seconds(f.wall),
        "waited_share": f.paused,
        "tickets": f.tickets,
        "reopened": f.reopened,
        "bounced": f.bounced,
        "satisfaction": f.satisfaction,
        "effort": f.effort,
        "watermelon": f.is_watermelon,
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def kind_words(asked: Asked) -> str:
    """The kind of promise that was asked for."""
    return str(ClockKind(asked.wish.kind).label)
