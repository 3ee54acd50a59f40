"""`/new/`: one form, nothing typed is lost, and the same ticket as over REST."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm.requests.models import Task
from itsm.tickets.models import Attachment, Ticket
from tests.factories import (
    OWN_FIELDS,
    PNG,
    a_kind,
    a_token,
    rows,
    with_own_fields,
)
from tests.itsm.checks import cost

HTMX = {"HX-Request": "true"}
TYPED = {"title": "Locked out", "description": "Since this morning", "affected": "3"}


def the_ticket() -> Ticket:
    return Ticket.objects.get()


def test_a_title_is_enough(desk, cast):
    answer = desk.post("/new/", {"type": "incident", "title": "Locked out"})
    ticket = the_ticket()
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/incidents/{ticket.number}/",
    )
    assert (ticket.requester, ticket.type) == (cast.alice, "incident")
    assert (ticket.channel, ticket.priority) == ("agent", 4)


def test_everything_on_the_form_reaches_the_ticket(desk, cast):
    sent = {
        **TYPED,
        "requester": "carol@demo.example",
        "service": "vpn",
        "category": "access",
        "impact": "medium",
        "urgency": "high",
        "channel": "phone",
        "team": "network",
    }
    desk.post("/new/incident/", sent)
    ticket = the_ticket()
    assert (ticket.requester, ticket.organisation.slug) == (cast.carol, "acme")
    assert (ticket.service.slug, ticket.category.slug) == ("vpn", "access")
    assert (ticket.team.slug, ticket.channel) == ("network", "phone")
    assert (ticket.affected, ticket.priority) == (3, 2)
    assert ticket.description == "Since this morning"


def test_the_page_and_rest_open_the_same_ticket(desk, cast, client):
    sent = {
        "title": "Locked out",
        "service": "vpn",
        "impact": "high",
        "channel": "phone",
    }
    desk.post("/new/", {"type": "incident", **sent})
    token = a_token(cast.alice)
    answer = Client().post(
        "/api/v1/incidents/",
        sent,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 201
    same = ("title", "service_id", "impact", "priority", "channel", "state", "size",
            "requester_id", "organisation_id", "process_version_id")  # fmt: skip
    first, second = Ticket.objects.order_by("pk").values(*same)
    assert first == second


def test_a_change_brings_its_plan_and_window_in_the_readers_time(desk, cast, settings):
    a_kind(cast, "standard", name="Firmware")
    sent = {
        "title": "New firmware",
        "kind": "firmware",
        "plan": "Flash it",
        "test": "Ping",
        "way_back": "Flash the old one, 5 minutes",
        "window.start": "2026-03-07T20:00",
        "window.end": "2026-03-07T21:30",
    }
    assert desk.post("/new/change/", sent).status_code == 302
    change = the_ticket().change
    assert (change.model, change.plan, change.test) == ("standard", "Flash it", "Ping")
    assert change.way_back == "Flash the old one, 5 minutes"
    start, end = change.window
    assert (start.isoformat(), (end - start).seconds) == (
        "2026-03-07T20:00:00+00:00",
        5400,
    )


def test_a_window_that_ends_before_it_starts_is_told_at_its_place(desk, cast):
    sent = {
        "title": "New firmware",
        "window.start": "2026-03-07T20:00",
        "window.end": "2026-03-07T19:00",
    }
    answer = desk.post("/new/change/", sent)
    assert answer.status_code == 422
    assert "ends before it starts" in answer.text
    assert 'value="2026-03-07T19:00"' in answer.text


def test_an_offering_brings_title_team_steps_and_approval(desk, cast):
    sent = {"requester": "carol@demo.example", "offering": "new-laptop"}
    assert desk.post("/new/request/", sent).status_code == 302
    ticket = the_ticket()
    assert (ticket.title, ticket.team.slug) == ("New laptop", "desk")
    assert Task.objects.filter(ticket=ticket).count() == 2
    assert ticket.approvals.get().approver == cast.frank


def test_a_problem_asks_for_no_more(desk, cast):
    assert desk.post("/new/problem/", {"title": "Drops at nine"}).status_code == 302
    assert the_ticket().type == "problem"


@pytest.mark.parametrize("htmx", [False, True])
def test_nothing_typed_is_lost_when_something_is_wrong(desk, cast, htmx):
    sent = {**TYPED, "title": "  ", "service": "vpn", "impact": "high"}
    answer = desk.post("/new/incident/", sent, headers=HTMX if htmx else {})
    assert answer.status_code == 422
    assert "Say in a few words what it is about." in answer.text
    assert "Since this morning" in answer.text
    assert '<option value="vpn" selected>' in answer.text
    assert '<option value="high" selected>' in answer.text
    assert 'value="3"' in answer.text
    assert ("<html" in answer.text) is not htmx
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "x" * 251, "at most 250"),
        ("title", "a\x00b", "cannot be stored"),
        ("affected", "many", "whole number"),
        ("affected", "0", "Between 1 and"),
        ("service", "nothing", "There is no “nothing”"),
        ("category", "nothing", "There is no “nothing”"),
        ("team", "nothing", "There is no “nothing”"),
        ("impact", "huge", "Choose one of"),
        ("urgency", "huge", "Choose one of"),
        ("channel", "pigeon", "Choose one of"),
        ("requester", "nobody@demo.example", "Nobody has the e-mail"),
        ("description", "x" * 50_001, "at most 50000"),
    ],
)
def test_each_wrong_field_is_answered_with_a_sentence(desk, cast, field, value, said):
    answer = desk.post("/new/incident/", {"title": "Locked out", field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert not Ticket.objects.exists()


def test_changing_the_type_keeps_what_was_typed(desk, cast):
    answer = desk.post("/new/incident/", {**TYPED, "as": "change"}, headers=HTMX)
    assert answer["HX-Replace-Url"] == "/new/change/"
    assert "Since this morning" in answer.text
    assert 'name="way_back"' in answer.text


def test_the_priority_is_the_matrixs(desk, cast):
    sent = {"impact": "high", "urgency": "high", "show": "priority"}
    answer = desk.post("/new/incident/", sent, headers=HTMX)
    assert answer.text.strip().startswith('<p id="priority"')
    assert "P1" in answer.text
    assert "first word by" in answer.text


def test_a_service_offers_its_own_categories_and_its_team(desk, cast):
    cast.categories["print"].services.add(cast.services["printing"])
    sent = {"service": "vpn", "show": "category"}
    answer = desk.post("/new/incident/", sent, headers=HTMX)
    assert 'value="print"' not in answer.text
    assert 'value="access"' in answer.text
    assert '<option value="network" selected>' in answer.text


def test_a_button_of_htmx_gets_an_address_to_go_to(desk, cast):
    answer = desk.post("/new/incident/", TYPED, headers=HTMX)
    assert answer["HX-Redirect"] == f"/incidents/{the_ticket().number}/"


def test_files_come_with_it(desk, cast):
    file = SimpleUploadedFile("screen.png", PNG)
    answer = desk.post("/new/incident/", {**TYPED, "files": [file], "end": "1"})
    assert answer.status_code == 302
    kept = Attachment.objects.get()
    assert (kept.ticket, kept.name, kept.is_public) == (
        the_ticket(),
        "screen.png",
        True,
    )


def test_a_refused_file_refuses_all_of_it_and_keeps_the_words(desk, cast):
    files = [SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.exe", b"MZ....")]
    answer = desk.post("/new/incident/", {**TYPED, "files": files, "end": "1"})
    assert (answer.status_code, "is a program" in answer.text) == (422, True)
    assert "Since this morning" in answer.text
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_requesters_are_led_to_their_own_form_and_cannot_post_here(client, carol):
    client.force_login(carol)
    assert client.get("/new/")["Location"] == "/portal/report/"
    assert client.post("/new/", {"title": "x"}).status_code == 403
    assert not Ticket.objects.exists()


def test_strangers_sign_in_first(client, cast):
    assert client.get("/new/")["Location"].startswith("/accounts/login/")
    assert client.get("/people/find/?q=car")["Location"].startswith("/accounts/login/")


def test_there_is_no_other_type(desk, cast):
    assert desk.get("/new/wish/").status_code == 404
    assert desk.post("/new/", {"type": "wish", "title": "x"}).status_code == 404


@pytest.mark.parametrize("type_", ["incident", "request", "change", "problem"])
def test_each_type_has_its_page(desk, cast, type_):
    assert desk.get(f"/new/{type_}/").status_code == 200


# finding the caller


# what the process itself asks, and another priority


def test_the_processs_own_fields_are_on_the_form_and_reach_the_ticket(desk, cast):
    assert 'name="extra.' not in desk.get("/new/").text
    with_own_fields(cast)
    page = desk.get("/new/").text
    assert all(f'name="extra.{slug}"' in page for slug in OWN_FIELDS)
    sent = {
        "type": "incident",
        "title": "Locked out",
        "extra.colour": "",
        "extra.site": "2026-03-01 in Leeds",
        "extra.floor": "3",
        "extra.again": "true",
        "extra.witness": "bob@demo.example",
        "extra.seen": "2026-03-01",
    }
    assert desk.post("/new/", sent).status_code == 302
    assert the_ticket().extra == {
        "site": "2026-03-01 in Leeds",
        "floor": 3.0,
        "again": True,
        "witness": "bob@demo.example",
        "seen": "2026-03-01",
    }


def test_what_is_wrong_with_an_own_field_is_said_at_it_and_nothing_is_lost(desk, cast):
    with_own_fields(cast)
    sent = {
        "type": "incident",
        "title": "x",
        "extra.floor": "top",
        "extra.site": "Here",
    }
    answer = desk.post("/new/", sent)
    assert answer.status_code == 422
    assert 'id="id_extra_floor-fault"' in answer.text
    assert 'value="Here"' in answer.text
    assert '<details class="more" open>' in answer.text
    assert not Ticket.objects.exists()


def test_another_priority_comes_with_its_reason(desk, cast):
    sent = {"type": "incident", "title": "x", "priority": "P1", "reason": "The CEO"}
    desk.post("/new/", sent)
    assert (the_ticket().priority, the_ticket().priority_reason) == (1, "The CEO")


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"priority": "P1"}, "reason"), ({"reason": "The CEO"}, "priority")],
)
def test_a_priority_and_its_reason_go_together(desk, cast, given, missing):
    answer = desk.post("/new/", {"type": "incident", "title": "x", **given})
    assert answer.status_code == 422
    assert f'id="id_{missing}-fault"' in answer.text
    assert not Ticket.objects.exists()


def test_the_chosen_priority_is_shown_before_anything_is_sent(desk, cast):
    sent = {"type": "incident", "show": "priority", "priority": "P2"}
    assert "P2" in desk.post("/new/", sent, headers=HTMX).text


# what it costs


def test_sending_the_form_costs_ten_queries_at_most(desk, cast):
    sent = {"type": "incident", "title": "Locked out", "impact": "low"}
    assert cost(lambda: desk.post("/new/", sent)) <= 10


def test_the_page_costs_the_same_with_more_tickets(desk, cast):
    few = cost(lambda: desk.get("/new/"))
    rows(cast, 50)
    assert cost(lambda: desk.get("/new/")) == few <= 10


def test_a_session_that_ended_takes_nothing_from_the_page(client, cast):
    """htmx gets an answer it does not put into the page; a plain form signs in."""
    assert client.post("/new/", TYPED, headers=HTMX).status_code == 401
    answer = client.post("/new/", TYPED)
    assert answer["Location"] == "/accounts/login/?next=/new/"
