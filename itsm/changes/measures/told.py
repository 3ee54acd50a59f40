"""Measures in rows, sentences and charts: for the page, the file and the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.reader import phrase
from core.wording import day_words
from itsm.changes.measures.asked import Asked
from itsm.changes.measures.queries import Figures, Measures
from itsm.changes.models import Change
from people.models import Service, Team
from processes.queries import live_definitions

PAGE = "/changes/measures/"
BEHIND = "/changes/measures/changes/"
TITLES: Mapping[str, Any] = {
    "week": T("By week"),
    "service": T("By service"),
    "team": T("By team"),
    "model": T("By model"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, its figures, and where its numbers lead."""

    key: str  # slug, model, or the week's Monday; empty for none
    name: str
    narrowed: Mapping[str, str]  # the address that asks for it alone
    figures: Figures
    weeks: float  # that it is about

    @property
    def url(self) -> str:
        """The measures of it alone."""
        return f"{PAGE}?{urlencode(self.narrowed)}"

    def behind(self, what: str = "") -> str:
        """The changes behind one of its numbers."""
        return f"{BEHIND}?{urlencode({**self.narrowed, 'what': what})}"

    @property
    def per_week(self) -> float:
        """Deployments in a week of it."""
        return self.figures.deployments / self.weeks if self.weeks else 0.0


@dataclass(frozen=True, slots=True)
class StateRow:
    """How long changes stood in one state, and its share of all their time."""

    key: str
    name: str
    changes: int
    seconds: float
    share: float
    by_model: list[float | None]  # the share of each model's time
    url: str


def rows(found: Measures, asked: Asked) -> dict[str, list[Row]]:
    """Every dimension's lines: the most deployments first, every week in its order.

    Two queries, for the names.
    """
    given, weeks = dict(asked.given), asked.wish.weeks
    told: dict[str, list[Row]] = {"week": list(_weeks(found, asked))}
    names: dict[str, Mapping[Any, tuple[str, str]]] = {
        "service": _named(Service, found.by["service"]),
        "team": _named(Team, found.by["team"]),
        "model": {m.value: (m.value, str(m.label)) for m in Change.Model},
    }
    none = {"service": _("No service"), "team": _("No team")}
    for dimension, known in names.items():
        lines = []
        for value, figures in found.by[dimension].items():
            key, name = known.get(value, ("", none.get(dimension, "")))
            narrowed = {**given, dimension: key} if key else given
            lines.append(Row(key, name, narrowed, figures, weeks))
        lines.sort(key=lambda row: (-row.figures.deployments, row.name))
        told[dimension] = lines
    return told


def total(found: Measures, asked: Asked) -> Row:
    """All of it as one line."""
    given = dict(asked.given)
    return Row("", _("All"), given, found.total, asked.wish.weeks)


def _weeks(found: Measures, asked: Asked) -> Iterable[Row]:
    wish = asked.wish
    monday = wish.first - timedelta(days=wish.first.weekday())
    while monday <= wish.last:
        first = max(monday, wish.first)
        last = min(monday + timedelta(days=6), wish.last)
        days = {"from": first.isoformat(), "to": last.isoformat()}
        figures = found.by["week"].get(monday, Figures())
        narrowed = {**asked.given, **days}
        weeks = ((last - first).days + 1) / 7
        yield Row(monday.isoformat(), day_words(monday), narrowed, figures, weeks)
        monday += timedelta(weeks=1)


def _named(model: Any, by: Iterable[Any]) -> dict[Any, tuple[str, str]]:
    named = model.objects.filter(pk__in=[pk for pk in by if pk is not None])
    return {
        pk: (slug, name) for pk, slug, name in named.values_list("pk", "slug", "name")
    }


def states(found: Measures, asked: Asked, models: Sequence[Row]) -> list[StateRow]:
    """How long they stood where, the longest first."""
    names = state_names()
    life = found.total.life_all
    given = dict(asked.given)
    return [
        StateRow(
            key=one.state,
            name=names.get(one.state, one.state),
            changes=one.changes,
            seconds=one.seconds,
            share=one.seconds / life if life else 0.0,
            by_model=[
                one.by_model.get(row.key, 0.0) / row.figures.life_all
                if row.figures.life_all
                else None
                for row in models
            ],
            url=f"{BEHIND}?{urlencode({**given, 'what': 'state', 'state': one.state})}",
        )
        for one in found.states
    ]


def state_names() -> dict[str, str]:
    """What the live process calls its states."""
    return {
        slug: phrase(state.name)
        for rules in live_definitions()
        if rules.process == "change"
        for slug, state in rules.states.items()
    }


def percent(share: float | None) -> str:
    """A share, with a decimal where it is small, never 0 % of something."""
    if share is None:
        return "–"
    digits = 1 if 0 < share < 0.1 else 0
    return _("%(n)s %%") % {"n": number_format(round(share * 100, digits), digits)}


def number(value: float) -> str:
    """A number as the reader's language writes it, with one decimal."""
    return str(number_format(round(value, 1), 1))


def told(row: Row) -> dict[str, Any]:
    """A line as programs read it; lengths in seconds, shares from 0 to 1."""
    f = row.figures
    return {
        "key": row.key or None,
        "name": row.name,
        "deployments": f.deployments,
        "deployments_per_week": row.per_week,
        "lead_time_seconds": f.lead,
        "lead_times": f.n_lead,
        "failures": f.failures,
        "failure_rate": f.failure_rate,
        "restore_seconds": f.restored,
        "restored": f.n_restored,
        "emergencies": f.emergencies,
        "emergency_share": f.emergency_share,
        "approval_waits": f.n_waited,
        "approval_wait_seconds": f.waited,
        "approval_wait_share": f.waited_share,
    }


def told_state(row: StateRow, models: Sequence[Row]) -> dict[str, Any]:
    """A state's line as programs read it."""
    return {
        "state": row.key,
        "name": row.name,
        "changes": row.changes,
        "seconds": row.seconds,
        "share": row.share,
        "share_by_model": dict(zip((m.key for m in models), row.by_model, strict=True)),
    }


def week_of(row: Row) -> date:
    """The Monday that a week's line begins with."""
    return date.fromisoformat(row.key)
