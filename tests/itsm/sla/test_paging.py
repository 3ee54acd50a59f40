"""Three in the morning: who is woken, who is next, and who may go back to sleep."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Refused, WrongState
from core.models import Event
from itsm.sla import paging, sweep
from itsm.sla.models import Page
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from notify import retrying
from notify.models import Message, Reach, Route
from tests.factories import an_incident, as_, resolved
from tests.itsm.checks import fresh
from tests.itsm.sla.agreeing import an_agreement
from tests.notify.conftest import heard, read_log
from tests.people.rotas.rotas import a_rota, a_spec

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def duty(cast):
    """Bob first, Erin second, every week."""
    cast.services["vpn"].support_teams.set([cast.teams["desk"]])
    rota = a_rota(cast, a_spec(cast.bob), a_spec(cast.erin))
    for person, phone in ((cast.bob, "+49 1"), (cast.erin, "+49 2")):
        Reach.objects.update_or_create(user=person, defaults={"page_phone": phone})
    return rota


def urgent(cast, **fields):
    fields = {"at": NIGHT, "service": cast.services["vpn"], **fields}
    return an_incident(cast, impact="high", urgency="high", **fields)


def paged(ticket):
    rows = Event.objects.filter(subject_id=ticket.pk, kind="ticket.page").order_by("id")
    return [e.changes["paged"][1] for e in rows]


def test_the_first_is_silent_the_second_answers_and_the_ticket_says_so(
    cast, duty, client
):
    ticket = urgent(cast)
    assert paged(ticket) == [cast.bob.pk]
    assert paging.sweep(at=NIGHT + 4 * MINUTE) == 0
    assert paging.sweep(at=NIGHT + 5 * MINUTE) == 1
    assert paged(ticket) == [cast.bob.pk, cast.erin.pk]
    page = Page.objects.get()
    address = f"/pages/{paging.token(page.pk, cast.erin.pk)}/"
    for _ in range(2):  # a scanner opens the link: that counts for nothing
        assert "VPN drops" in client.get(address).content.decode()
    assert Page.objects.get().ended_at is None
    answer = client.post(address)
    assert answer.status_code == 200
    page.refresh_from_db()
    assert (page.acknowledged_by, page.next_at) == (cast.erin, None)
    assert paging.sweep(at=NIGHT + 60 * MINUTE) == 0
    text = as_(cast.alice).get(f"/incidents/{ticket.number}/").content.decode()
    assert f"{cast.erin.name} is on it" in text
    read_log(NIGHT + 61 * MINUTE)
    assert "page.answered" in heard(cast.bob)


def test_paging_ignores_quiet_hours_and_goes_out_at_once(cast, duty):
    Reach.objects.filter(user=cast.bob).update(quiet_from="22:00", quiet_until="07:00")
    urgent(cast)
    read_log(NIGHT)
    message = Message.objects.get(user=cast.bob, channel="page")
    assert message.due_at <= NIGHT
    assert "page.woken" in heard(cast.bob)
    assert heard(cast.erin) == []


def test_while_a_gateway_is_paused_a_page_goes_another_way(cast, duty):
    given = {"name": "Gate", "kind": "sms", "url": "x"}
    gate = Route.objects.create(**given, paused_at=NIGHT)
    urgent(cast)
    read_log(NIGHT)
    retrying.settle(at=NIGHT)
    message = Message.objects.get(user=cast.bob, state="waiting")
    assert (message.channel, message.route) == ("mail", None)
    assert not gate.messages.exists()


def test_nobody_answering_is_told_to_those_who_dispatch(cast, duty):
    ticket = urgent(cast)
    at = NIGHT
    for _ in range(12):
        at += 5 * MINUTE
        paging.sweep(at=at)
    woken = paged(ticket)
    assert woken[-1] is None
    assert woken.count(cast.bob.pk) == woken.count(cast.erin.pk) == paging.ROUNDS
    assert Page.objects.get().ended_at is not None
    read_log(at)
    assert "page.nobody" in heard(cast.alice)


def test_taking_it_is_an_answer_and_ending_it_ends_it(cast, duty):
    one, other = urgent(cast), urgent(cast)
    actions.take(ticket=one, by=cast.alice, at=NIGHT + MINUTE)
    assert Page.objects.get(ticket=one).acknowledged_by == cast.alice
    actions.cancel(ticket=other, by=cast.alice, at=NIGHT + MINUTE, comment="A drill.")
    assert Page.objects.get(ticket=other).acknowledged_by is None
    assert paging.sweep(at=NIGHT + 60 * MINUTE) == 0


def test_who_comes_second_is_told_who_is_on_it(cast, duty):
    ticket = urgent(cast)
    paging.acknowledge(ticket=ticket, by=cast.erin, at=NIGHT + MINUTE)
    paging.acknowledge(ticket=ticket, by=cast.erin, at=NIGHT + 2 * MINUTE)
    with pytest.raises(Refused, match=cast.erin.name):
        paging.acknowledge(ticket=ticket, by=cast.bob, at=NIGHT + 3 * MINUTE)
    assert Event.objects.filter(kind="ticket.acknowledge").count() == 1


def test_only_what_is_urgent_and_watched_over_wakes_anybody(cast, duty):
    an_incident(cast, at=NIGHT, service=cast.services["vpn"])
    an_incident(cast, at=NIGHT, impact="high", urgency="high")  # no team, no manager
    urgent(cast, by=cast.bob, owner=cast.bob)
    assert not Page.objects.exists()


def test_triage_to_p1_wakes_too(cast, duty):
    ticket = an_incident(cast, at=NIGHT, service=cast.services["vpn"])
    actions.triage(
        ticket=ticket, by=cast.alice, at=NIGHT + MINUTE, impact="high", urgency="high"
    )
    assert fresh(ticket).priority == 1
    assert paged(ticket) == [cast.bob.pk]


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "1:2"])
def test_a_forged_or_broken_link_answers_nothing(cast, client, token):
    assert client.get(f"/pages/{token or 'none'}/").status_code == 404


def test_a_link_is_for_whoever_was_woken(cast, duty, client):
    urgent(cast)
    token = paging.token(Page.objects.get().pk, cast.mallory.pk)
    assert client.post(f"/pages/{token}/").status_code == 404
    assert Page.objects.get().ended_at is None


def test_a_link_says_nothing_to_whom_the_ticket_is_hidden_by_now(cast, duty, client):
    ticket = urgent(cast)
    address = f"/pages/{paging.token(Page.objects.get().pk, cast.bob.pk)}/"
    assert client.get(address).status_code == 200
    Ticket.objects.filter(pk=ticket.pk).update(restricted=True)
    cast.bob.memberships.all().delete()
    answer = client.get(address)
    assert answer.status_code == 404
    assert "VPN drops" not in answer.content.decode()


def test_nobody_is_woken_for_what_is_over(cast, duty):
    ticket = resolved(cast)
    with pytest.raises(WrongState):
        paging.page(ticket=ticket, by=cast.alice, at=NIGHT)
    assert not Page.objects.exists()


def test_over_rest_somebody_is_woken_and_answers(cast, duty):
    ticket = an_incident(cast, at=NIGHT, service=cast.services["vpn"])
    browser = as_(cast.alice)
    where = f"/api/v1/tickets/{ticket.number}"
    assert browser.post(f"{where}/page/", content_type="application/json").status_code
    assert Page.objects.filter(ended_at=None).count() == 1
    answer = browser.post(f"{where}/acknowledge/", content_type="application/json")
    assert answer.status_code == 200
    assert Page.objects.get().acknowledged_by == cast.alice


def test_a_step_of_an_agreement_wakes_whom_it_names_first(cast, duty):
    an_agreement(
        targets={"P4": {"response": "PT1H"}},
        escalations=[
            {
                "when": {"share": 50},
                "promise": "response",
                "who": ["user:dana@demo.example"],
                "channel": "page",
            }
        ],
    )
    ticket = an_incident(cast, at=NIGHT, service=cast.services["vpn"])
    sweep.sweep(at=NIGHT + 31 * MINUTE)
    assert paged(ticket) == [cast.dana.pk]
    paging.sweep(at=NIGHT + 36 * MINUTE)
    assert paged(ticket) == [cast.dana.pk, cast.bob.pk]
