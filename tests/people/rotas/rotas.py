"""Rotas for tests: the desk's, with Alice and Bob in turns of a week."""

from datetime import UTC, date, datetime, time
from typing import Any

from people.models import Rota
from people.rotas import actions
from people.rotas.specs import Spec
from tests.cast import Cast

MADE = datetime(2026, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_spec(*people, **fields: Any) -> Spec:
    """Turns of a week from Monday, 5 January 2026, nine o'clock."""
    given = {
        "every": 1,
        "unit": "weeks",
        "starts": date(2026, 1, 5),
        "hand_over": time(9),
        **fields,
    }
    return Spec(tuple(one.pk for one in people), **given)


def a_rota(cast: Cast, *specs: Spec, team: str | None = "desk", **fields: Any) -> Rota:
    """A rota of the desk, in Berlin: Alice and Bob in turns."""
    given = {"name": "Desk duty", "time_zone": "Europe/Berlin", **fields}
    return actions.create_rota(
        by=cast.grace,
        at=MADE,
        team=cast.teams[team] if team else None,
        layers=specs or (a_spec(cast.alice, cast.bob),),
        **given,
    )
