"""Somebody is on the phone: finding the caller, their open tickets, and logging it."""

import pytest

from core.models import Event
from itsm.tickets import actions, kinds
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import AT
from tests.factories import an_incident, later, rows
from tests.itsm.checks import cost

HTMX = {"HX-Request": "true"}
TYPED = {"title": "Locked out", "description": "Since this morning", "affected": "3"}


def test_words_for_a_caller_have_to_mean_one_person(desk, cast):
    answer = desk.post("/new/incident/", {**TYPED, "q": "car"})
    assert answer.status_code == 422
    assert "Choose who it is" in answer.text
    assert 'value="carol@demo.example"' in answer.text
    assert "Since this morning" in answer.text
    answer = desk.post("/new/incident/", {**TYPED, "q": "nobody at all"})
    assert (answer.status_code, "Nobody fits" in answer.text) == (422, True)
    assert not Ticket.objects.exists()


def test_a_whole_e_mail_needs_no_choosing(desk, cast):
    desk.post("/new/incident/", {**TYPED, "q": "Carol@Demo.example"})
    assert Ticket.objects.get().requester == cast.carol


def test_without_javascript_find_and_pick_keep_what_was_typed(desk, cast):
    found = desk.post("/new/incident/", {**TYPED, "q": "car", "find": "1"})
    assert (found.status_code, "Carol" in found.text) == (200, True)
    sent = {**TYPED, "q": "car", "pick": "carol@demo.example"}
    picked = desk.post("/new/incident/", sent)
    assert 'name="requester" value="carol@demo.example"' in picked.text
    assert "Since this morning" in picked.text
    assert not Ticket.objects.exists()


def test_a_repeated_call_leads_to_its_open_ticket_and_is_noted(desk, cast):
    ticket = an_incident(cast, title="VPN drops")
    answer = desk.post("/new/incident/", {"pick": "carol@demo.example"})
    assert f'name="again" value="{ticket.number}"' in answer.text
    looked = desk.get("/new/", {"again": ticket.number})  # from the page of people
    assert looked.url == f"/incidents/{ticket.number}/"
    assert not Event.objects.filter(kind=kinds.CALLED).exists()
    called = desk.post("/new/incident/", {**TYPED, "again": ticket.number})
    assert called.url == f"/incidents/{ticket.number}/"
    assert Event.objects.get(kind=kinds.CALLED).subject_id == ticket.pk
    assert "They called again" in desk.get(called.url).text
    assert Ticket.objects.count() == 1


def test_a_call_is_logged_and_solved_in_one_act(desk, cast):
    solved = {**TYPED, "requester": "carol@demo.example", "solved": "1"}
    missing = desk.post("/new/incident/", solved)
    assert missing.status_code == 422
    assert "Say what solved it." in missing.text
    assert not Ticket.objects.exists()
    given = {"resolution": "Unlocked", "resolution_code": "guided"}
    desk.post("/new/incident/", {**solved, **given})
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.owner) == ("resolved", cast.alice)
    assert (ticket.resolution, ticket.resolution_code) == ("Unlocked", "guided")


def test_nobodys_restricted_ticket_is_reached_by_a_call(desk, cast):
    ticket = an_incident(cast, title="Secret")
    actions.restrict(ticket=ticket, by=cast.grace, at=later(1))
    answer = desk.post("/new/incident/", {"again": ticket.number})
    assert answer.status_code == 404


def test_three_characters_of_a_name_an_e_mail_or_a_phone_find_a_person(desk, cast):
    User.objects.filter(pk=cast.carol.pk).update(phone="+49 40 555 107")
    for words in ("car", "ROL", "carol@d", "555107", "040 555 107", "(40) 555"):
        answer = desk.get("/people/find/", {"q": words}, headers=HTMX)
        assert 'value="carol@demo.example"' in answer.text, words
        assert "Mallory" not in answer.text


def test_fewer_characters_find_nobody(desk, cast):
    assert "<li>" not in desk.get("/people/find/", {"q": "ca"}, headers=HTMX).text


@pytest.mark.parametrize(
    "words", ["100%", "_" * 3, "' OR 1=1 --", "\x00\x00\x00", "%%%"]
)
def test_strange_words_find_nobody_and_break_nothing(desk, cast, words):
    answer = desk.get("/people/find/", {"q": words}, headers=HTMX)
    assert (answer.status_code, 'name="pick"' in answer.text) == (200, False)


def test_people_who_left_are_not_found(desk, cast):
    User.objects.filter(pk=cast.carol.pk).update(is_active=False)
    answer = desk.get("/people/find/", {"q": "carol"}, headers=HTMX)
    assert 'name="pick"' not in answer.text


def test_only_those_who_work_here_find_people(client, carol):
    client.force_login(carol)
    assert client.get("/people/find/", {"q": "mal"}).status_code == 403


def test_a_restricted_ticket_is_not_told_at_the_desk(desk, cast):
    an_incident(cast, title="About my salary", service=cast.services["hr-portal"])
    answer = desk.get("/people/find/", {"q": "carol"}, headers=HTMX)
    assert "salary" not in answer.text
    assert "Nothing open" in answer.text


def test_the_newest_three_are_shown_and_all_are_counted(desk, cast):
    made = rows(cast, 5)
    answer = desk.get("/people/find/", {"q": "carol"}, headers=HTMX)
    assert [t.number in answer.text for t in made] == [False, False, True, True, True]
    assert "5 open in all." in answer.text


def test_finding_costs_the_same_however_many_there_are(desk, cast):
    def ask():
        return desk.get("/people/find/", {"q": "demo"}, headers=HTMX)

    few = cost(ask)
    rows(cast, 30)
    User.objects.bulk_create(
        User(email=f"p{n}@demo.example", name=f"Person {n}", roles=["requester"],
             created_at=AT)
        for n in range(40)
    )  # fmt: skip
    assert cost(ask) == few <= 6


def test_the_page_that_finds_people_leads_to_the_form(desk, cast):
    page = desk.get("/people/find/", {"q": "carol"})
    assert '<form action="/new/">' in page.text
    answer = desk.get("/new/", {"pick": "carol@demo.example"})
    assert 'name="requester" value="carol@demo.example"' in answer.text
