"""Who hears that an agreement's step is reached."""

import pytest

from itsm.sla import sweep
from notify.models import Route
from tests.factories import an_incident, later, taken
from tests.itsm.sla.agreeing import an_agreement
from tests.notify.conftest import forget, heard, mailed, read_log

pytestmark = pytest.mark.django_db
TARGETS = {f"P{n}": {"resolution": "PT2H"} for n in range(1, 6)}


def reached(ticket_of, *who, channel="mail"):
    """A step that names these is reached on a ticket."""
    step = {"when": {"share": 50}, "who": list(who), "channel": channel}
    an_agreement(targets=TARGETS, warnings=[], escalations=[step])
    ticket = ticket_of()
    read_log()
    forget()
    sweep.sweep(at=later(61))
    read_log(later(62))
    return ticket


def test_whom_it_names_hears_of_it_however_their_address_was_typed(cast):
    reached(lambda: taken(cast), "user:Erin@Demo.example")
    assert cast.erin.email == "erin@demo.example"
    assert heard(cast.erin) == mailed(cast.erin) == ["promise.escalate.mail"]
    assert heard(cast.bob) == []


def test_where_nobody_has_the_part_it_names_dispatch_hears_of_it(cast):
    reached(lambda: an_incident(cast), "owner")
    assert heard(cast.alice) == mailed(cast.alice) == ["promise.escalate.mail"]
    assert heard(cast.bob) == []


def test_a_room_hears_the_steps_for_a_chat_alone(cast):
    rules = ["promise.escalate.chat"]
    room = Route.objects.create(name="Desk", kind="slack", url="x", rules=rules)
    reached(lambda: taken(cast), "owner", channel="mail")
    assert not room.messages.exists()
