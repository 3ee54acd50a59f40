"""The conversation: who hears it, what it does to promises and to waiting."""

from datetime import timedelta

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.cast import AT
from tests.factories import an_incident, later, resolved, said, taken
from tests.itsm.checks import (
    events,
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
    where,
)


def waiting(cast, reason: str = "requester"):
    ticket = taken(cast)
    return actions.wait(ticket=ticket, by=cast.bob, at=later(2), reason=reason)


def test_words_of_staff_are_a_note_unless_they_say_public(cast):
    ticket = taken(cast)
    raw = {"body": "  Looks like the gateway.  "}
    perform(ticket, "comment", raw, by=cast.bob, at=later(3))
    note = Comment.objects.get(ticket=ticket)
    assert (note.body, note.is_public) == ("Looks like the gateway.", False)
    assert last(ticket).kind == "ticket.note"
    assert not last(ticket).public
    assert last(ticket).changes == {"comment": [None, note.pk]}


def test_a_public_text_is_the_first_response_and_the_news(cast):
    ticket = taken(cast)
    said(ticket, "We are on it.", by=cast.bob)
    assert fresh(ticket).responded_at == later(3)
    assert fresh(ticket).informed_at == later(3)
    assert last(ticket).kind == "ticket.comment"
    assert last(ticket).public


def test_the_first_response_stays_the_first_and_the_news_moves_on(cast):
    ticket = taken(cast)
    for minute in (3, 9):
        actions.comment(
            ticket=ticket, by=cast.bob, at=later(minute), body="News", public=True
        )
    assert fresh(ticket).responded_at == later(3)
    assert fresh(ticket).informed_at == later(9)


@pytest.mark.parametrize("who", ["note", "requester"])
def test_neither_a_note_nor_the_requester_is_a_response(cast, who):
    ticket = taken(cast)
    by, public = (cast.bob, False) if who == "note" else (cast.carol, True)
    said(ticket, by=by, public=public)
    assert fresh(ticket).responded_at is None
    assert fresh(ticket).next_due_kind == "response"


def test_a_requesters_words_are_public_whatever_is_sent(cast):
    ticket = an_incident(cast)
    raw = {"body": "Hello?", "public": False}
    perform(ticket, "comment", raw, by=cast.carol, at=later(1))
    assert Comment.objects.get(ticket=ticket).is_public
    assert last(ticket).public


def test_staff_on_their_own_ticket_speak_in_public_unless_they_say_note(cast):
    ticket = an_incident(cast, by=cast.bob)
    perform(ticket, "comment", {"body": "Mine"}, by=cast.bob, at=later(1))
    raw = {"body": "For me", "public": False}
    perform(ticket, "comment", raw, by=cast.bob, at=later(2))
    assert [c.is_public for c in Comment.objects.order_by("id")] == [True, False]
    assert fresh(ticket).responded_at is None


def test_the_requesters_reply_resumes_what_waited_for_it(cast):
    ticket = waiting(cast)
    said(ticket, "It is LT-4471.", by=cast.carol)
    ticket = fresh(ticket)
    assert (ticket.state, ticket.wait_reason) == ("in_progress", "")
    assert kinds(ticket)[-2:] == ["comment", "resume"]
    assert last(ticket).actor_id == cast.carol.pk


@pytest.mark.parametrize("reason", ["supplier", "change", "problem", "planned"])
def test_a_reply_resumes_nothing_that_waits_for_somebody_else(cast, reason):
    ticket = waiting(cast, reason)
    said(ticket, by=cast.carol)
    assert fresh(ticket).state == "waiting"
    assert fresh(ticket).wait_reason == reason


@pytest.mark.parametrize("who", ["bob", "mallory"])
def test_words_of_others_do_not_resume_it(cast, who):
    ticket = waiting(cast)
    person = cast.people[who]
    if who == "mallory":
        actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=person)
    said(ticket, by=person)
    assert fresh(ticket).state == "waiting"


def test_an_internal_note_of_a_requester_who_works_here_resumes_nothing(cast):
    ticket = taken(cast, an_incident(cast, by=cast.dana))
    actions.start(ticket=ticket, by=cast.bob, at=later(1), service=cast.services["vpn"])
    actions.wait(ticket=ticket, by=cast.bob, at=later(2), reason="requester")
    said(ticket, by=cast.dana, public=False)
    assert fresh(ticket).state == "waiting"
    said(ticket, by=cast.dana, public=True)
    assert fresh(ticket).state == "in_progress"


