"""Swapping turns: one proposes, the other agrees; whoever leads does it at once."""

from contextlib import suppress
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import Invalid, Refused
from core.log import act, record
from people.changes import Changes
from people.models import Rota, RotaSwap, User
from people.policy import Scope, require
from people.rotas import plan, reading
from people.rotas.actions import may_change, relations

State = RotaSwap.State
MOST_TURNS = 1_000_000


def propose_swap(
    *, rota: Rota, by: User, at: datetime, one: plan.Turn, other: plan.Turn
) -> RotaSwap:
    """Ask for an exchange of two turns; by whoever changes the rota it is done at once.

    `one` and `other` are (layer id, number of the turn). Raises Forbidden, Invalid.
    """
    with act():
        rota = Rota.objects.select_for_update().get(pk=rota.pk)
        rules = _rules(rota, at)
        one_user, other_user = (_holder(rules, turn, at) for turn in (one, other))
        leads = may_change(rota, by)
        named = frozenset({Scope.NAMED} if by.pk in {one_user, other_user} else ())
        if not leads:
            why = _("One of the two turns has to be yours.")
            require(by, "rota.swap", named, why=why)
        if one_user == other_user:
            raise Invalid({"other": [_("Both turns are of the same person.")]})
        _require_access(one_user, other_user)
        if by.pk == other_user:  # who asks stands first
            one, other, one_user, other_user = other, one, other_user, one_user
        row = RotaSwap.objects.create(
            rota=rota,
            one_layer_id=one[0],
            one_turn=one[1],
            one_user_id=one_user,
            other_layer_id=other[0],
            other_turn=other[1],
            other_user_id=other_user,
            state=State.AGREED if leads else State.PROPOSED,
            proposed_by=by,
            proposed_at=at,
            agreed_at=at if leads else None,
        )
        kind = "rota.swap" if leads else "rota.swap_propose"
        record(kind, subject=rota, by=by, at=at, changes=_told(row))
    return row


def accept_swap(*, swap: RotaSwap, by: User, at: datetime) -> RotaSwap:
    """Agree to what was proposed to oneself. Raises Forbidden, Invalid, Refused."""
    with act():
        row = _locked(swap)
        _require_party(row, by, {row.other_user_id})
        _require_open(row, State.PROPOSED)
        rules = _rules(row.rota, at)
        holders = [_holder(rules, turn, at) for turn in turns(row)]
        if holders != [row.one_user_id, row.other_user_id]:
            raise Refused(_("The turns have changed hands since; propose it anew."))
        _require_access(*holders)
        row.state, row.agreed_at = State.AGREED, at
        row.save(update_fields=["state", "agreed_at"])
        record("rota.swap", subject=row.rota, by=by, at=at, changes=_told(row))
    return row


def decline_swap(*, swap: RotaSwap, by: User, at: datetime) -> RotaSwap:
    """Say no to what was proposed to oneself. Raises Forbidden, Refused."""
    return _close(swap, by, at, State.DECLINED, "rota.swap_decline")


def withdraw_swap(*, swap: RotaSwap, by: User, at: datetime) -> RotaSwap:
    """Take one's own proposal back. Raises Forbidden, Refused."""
    return _close(swap, by, at, State.WITHDRAWN, "rota.swap_withdraw")


def undo_swap(*, swap: RotaSwap, by: User, at: datetime) -> RotaSwap:
    """Give both turns back: for whoever changes the rota. The two themselves swap
    back as they swapped. Raises Forbidden, Invalid, Refused."""
    with act():
        row = _locked(swap)
        why = _("Whoever leads the team undoes a swap.")
        require(by, "rota.change", relations(row.rota, by), why=why)
        _require_open(row, State.AGREED)
        rules = _rules(row.rota, at)
        for turn in turns(row):
            _holder(rules, turn, at)
        after = Q(agreed_at__gt=row.agreed_at)
        after |= Q(agreed_at=row.agreed_at, pk__gt=row.pk)
        later = RotaSwap.objects.filter(after, rota=row.rota, state=State.AGREED)
        if any(set(turns(row)) & set(turns(one)) for one in later):
            raise Refused(_("One of the turns was swapped again; undo that first."))
        row.state = State.UNDONE
        row.save(update_fields=["state"])
        record("rota.swap_undo", subject=row.rota, by=by, at=at, changes=_told(row))
    return row


def turns(row: RotaSwap) -> tuple[plan.Turn, plan.Turn]:
    """The two turns."""
    return (row.one_layer_id, row.one_turn), (row.other_layer_id, row.other_turn)


def _close(
    swap: RotaSwap, by: User, at: datetime, state: RotaSwap.State, kind: str
) -> RotaSwap:
    with act():
        row = _locked(swap)
        mine = row.other_user_id if state == State.DECLINED else row.one_user_id
        _require_party(row, by, {mine})
        _require_open(row, State.PROPOSED)
        row.state = state
        row.save(update_fields=["state"])
        record(kind, subject=row.rota, by=by, at=at, changes=_told(row))
    return row


def _locked(swap: RotaSwap) -> RotaSwap:
    """The swap, after its rota: always in this order."""
    rota = Rota.objects.select_for_update().get(pk=swap.rota_id)
    row = RotaSwap.objects.select_for_update(of=("self",)).filter(pk=swap.pk).first()
    if row is None:
        raise Refused(_("The layers were changed since, and its turns are gone."))
    row.rota = rota
    return row


def _rules(rota: Rota, at: datetime) -> plan.Rota:
    rotas = Rota.objects.filter(pk=rota.pk)
    return next(rules for _rota, rules in reading.plans(rotas, at, at + reading.MOMENT))


def _holder(rules: plan.Rota, turn: plan.Turn, at: datetime) -> int:
    """Who has a turn that is not over. Raises Invalid."""
    layer = next((one for one in rules.layers if one.id == turn[0]), None)
    start = end = at
    if layer is not None and 0 <= turn[1] < MOST_TURNS:
        with suppress(OverflowError):  # thousands of years ahead
            begins, over = (layer.turn_begins(turn[1] + n) for n in (0, 1))
            start, end = layer.part(begins, over)
    if start >= end:
        raise Invalid({"turn": [_("There is no such turn.")]})
    if end <= at:
        raise Invalid({"turn": [_("That turn is over already.")]})
    return rules.holder(turn)


def _require_access(*ids: int) -> None:
    gone = User.objects.filter(pk__in=ids, is_active=False).first()
    if gone is not None:
        words = {"n": gone.name}
        raise Invalid({"other": [_("%(n)s has no access any more.") % words]})


def _require_party(row: RotaSwap, by: User, who: set[int]) -> None:
    named = frozenset({Scope.NAMED} if by.pk in who else ())
    require(by, "rota.swap", named, why=_("Whoever was asked answers this."))


def _require_open(row: RotaSwap, state: RotaSwap.State) -> None:
    if row.state != state:
        words = {"state": row.get_state_display().lower()}
        raise Refused(_("This swap is %(state)s already.") % words)


def _told(row: RotaSwap) -> Changes:
    """What the log keeps: both people, both turns."""
    return {
        "swap": (None, [row.one_user_id, row.other_user_id]),
        "turns": (None, [list(turn) for turn in turns(row)]),
        "state": (None, str(row.state)),
    }
