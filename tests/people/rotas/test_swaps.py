"""Swapping turns: both agree, or whoever leads says so; one thing, undone as one."""

import pytest

from core.errors import Forbidden, Invalid, Refused
from core.models import Event
from people.models import RotaLayer
from people.rotas import actions, reading, swap_actions
from tests.people.rotas.rotas import a_rota, a_spec, utc

pytestmark = pytest.mark.django_db
NOW = utc("2026-01-05T12:00")
WEEKS = [utc(f"2026-01-{day:02}T12:00") for day in (5, 12, 19)]


@pytest.fixture
def rota(cast):
    return a_rota(cast, a_spec(cast.alice, cast.bob, cast.erin))


def week(cast, *names):
    people = [getattr(cast, name).pk for name in names]
    return [reading.on_duty(cast.teams["desk"].pk, at)[0] for at in WEEKS] == people


def propose(rota, by, one=1, other=2, at=NOW):
    layer = RotaLayer.objects.filter(rota=rota).earliest("begins").pk
    return swap_actions.propose_swap(
        rota=rota, by=by, at=at, one=(layer, one), other=(layer, other)
    )


def test_a_swap_counts_once_the_other_agrees(cast, rota):
    swap = propose(rota, cast.bob)
    assert (swap.state, swap.one_user, swap.other_user) == (
        *("proposed", cast.bob, cast.erin),
    )
    assert week(cast, "alice", "bob", "erin")
    swap_actions.accept_swap(swap=swap, by=cast.erin, at=NOW)
    assert week(cast, "alice", "erin", "bob")


def test_whoever_asks_stands_first(cast, rota):
    swap = propose(rota, cast.erin, one=1, other=2)
    assert (swap.one_user, swap.one_turn) == (cast.erin, 2)
    with pytest.raises(Forbidden):
        swap_actions.accept_swap(swap=swap, by=cast.erin, at=NOW)
    swap_actions.accept_swap(swap=swap, by=cast.bob, at=NOW)
    assert week(cast, "alice", "erin", "bob")


def test_whoever_leads_swaps_at_once_and_undoes_it_as_one_thing(cast, rota):
    swap = propose(rota, cast.alice)
    assert swap.state == "agreed"
    assert week(cast, "alice", "erin", "bob")
    with pytest.raises(Forbidden):
        swap_actions.undo_swap(swap=swap, by=cast.bob, at=NOW)
    swap_actions.undo_swap(swap=swap, by=cast.alice, at=NOW)
    assert week(cast, "alice", "bob", "erin")
    kinds = Event.objects.filter(kind__startswith="rota.swap").order_by("pk")
    assert [e.kind for e in kinds] == ["rota.swap", "rota.swap_undo"]


def test_nobody_gives_away_the_turns_of_others(cast, rota):
    with pytest.raises(Forbidden, match="has to be yours"):
        propose(rota, cast.dana)
    with pytest.raises(Forbidden):
        propose(rota, cast.carol)
    swap = propose(rota, cast.bob)
    for verb in (swap_actions.accept_swap, swap_actions.decline_swap):
        with pytest.raises(Forbidden):
            verb(swap=swap, by=cast.alice, at=NOW)


def test_a_proposal_is_declined_or_taken_back_once(cast, rota):
    swap = propose(rota, cast.bob)
    with pytest.raises(Forbidden):
        swap_actions.withdraw_swap(swap=swap, by=cast.erin, at=NOW)
    swap_actions.decline_swap(swap=swap, by=cast.erin, at=NOW)
    with pytest.raises(Refused, match="declined already"):
        swap_actions.accept_swap(swap=swap, by=cast.erin, at=NOW)
    again = propose(rota, cast.bob)
    swap_actions.withdraw_swap(swap=again, by=cast.bob, at=NOW)
    assert week(cast, "alice", "bob", "erin")


def test_a_turn_that_is_over_or_never_comes_is_not_swapped(cast, rota):
    with pytest.raises(Invalid, match="over already"):
        propose(rota, cast.alice, one=0, other=2, at=WEEKS[1])
    with pytest.raises(Invalid, match="no such turn"):
        propose(rota, cast.alice, one=-1)
    with pytest.raises(Invalid, match="same person"):
        propose(rota, cast.bob, one=1, other=4)
    swap = propose(rota, cast.bob)
    with pytest.raises(Invalid, match="over already"):
        swap_actions.accept_swap(swap=swap, by=cast.erin, at=WEEKS[2])


def test_an_offer_lapses_where_the_turns_have_changed_hands(cast, rota):
    swap = propose(rota, cast.bob)
    propose(rota, cast.alice, one=0, other=2)  # Erin's week is Alice's now
    with pytest.raises(Refused, match="changed hands"):
        swap_actions.accept_swap(swap=swap, by=cast.erin, at=NOW)


def test_a_swap_that_another_stands_on_is_undone_after_it(cast, rota):
    first = propose(rota, cast.alice, one=0, other=1)
    second = propose(rota, cast.alice, one=1, other=2)
    assert week(cast, "bob", "erin", "alice")
    with pytest.raises(Refused, match="undo that first"):
        swap_actions.undo_swap(swap=first, by=cast.alice, at=NOW)
    for swap in (second, first):
        swap_actions.undo_swap(swap=swap, by=cast.alice, at=NOW)
    assert week(cast, "alice", "bob", "erin")


def test_a_swap_stays_true_after_the_layers_changed(cast, rota):
    propose(rota, cast.alice, one=0, other=1)
    later = a_spec(cast.erin, starts=utc("2026-01-12T00:00").date())
    actions.change_rota(rota=rota, by=cast.alice, at=NOW, layers=(later,))
    assert week(cast, "bob", "erin", "erin")
    with pytest.raises(Invalid, match="no such turn"):
        propose(rota, cast.alice, one=1, other=2)
