"""Making and changing rotas, and saying who is on duty instead for a while.

One public function per verb, keyword-only: lock, policy, guard, change, record.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people.changes import Changes, as_made, new_slug, put, require_known, require_name
from people.models import Rota, RotaLayer, RotaOverride, Team, User
from people.policy import Scope, allows, require
from people.rotas import specs
from people.rotas.specs import Spec

TEXTS = frozenset({"name", "note"})
FIELDS = frozenset({"name", "note", "is_active", "time_zone", "layers"})
LONGEST_NOTE = 5000


def relations(rota_or_team: Rota | Team | None, by: User) -> frozenset[Scope]:
    """What holds between a person and a rota: whether they lead its team."""
    team = rota_or_team.team_id if isinstance(rota_or_team, Rota) else None
    if isinstance(rota_or_team, Team):
        team = rota_or_team.pk
    leads = team is not None and team in by.led_team_ids
    return frozenset({Scope.LED} if leads else ())


def may_change(rota: Rota, by: User) -> bool:
    """Whether this person may change the rota."""
    return allows(by, "rota.change", relations(rota, by))


def create_rota(
    *,
    by: User,
    at: datetime,
    name: str,
    time_zone: str,
    layers: Sequence[Spec],
    team: Team | None = None,
    kind: str = Rota.Kind.TEAM,
    note: str = "",
) -> Rota:
    """A rota for a team, or of duty managers. Raises Forbidden, Invalid."""
    with act():
        require(by, "rota.change", relations(team, by))
        require_name({"name": name})
        _check_note(note)
        _check_whose(team, kind)
        specs.check_zone(time_zone)
        specs.check(layers)
        rota = Rota(
            slug=new_slug(Rota, name),
            name=name.strip(),
            kind=kind,
            team=team,
            time_zone=time_zone,
            note=note,
        )
        _save_alone(rota)
        changes = as_made({"team": team, "time_zone": time_zone}, TEXTS)
        changes |= _set_layers(rota, layers, at)
        record("rota.create", subject=rota, by=by, at=at, changes=changes)
    return rota


def change_rota(*, rota: Rota, by: User, at: datetime, **given: Any) -> Rota:
    """Change a rota. New layers, or another zone, count from now, or from their first
    hand-over where that is later; what was stays as it was.

    Raises Forbidden, Invalid.
    """
    with act():
        rota = Rota.objects.select_for_update().get(pk=rota.pk)
        require(by, "rota.change", relations(rota, by))
        require_known(given, FIELDS)
        require_name(given)
        _check_note(given.get("note", ""))
        if "time_zone" in given and given["time_zone"] != rota.time_zone:
            specs.check_zone(given["time_zone"])
        layers: Sequence[Spec] | None = given.pop("layers", None)
        if layers is not None:
            specs.check(layers)
        try:
            with transaction.atomic():
                changes = put(rota, given, texts=TEXTS, by=by, at=at)
        except IntegrityError as taken:
            raise Invalid({"is_active": [_taken(rota.kind)]}) from taken
        if layers is not None or "time_zone" in changes:
            kept = [specs.of_row(row) for row in newest_layers(rota)]
            changes |= _set_layers(rota, layers or kept, at)
        if changes:
            record("rota.change", subject=rota, by=by, at=at, changes=changes)
    return rota


def _check_note(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        words = {"most": LONGEST_NOTE}
        raise Invalid(
            {"note": [_("At most %(most)s characters are possible.") % words]}
        )


def _check_whose(team: Team | None, kind: str) -> None:
    if kind not in Rota.Kind.values:
        raise Invalid({"kind": [_("There is no such choice.")]})
    if kind == Rota.Kind.TEAM and (team is None or not team.is_active):
        raise Invalid({"team": [_("Say for which team, one that is in use.")]})
    if kind == Rota.Kind.DUTY_MANAGER and team is not None:
        raise Invalid({"team": [_("The duty manager is the house's, of no team.")]})


def _save_alone(rota: Rota) -> None:
    try:
        with transaction.atomic():
            rota.save()
    except IntegrityError as taken:
        field = "team" if rota.team_id else "kind"
        raise Invalid({field: [_taken(rota.kind)]}) from taken


def _taken(kind: str) -> str:
    if kind == Rota.Kind.DUTY_MANAGER:
        return _("There is a rota of duty managers already; change that one.")
    return _("This team has a rota already; give that one another layer.")


def newest_layers(rota: Rota) -> list[RotaLayer]:
    """The layers that count, or will: the newest of each position; one query."""
    rows = RotaLayer.objects.filter(rota=rota, ends=None)
    return list(rows.order_by("position"))


def _set_layers(rota: Rota, layers: Sequence[Spec], at: datetime) -> Changes:
    """Put these layers in force, as far as they are new; answers what changed."""
    before = newest_layers(rota)
    old = [(row.time_zone, specs.of_row(row)) for row in before]
    if old == [(rota.time_zone, spec) for spec in layers]:
        return {}
    rows = RotaLayer.objects.select_for_update().filter(rota=rota)
    _drop(rows.filter(begins__gt=at))  # never was in force
    current = {
        row.position: row
        for row in rows.filter(begins__lte=at).order_by("position", "begins")
        if row.ends is None or row.ends > at
    }
    for position, spec in enumerate(layers, start=1):
        _put_layer(rota, position, spec, current.pop(position, None), at)
    for row in current.values():
        _end(row, at)
    return {"layers": (_told([spec for _zone, spec in old]), _told(layers))}


def _told(layers: Sequence[Spec]) -> dict[str, Any] | None:
    """What the log keeps of layers, by position."""
    told = {str(n): specs.plain(spec) for n, spec in enumerate(layers, start=1)}
    return told or None


def _put_layer(
    rota: Rota, position: int, spec: Spec, old: RotaLayer | None, at: datetime
) -> None:
    if old and (old.time_zone, specs.of_row(old)) == (rota.time_zone, spec):
        _end(old, None)
        return
    begins = max(at, specs.first_hand_over(spec, rota.time_zone))
    if old is not None:
        _end(old, begins)
    RotaLayer.objects.create(
        rota=rota,
        position=position,
        time_zone=rota.time_zone,
        people=list(spec.people),
        every=spec.every,
        unit=spec.unit,
        starts=spec.starts,
        hand_over=spec.hand_over,
        hours=[list(one) for one in spec.hours],
        begins=begins,
    )


def _end(row: RotaLayer, ends: datetime | None) -> None:
    """Let a layer end; one that would end as it begins never was."""
    if ends is not None and ends <= row.begins:
        _drop(RotaLayer.objects.filter(pk=row.pk))
    elif row.ends != ends:
        row.ends = ends
        row.save(update_fields=["ends"])


def _drop(rows: Iterable[RotaLayer]) -> None:
    """Take layers away that never counted, and the swaps that named their turns."""
    for row in rows:
        row.delete()


# Overrides --------------------------------------------------------------------


def override(
    *,
    rota: Rota,
    by: User,
    at: datetime,
    user: User,
    starts_at: datetime,
    ends_at: datetime,
    position: int = 1,
) -> RotaOverride:
    """Put somebody on duty instead, from a time until another.

    Raises Forbidden, Invalid.
    """
    with act():
        rota = Rota.objects.select_for_update().get(pk=rota.pk)
        require(by, "rota.change", relations(rota, by))
        errors: dict[str, list[str]] = {}
        if ends_at <= starts_at:
            errors["ends_at"] = [_("It ends before it starts.")]
        elif ends_at <= at:
            errors["ends_at"] = [_("That is over already.")]
        if not (user.is_active and user.is_staff):
            words = {"n": user.name}
            errors["user"] = [_("%(n)s has no role that works here.") % words]
        if position not in {row.position for row in newest_layers(rota)}:
            errors["position"] = [_("This rota has no such layer.")]
        if errors:
            raise Invalid(errors)
        row = RotaOverride.objects.create(
            rota=rota,
            position=position,
            user=user,
            starts_at=starts_at,
            ends_at=ends_at,
            made_by=by,
            made_at=at,
        )
        changes = override_told(row)
        record("rota.override", subject=rota, by=by, at=at, changes=changes)
    return row


def remove_override(*, override: RotaOverride, by: User, at: datetime) -> None:
    """Take an override back; end one that has begun. Raises Forbidden, Invalid."""
    with act():
        rota = Rota.objects.select_for_update().get(pk=override.rota_id)
        require(by, "rota.change", relations(rota, by))
        row = RotaOverride.objects.select_for_update().filter(pk=override.pk).first()
        if row is None:
            return
        if row.ends_at <= at:
            raise Invalid({"override": [_("That is over already.")]})
        changes = {name: (old, None) for name, (_n, old) in override_told(row).items()}
        if row.starts_at < at:  # what was stays as it was
            row.ends_at = at
            row.save(update_fields=["ends_at"])
        else:
            row.delete()
        record("rota.override_end", subject=rota, by=by, at=at, changes=changes)


def override_told(row: RotaOverride) -> Changes:
    """What the log keeps of an override."""
    return {
        "member": (None, row.user_id),
        "position": (None, row.position),
        "starts_at": (None, row.starts_at.isoformat()),
        "ends_at": (None, row.ends_at.isoformat()),
    }
