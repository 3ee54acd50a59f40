"""A swap of turns is told to whoever it concerns, never to who did it."""

import pytest

from notify import letters
from notify.models import Message
from people.rotas import swap_actions
from tests.notify.conftest import bells, forget, heard, mailed, read_log
from tests.people.rotas.rotas import a_rota, a_spec
from tests.people.rotas.test_swaps import NOW, propose

pytestmark = pytest.mark.django_db
__all__ = ["bells"]


@pytest.fixture
def rota(cast):
    return a_rota(cast, a_spec(cast.alice, cast.bob, cast.erin))


def test_who_is_asked_hears_of_it_and_who_asked_hears_the_answer(cast, rota):
    swap = propose(rota, cast.bob)
    read_log()
    assert heard(cast.erin) == mailed(cast.erin) == ["rota.swap_asked"]
    assert heard(cast.bob) == heard(cast.alice) == []
    message = Message.objects.get()
    letter = letters.write([message])[message.pk]
    assert letter.title == f"A swap of turns in {rota.name}"
    assert (
        "Bob wants to swap a turn of theirs with one of yours" in letter.parts[0].body
    )
    assert f"/settings/rotas/{rota.slug}/" in letter.parts[0].body
    forget()
    swap_actions.decline_swap(swap=swap, by=cast.erin, at=NOW)
    read_log()
    assert heard(cast.bob) == mailed(cast.bob) == ["rota.swap_answered"]
    assert heard(cast.erin) == []


def test_both_hear_of_what_a_lead_does(cast, rota):
    swap = propose(rota, cast.alice)
    swap_actions.undo_swap(swap=swap, by=cast.alice, at=NOW)
    read_log()
    assert heard(cast.bob) == heard(cast.erin) == ["rota.swap_answered"] * 2
    assert heard(cast.alice) == []