def test_a_late_reply_is_kept_and_leaves_the_ticket_resolved_or_closed(cast):
    ticket = resolved(cast)
    said(ticket, "Thank you!", by=cast.carol)
    assert fresh(ticket).state == "resolved"
    actions.close(ticket=ticket, by=cast.bob, at=later(5))
    said(ticket, "One more thing", by=cast.carol)
    assert fresh(ticket).state == "closed"
    assert Comment.objects.filter(ticket=ticket).count() == 2


def test_people_copied_on_may_answer_and_nobody_else_outside_may(cast):
    ticket = an_incident(cast)
    with forbidden():
        said(ticket, by=cast.mallory)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(1), person=cast.mallory)
    said(ticket, "Same here", by=cast.mallory)
    assert Comment.objects.get(ticket=ticket).is_public
    assert fresh(ticket).responded_at is None


def test_colleagues_of_a_sharing_organisation_look_and_do_not_speak(cast):
    acme = cast.organisations["acme"]
    acme.shares_tickets = True
    acme.save()
    cast.mallory.organisation = acme
    cast.mallory.save()
    ticket = an_incident(cast)
    with forbidden():
        said(ticket, by=cast.mallory)


def test_somebody_who_left_says_nothing(cast):
    ticket, bob = an_incident(cast), inactive(cast.bob)
    with forbidden():
        said(ticket, by=bob)


@pytest.mark.parametrize(
    "body", ["", "   \n\t ", None, "x" * 50_001, "a\x00b", "\ud800", 7, ["a"], {"b": 1}]
)
def test_what_is_no_text_is_refused_in_a_sentence(cast, body):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "comment", {"body": body}, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"body"}


@pytest.mark.parametrize("flag", [[], {}, "maybe", 2, None])
def test_a_flag_that_is_none_is_refused(cast, flag):
    ticket = an_incident(cast)
    with invalid() as caught:
        raw = {"body": "x", "public": flag}
        perform(ticket, "comment", raw, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"public"}


def test_a_form_that_sends_a_field_twice_in_two_shapes_does_not_break(cast):
    ticket = an_incident(cast)
    with invalid():
        raw = {"body.x": "1", "body": {"y": 1}, "body.z": "2"}
        perform(ticket, "comment", raw, by=cast.bob, at=later(1))
    raw = {"body": "text wins", "body.x": "1"}
    perform(ticket, "comment", raw, by=cast.bob, at=later(1))
    assert Comment.objects.get().body == "text wins"


def test_the_longest_text_is_kept_whole(cast):
    ticket = an_incident(cast)
    said(ticket, "ä" * 50_000, by=cast.bob)
    assert Comment.objects.get().body == "ä" * 50_000


def test_no_word_of_it_reaches_the_log(cast):
    ticket = an_incident(cast, title="Marker-title", description="Marker-description")
    said(ticket, "Marker-comment", by=cast.carol)
    assert where("marker-") == ["itsm_comment", "itsm_ticket"]


def test_each_comment_raises_the_version(cast):
    ticket = an_incident(cast)
    for minute in range(1, 4):
        before = fresh(ticket).version
        actions.comment(ticket=ticket, by=cast.carol, at=later(minute), body="Again")
        assert fresh(ticket).version == before + 1
    assert [e.at for e in events(ticket)] == [later(m) for m in range(4)]


def test_after_the_response_the_next_update_is_promised(cast):
    ticket = an_incident(cast, by=cast.alice, impact="high", urgency="high")
    assert fresh(ticket).next_due_kind == "response"
    actions.comment(
        ticket=ticket, by=cast.bob, at=later(5), body="We see it", public=True
    )
    ticket = fresh(ticket)
    assert ticket.requester == cast.alice
    assert ticket.next_due_kind == "update"
    assert ticket.next_due_at == AT + timedelta(minutes=35)


def test_a_ticket_that_nobody_asked_for_and_nobody_has_waits_for_its_response(cast):
    """Imported ones may have neither requester nor owner."""
    from itsm.tickets.reckoning import reckon

    ticket = an_incident(cast)
    ticket.requester = ticket.owner = None
    reckon(ticket, at=later(1))
    assert ticket.next_due_kind == "response"
