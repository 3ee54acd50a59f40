"""What the page of one rota shows. Nine queries, however long the weeks ahead are."""

from datetime import datetime, timedelta
from typing import Any

from core import wording
from people.models import Rota, RotaLayer, Team, User
from people.rotas import actions, forms, plan, queries, reading, specs
from people.rotas.queries import Duty, Names, duties, names_in, position_words

WEEKS = 4
SOON = timedelta(days=62)  # how far ahead the next on duty are looked for


def of(rota: Rota, monday: datetime, at: datetime, user: User) -> dict[str, Any]:
    """Who is on duty now and next, four weeks from `monday`, and what was changed."""
    end = monday + WEEKS * queries.WEEK
    rows = Rota.objects.filter(pk=rota.pk)
    around = (monday - queries.AROUND, end + queries.AROUND)
    rules = _rules(rota, min(around[0], at), max(around[1], at + SOON))
    whole = plan.shifts(rules, *around)
    shifts = [s for s in whole if s.start < end and s.end > monday]
    ahead = plan.shifts(rules, at, at + SOON)
    layers = actions.newest_layers(rota)
    orders = {pk for layer in layers for pk in layer.people}
    named = (pk for s in (*shifts, *ahead) for pk in (s.person, s.instead_of))
    names = Names.of([*orders, *named])
    return {
        "zone_gone": queries.zone_gone(rota),
        "duties": duties(ahead, names),
        "gaps": [d.now for d in duties(ahead, names) if d.now.is_gap],
        "weeks": queries.weeks(shifts, monday, WEEKS, names, at),
        "agenda": queries.agenda(shifts, monday, names),
        "first": wording.day_words(monday.date()),
        "last": wording.day_words((end - queries.DAY).date()),
        "earlier": (monday - WEEKS * queries.WEEK).date(),
        "later": end.date(),
        "is_now": monday == queries.monday_of(at),
        "layers": [_layer(layer, names) for layer in layers],
        "overrides": queries.with_spans(queries.overrides_ahead(rota, at)),
        "swaps": queries.swaps(rows, at),
        "may_swap": user.pk in orders,
    }


def _rules(rota: Rota, start: datetime, end: datetime) -> plan.Rota:
    """The rules, of a rota out of use too."""
    found = reading.plans(Rota.objects.filter(pk=rota.pk), start, end)
    return found[0][1] if found else plan.Rota(())


def _layer(row: RotaLayer, names: Names) -> dict[str, Any]:
    """A layer in words."""
    return {
        "label": position_words(row.position),
        "people": [found for pk in row.people if (found := names.get(pk))],
        "turn": specs.turn_words(row.every, row.unit),
        "hand_over": specs.clock(row.hand_over),
        "begins": row.begins,
        "hours": forms.hours_lines(specs.of_row(row).hours).splitlines(),
    }


def of_team(team: Team, at: datetime) -> tuple[Rota | None, list[Duty]]:
    """A team's rota and who is on duty now, for the team's page; six queries."""
    rows = Rota.objects.filter(team=team, is_active=True)
    end = at + queries.WEEK + queries.DAY
    for rota, rules in reading.plans(rows, at, end):
        shifts = plan.shifts(rules, at, end)
        return rota, duties(shifts, names_in(shifts))
    return None, []
