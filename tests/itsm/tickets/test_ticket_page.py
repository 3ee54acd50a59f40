"""The ticket page: what it shows, whom it lets in, and every verb through its forms."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.tickets import actions
from itsm.tickets.drafts import outgoing
from itsm.tickets.drafts.actions import UNDO
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.queries import get_ticket
from tests.factories import (
    PNG,
    a_change,
    a_problem,
    a_request,
    an_incident,
    later,
    taken,
)
from tests.itsm.tickets.test_timeline import events_on

HTMX = {"HX-Request": "true"}


@pytest.fixture
def bob(cast):
    client = Client()
    client.force_login(cast.bob)
    return client


def at(ticket, verb=""):
    here = f"/{ticket.type}s/{ticket.number}/"
    return f"{here}do/{verb}/" if verb else here


def gone_out():
    """Let the seconds pass in which a reply can be taken back; how many went out."""
    return outgoing.sweep(at=timezone.now() + UNDO)


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize("make", [an_incident, a_request, a_change, a_problem])
def test_every_practice_has_its_page(bob, cast, make):
    ticket = make(cast, title="A <b>bold</b> title")
    answer = bob.get(at(ticket))
    assert answer.status_code == 200
    assert "A &lt;b&gt;bold&lt;/b&gt; title" in answer.content.decode()


def test_the_wrong_practice_and_small_letters_lead_to_the_right_address(bob, cast):
    ticket = an_incident(cast)
    for wrong in (f"/changes/{ticket.number}/", f"/incidents/{ticket.number.lower()}/"):
        answer = bob.get(wrong)
        assert (answer.status_code, answer.headers["Location"]) == (302, at(ticket))


def test_what_is_not_yours_to_see_does_not_exist(bob, cast):
    ticket = an_incident(cast, restricted=True)
    assert bob.get(at(ticket)).status_code == 404
    assert bob.post(at(ticket, "take")).status_code == 404
    assert bob.get("/incidents/INC-9999999/").status_code == 404


def test_a_requester_reads_in_the_portal(client, cast):
    ticket = an_incident(cast)
    client.force_login(cast.carol)
    assert client.get(at(ticket)).headers["Location"] == f"/portal/{ticket.number}/"


def test_nobody_signed_in_is_sent_to_sign_in(client, cast):
    answer = client.get(at(an_incident(cast)))
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("number", [10, 200])
def test_the_page_costs_fifteen_queries_at_most(bob, cast, number):
    ticket = taken(cast)
    events_on(cast, ticket, number)
    bob.get(at(ticket))
    with CaptureQueriesContext(connection) as caught:
        assert bob.get(at(ticket)).status_code == 200
    assert len(caught) <= 15


def test_taking_and_going_back_to_the_page(bob, cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    answer = bob.post(at(ticket, "take"))
    assert (answer.status_code, answer.headers["Location"]) == (302, at(ticket))
    assert fresh(ticket).owner == cast.bob
    assert fresh(ticket).state == "in_progress"


def test_htmx_gets_the_changed_parts_and_not_the_composer(bob, cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    page = bob.post(at(ticket, "take"), headers=HTMX)
    text = page.content.decode()
    assert page.status_code == 200
    for part in ("tickethead", "timeline", "side"):
        assert f'id="{part}" hx-swap-oob="true"' in text or (
            f'id="{part}"' in text and "hx-swap-oob" in text
        )
    assert 'id="composer"' not in text
    assert "<html" not in text
    assert ticket.number in page.headers["HX-Trigger"]


def test_a_verbs_own_page_leads_back_to_the_ticket(bob, cast):
    ticket = an_incident(cast)
    form = f"http://testserver{at(ticket, 'wait')}"
    typed = {"reason": "requester", "comment": "Which version is it?"}
    page = bob.post(at(ticket, "wait"), typed, headers={**HTMX, "HX-Current-URL": form})
    assert (page.status_code, page.headers["HX-Redirect"]) == (204, at(ticket))
    assert ticket.number in bob.get(at(ticket)).content.decode()
    assert fresh(ticket).state_category == "waiting"


def test_somebody_else_took_it_says_who(bob, cast):
    ticket = taken(cast, by=cast.alice)
    answer = bob.post(at(ticket, "take"))
    assert answer.status_code == 409
    assert "Alice has" in answer.content.decode()
    asked = bob.get(at(ticket, "take"))
    assert asked.status_code == 409
    assert "Alice has" in asked.content.decode()


def test_a_verb_that_is_not_possible_says_what_is(bob, cast):
    ticket = taken(cast)
    answer = bob.post(at(ticket, "reopen"), {"comment": "My words stay"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "is in progress" in text
    assert at(ticket, "resolve") in text
    assert "My words stay" in text


def test_a_missing_field_keeps_what_was_typed(bob, cast):
    ticket = taken(cast)
    answer = bob.post(at(ticket, "wait"), {"comment": "Which printer?"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Which printer?" in text
    assert "For the requester" in text
    assert fresh(ticket).state == "in_progress"


def test_waiting_for_the_requester_asks_and_their_answer_resumes(bob, cast):
    ticket = taken(cast)
    bob.post(at(ticket, "wait"), {"reason": "requester", "comment": "Which one?"})
    assert fresh(ticket).state == "waiting"
    page = bob.get(at(ticket)).content.decode()
    assert "Waits for Carol" in page
    actions.comment(ticket=fresh(ticket), by=cast.carol, at=later(9), body="This one.")
    assert fresh(ticket).state == "in_progress"


def test_resolve_reopen_and_close_through_the_forms(bob, cast):
    ticket = taken(cast)
    form = bob.get(at(ticket, "resolve")).content.decode()
    assert "What solved it" in form
    assert "not reproducible" in form
    bob.post(at(ticket, "resolve"), {"resolution": "Cable.", "resolution_code": ""})
    assert fresh(ticket).state == "resolved"
    bob.post(at(ticket, "reopen"), {"comment": "It is back."})
    assert fresh(ticket).state == "in_progress"
    bob.post(at(ticket, "resolve"), {"resolution": "New cable."})
    bob.post(at(ticket, "close"))
    assert fresh(ticket).state == "closed"
    assert fresh(ticket).verified_by == ""


def test_a_reply_is_public_a_note_is_not_and_nothing_is_lost(bob, cast):
    ticket = taken(cast)
    bob.post(at(ticket, "comment"), {"mode": "reply", "body": "Hello"})
    assert gone_out() == 1  # a reply waits a few seconds, a note does not
    bob.post(at(ticket, "comment"), {"mode": "note", "body": "Hm"})
    said = list(Comment.objects.order_by("id").values_list("body", "is_public"))
    assert said == [("Hello", True), ("Hm", False)]
    empty = bob.post(at(ticket, "comment"), {"mode": "note", "body": "  "})
    assert empty.status_code == 422
    assert "Write something first." in empty.content.decode()


def test_a_reply_with_a_program_keeps_the_words_and_sends_nothing(bob, cast):
    ticket = taken(cast)
    form = {
        "mode": "reply",
        "body": "See the file",
        "files": SimpleUploadedFile("setup.exe", b"MZ" + b"\x00" * 40),
        "end": "1",
    }
    answer = bob.post(at(ticket, "comment"), form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "See the file" in text
    assert "is a program" in text
    assert not Comment.objects.exists()


def test_files_go_with_the_words(bob, cast):
    ticket = taken(cast)
    form = {
        "mode": "note",
        "body": "A picture",
        "files": SimpleUploadedFile("a.png", PNG),
        "end": "1",
    }
    bob.post(at(ticket, "comment"), form)
    said = Comment.objects.get()
    kept = said.attachments.get()
    assert not kept.is_public
    assert f"/files/{kept.pk}/a.png" in bob.get(at(ticket)).content.decode()


def test_a_fact_is_set_in_place(bob, cast):
    ticket = taken(cast)
    headers = {**HTMX, "HX-Target": "fact-service"}
    form = bob.get(at(ticket, "triage") + "?only=service", headers=headers)
    text = form.content.decode()
    assert "<select" in text
    assert "impact" not in text
    bob.post(
        at(ticket, "triage"),
        {"only": "service", "service": "e-mail", "version": fresh(ticket).version},
    )
    assert fresh(ticket).service.slug == "e-mail"


def test_a_priority_against_the_matrix_needs_a_reason(bob, cast):
    ticket = taken(cast)
    form = {"only": "impact,urgency,priority,reason", "priority": "P1"}
    answer = bob.post(at(ticket, "triage"), form)
    assert answer.status_code == 422
    assert "say why P1" in answer.content.decode()
    bob.post(at(ticket, "triage"), {**form, "reason": "The board meets"})
    assert fresh(ticket).priority == 1


def test_a_save_over_a_newer_one_shows_both_and_loses_nothing(bob, cast):
    ticket = taken(cast)
    seen = fresh(ticket).version
    actions.edit(
        ticket=ticket, by=cast.alice, at=later(5), given={"title": "Alice's title"}
    )
    mine = {"only": "title", "title": "Bob's title", "version": seen}
    answer = bob.post(at(ticket, "edit"), mine)
    text = answer.content.decode()
    assert answer.status_code == 412
    assert "Alice&#39;s title" in text
    assert "Bob&#39;s title" in text
    assert fresh(ticket).title == "Alice's title"
    again = bob.post(at(ticket, "edit"), {**mine, "version": fresh(ticket).version})
    assert again.status_code == 302
    assert fresh(ticket).title == "Bob's title"


def test_linking_shows_on_both_sides_and_can_be_taken_away(bob, cast):
    one, other = an_incident(cast), a_problem(cast, title="Why it drops")
    bob.post(at(one, "link"), {"kind": "caused_by", "number": other.number})
    assert "Why it drops" in bob.get(at(one)).content.decode()
    assert one.title in bob.get(at(other)).content.decode()
    bob.post(at(one, "unlink"), {"kind": "caused_by", "number": other.number})
    assert "Why it drops" not in bob.get(at(one)).content.decode()


def test_links_to_what_one_may_not_see_are_left_out(bob, cast):
    one, hidden = an_incident(cast), an_incident(cast, title="Hidden", restricted=True)
    actions.link(ticket=one, by=cast.grace, at=later(1), kind="related", to=hidden)
    text = bob.get(at(one)).content.decode()
    assert "Hidden" not in text


def test_a_change_is_planned_approved_and_its_result_recorded(bob, cast):
    change = a_change(cast, service=cast.services["vpn"])
    text = {"plan": "Swap", "test": "Ping", "way_back": "Swap back"}
    refused = bob.post(at(change, "submit"), text)
    assert refused.status_code == 422
    assert "Swap back" in refused.content.decode()
    window = {"window.start": "2030-01-01T10:00", "window.end": "2030-01-01T12:00"}
    bob.post(at(change, "submit"), {**text, **window})
    assert fresh(change).state == "approval"
    assert bob.post(at(change, "approve")).status_code == 403
    frank = Client()
    frank.force_login(cast.frank)
    assert "Approve" in frank.get(at(change)).content.decode()
    frank.post(at(change, "approve"))
    assert fresh(change).state == "scheduled"
    bob.post(at(change, "implement"))
    bob.post(at(change, "resolve"), {"result": "success"})
    assert fresh(change).state == "closed"  # a success needs no review
    assert "Swap back" in bob.get(at(change)).content.decode()


def test_steps_of_a_request_are_done_or_waived_with_a_reason(bob, cast):
    request = a_request(cast, detail={"offering": cast.offerings["new-laptop"]})
    first, second = request.tasks.all()
    here = f"/requests/{request.number}/tasks/"
    assert "Order it" in bob.get(at(request)).content.decode()
    bob.post(f"{here}{first.pk}/")
    assert bob.post(f"{here}{second.pk}/", {"waive": "1"}).status_code == 422
    bob.post(f"{here}{second.pk}/", {"waive": "1", "reason": "Has one"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.done_at is not None
    assert second.waived_reason == "Has one"


def test_the_pane_is_the_ticket_in_short(bob, cast):
    ticket = taken(cast)
    text = bob.get(at(ticket) + "?pane=1", headers=HTMX).content.decode()
    assert "<html" not in text
    assert ticket.title in text
    assert at(ticket, "resolve") in text
    assert 'id="composer"' not in text


def test_next_and_previous_follow_the_order_of_work(bob, cast):
    first = an_incident(cast, impact="high", urgency="high")
    second = an_incident(cast)
    answer = bob.get(at(first) + "next/")
    assert answer.headers["Location"] == at(second)
    assert bob.get(at(second) + "previous/").headers["Location"] == at(first)
    assert bob.get(at(second) + "next/").headers["Location"] == at(second)


@pytest.mark.parametrize(
    "form",
    [
        {"version": "abc"},
        {"version": "9" * 30},
        {"service": "nothing-like-it"},
        {"affected": "many"},
        {"bogus": "1"},
        {"impact": "\x00"},
    ],
)
def test_bad_input_is_answered_in_words(bob, cast, form):
    ticket = taken(cast)
    answer = bob.post(at(ticket, "triage"), form)
    assert answer.status_code in {412, 422}
    assert fresh(ticket).version == get_ticket(cast.bob, ticket.number).version


def test_a_usual_verb_that_this_practice_lacks_is_refused_in_words(bob, cast):
    problem = a_problem(cast)
    for answer in (bob.get(at(problem, "wait")), bob.post(at(problem, "wait"))):
        assert answer.status_code == 409
        assert problem.number in answer.content.decode()


def test_an_unknown_verb_does_not_exist(bob, cast):
    assert bob.post(at(an_incident(cast), "explode")).status_code == 404


def test_people_are_suggested_for_owners_only_if_they_work_here(bob, cast):
    text = bob.get("/people/options/?owner=demo").content.decode()
    assert "bob@demo.example" in text
    assert "carol@demo.example" not in text
    assert "carol@" in bob.get("/people/options/?person=caro").content.decode()


def test_a_reply_that_is_sent_twice_is_said_once(bob, cast):
    ticket = an_incident(cast)
    page = bob.get(at(ticket)).content.decode()
    key = page.split('name="once" value="', 1)[1].split('"', 1)[0]
    said = {"body": "On it.", "mode": "reply", "once": key, "begin": "1", "end": "1"}
    for _ in range(2):
        assert bob.post(at(ticket, "comment"), said).status_code == 302
    assert gone_out() == 1
    assert bob.post(at(ticket, "comment"), said).status_code == 302
    bob.post(at(ticket, "comment"), {**said, "body": "And another thing."})
    assert gone_out() == 1
    assert ticket.comments.count() == 2


def test_a_reply_that_broke_off_is_not_half_said(bob, cast):
    ticket = an_incident(cast)
    cut = {"body": "See the picture", "mode": "reply", "begin": "1"}
    answer = bob.post(at(ticket, "comment"), cut)
    assert answer.status_code == 422
    assert "See the picture" in answer.content.decode()
    assert not ticket.comments.exists()


def test_a_reply_out_of_the_dialog_is_said_once_too(bob, cast):
    ticket = an_incident(cast)
    form = bob.get(at(ticket, "comment")).content.decode()
    key = form.rsplit('name="once" value="', 1)[1].split('"', 1)[0]
    for _ in range(2):
        bob.post(at(ticket, "comment"), {"body": "On it.", "public": "1", "once": key})
    assert gone_out() == 1
    assert ticket.comments.count() == 1
