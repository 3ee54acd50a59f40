"""Who is on duty and who is away, for other rooms. Ids in, ids out.

Reading rotas costs five queries, however many: layers, overrides, swaps, absences,
people without access. Reading absences alone costs two.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from people.models import (
    Absence,
    Rota,
    RotaLayer,
    RotaOverride,
    RotaSwap,
    User,
)
from people.rotas import plan, specs

FARTHEST = timedelta(days=62)  # how far ahead a hand-over is looked for
MOMENT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody is away: from when until when, and who stands in for them now."""

    user_id: int
    starts_at: datetime
    ends_at: datetime
    cover_id: int | None  # who is there, not only who was named


def on_duty(team_id: int, at: datetime) -> list[int]:
    """The people on duty for a team, first to last, each once; five queries.

    Empty where the team has no rota, nobody is meant to be on duty, or there is a gap.
    """
    return on_duty_many([team_id], at)[team_id]


def on_duty_many(team_ids: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """The same for many teams; five queries for all of them."""
    wanted = set(team_ids)
    found: dict[int, list[int]] = {pk: [] for pk in wanted}
    rotas = Rota.objects.filter(team_id__in=wanted, is_active=True)
    for rota, rules in plans(rotas, at, at + MOMENT):
        assert rota.team_id is not None
        found[rota.team_id] = people(rules, at)
    return found


def duty_manager(at: datetime) -> int | None:
    """Who is the duty manager; five queries."""
    rotas = Rota.objects.filter(kind=Rota.Kind.DUTY_MANAGER, is_active=True)
    for _rota, rules in plans(rotas, at, at + MOMENT):
        return next(iter(people(rules, at)), None)
    return None


def next_handover(team_id: int, at: datetime) -> datetime | None:
    """When others come on duty, looking two months ahead; five queries."""
    rotas = Rota.objects.filter(team_id=team_id, is_active=True)
    for _rota, rules in plans(rotas, at, at + FARTHEST):
        return plan.next_change(rules, at, FARTHEST)
    return None


def cover_of(user_id: int, at: datetime) -> int | None:
    """Who covers somebody; None where they are there, or nobody does; two queries."""
    standing = away([user_id], at).get(user_id)
    return None if standing is None else standing.cover_id


def away(user_ids: Collection[int], at: datetime) -> dict[int, Standing]:
    """Those of these people who are absent, with their covers; two queries.

    Somebody with several absences at once is away until the last of them ends.
    """
    rows = list(absences(at, at + MOMENT))
    wanted = set(user_ids)
    mine: dict[int, list[Absence]] = {}
    for row in rows:
        if row.user_id in wanted:
            mine.setdefault(row.user_id, []).append(row)
    if not mine:
        return {}
    rules = _away(rows, {row.cover_id for row in rows if row.cover_id})
    return {
        pk: Standing(
            user_id=pk,
            starts_at=min(row.starts_at for row in found),
            ends_at=max(row.ends_at for row in found),
            cover_id=rules.stands_in(pk, at),
        )
        for pk, found in mine.items()
    }


def absences(start: datetime, end: datetime) -> QuerySet[Absence]:
    """The absences that touch a time, in the order in which they were made."""
    rows = Absence.objects.filter(starts_at__lt=end, ends_at__gt=start)
    return rows.order_by("pk")


def people(rules: plan.Rota, at: datetime) -> list[int]:
    """Who is on duty by these rules, each once."""
    found = plan.on_duty(rules, at)
    return list(dict.fromkeys(pk for pk in found if pk is not None))


def plans(
    rotas: QuerySet[Rota], start: datetime, end: datetime
) -> list[tuple[Rota, plan.Rota]]:
    """Each rota with its rules, true from `start` until `end`; five queries."""
    layers: dict[int, list[RotaLayer]] = {}
    heads: dict[int, Rota] = {}
    rows = RotaLayer.objects.filter(rota__in=rotas)  # also past ones: swaps name them
    for layer in rows.select_related("rota__team").order_by("position", "begins"):
        heads[layer.rota_id] = layer.rota
        layers.setdefault(layer.rota_id, []).append(layer)
    overrides = _by_rota(
        RotaOverride.objects.filter(
            rota__in=heads, starts_at__lt=end, ends_at__gt=start
        ).order_by("pk")
    )
    swaps = _by_rota(
        RotaSwap.objects.filter(rota__in=heads, state=RotaSwap.State.AGREED).order_by(
            "agreed_at", "pk"
        )
    )
    gone = _away(list(absences(start, end)), _everybody(layers, overrides, swaps))
    return [
        (
            heads[pk],
            plan.Rota(
                layers=tuple(specs.layer(row) for row in found),
                overrides=tuple(map(_override, overrides.get(pk, ()))),
                swaps=tuple(map(_swap, swaps.get(pk, ()))),
                away=gone,
            ),
        )
        for pk, found in layers.items()
    ]


def _by_rota(rows: Iterable[RotaOverride] | Iterable[RotaSwap]) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(row.rota_id, []).append(row)
    return found


def _everybody(
    layers: Mapping[int, list[RotaLayer]],
    overrides: Mapping[int, list[RotaOverride]],
    swaps: Mapping[int, list[RotaSwap]],
) -> set[int]:
    found = {pk for rows in layers.values() for row in rows for pk in row.people}
    found |= {row.user_id for rows in overrides.values() for row in rows}
    for rows in swaps.values():
        found |= {pk for row in rows for pk in (row.one_user_id, row.other_user_id)}
    return found


def _away(rows: Collection[Absence], asked: Collection[int]) -> plan.Away:
    covers = {row.cover_id for row in rows if row.cover_id}
    gone = User.objects.filter(pk__in={*asked, *covers}, is_active=False)
    return plan.Away(
        tuple(
            plan.Absence(row.user_id, row.starts_at, row.ends_at, row.cover_id)
            for row in rows
        ),
        frozenset(gone.values_list("pk", flat=True)),
    )


def _override(row: RotaOverride) -> plan.Override:
    return plan.Override(row.position, row.user_id, row.starts_at, row.ends_at)


def _swap(row: RotaSwap) -> plan.Swap:
    return plan.Swap(
        (row.one_layer_id, row.one_turn), (row.other_layer_id, row.other_turn)
    )
