"""Feedback: asked once a month, given in one tap, owned, answered."""

from datetime import timedelta

import pytest
from django.test import Client

from core import consumers
from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from itsm.feedback import actions, kinds, queries
from itsm.feedback.models import Feedback, FeedbackAsk
from itsm.feedback.policy import visible_to
from itsm.tickets import actions as tickets
from tests.cast import Cast
from tests.factories import a_token, an_incident, as_, later, resolved, taken

pytestmark = pytest.mark.django_db


def asked(cast: Cast, minutes: int = 4) -> FeedbackAsk:
    ticket = resolved(cast, an_incident(cast, team=cast.teams["desk"]))
    found = actions.ask(ticket=ticket, by=None, at=later(minutes))
    assert found is not None
    return found


def given(cast: Cast, **fields) -> Feedback:
    values = {"satisfaction": 2, "words": "Took too long", **fields}
    ticket = asked(cast).ticket
    return actions.give(ticket=ticket, by=cast.carol, at=later(5), **values)


def test_a_person_is_asked_at_most_once_a_month(cast):
    asked(cast)
    second = resolved(cast, an_incident(cast))
    assert actions.ask(ticket=second, by=None, at=later(9)) is None
    month = later(9) + timedelta(days=31)
    assert actions.ask(ticket=second, by=None, at=month) is not None
    assert actions.ask(ticket=second, by=None, at=month + timedelta(days=40)) is None


def test_nobody_is_asked_of_what_is_open_or_who_works_here(cast):
    assert actions.ask(ticket=taken(cast), by=None, at=later(2)) is None
    ours = resolved(cast, an_incident(cast, by=cast.erin))
    assert actions.ask(ticket=ours, by=None, at=later(4)) is None


def test_the_reader_of_the_log_asks_when_it_is_solved_but_not_of_imports(cast):
    resolved(cast, an_incident(cast))
    consumers.advance("feedback", at=later(4))  # makes the cursor
    Event.objects.exists()
    consumers.advance("feedback", at=later(4) + timedelta(days=1))
    assert FeedbackAsk.objects.get().person == cast.carol


def test_one_tap_is_enough_and_words_can_follow(cast):
    ticket = asked(cast).ticket
    carol = as_(cast.carol)
    page = carol.get(f"/portal/{ticket.number}/").content.decode()
    assert "How was it?" in page
    path = f"/portal/{ticket.number}/feedback/"
    carol.post(path, {"satisfaction": "4"})
    carol.post(path, {"satisfaction": "4", "effort": "2", "words": "Quick"})
    piece = Feedback.objects.get()
    assert (piece.satisfaction, piece.effort, piece.words) == (4, 2, "Quick")
    assert piece.owner == cast.alice  # leads the desk
    events = Event.objects.filter(kind=kinds.GIVE)
    assert events.count() == 2
    assert "Quick" not in str(list(events.values_list("changes")))


def test_only_its_requester_says_how_it_was_and_only_at_the_end(cast):
    ticket = resolved(cast)
    for somebody in (cast.bob, cast.mallory):
        with pytest.raises(Forbidden):
            actions.give(ticket=ticket, by=somebody, at=later(5), satisfaction=1)
    with pytest.raises(WrongState):
        actions.give(ticket=taken(cast), by=cast.carol, at=later(5), satisfaction=1)
    with pytest.raises(Invalid):
        actions.give(ticket=ticket, by=cast.carol, at=later(5), satisfaction=6)


def test_a_signed_link_works_without_signing_in_and_opening_it_records_nothing(cast):
    ask = asked(cast)
    # the link of a mail is signed now, and read now
    path = f"/portal/feedback/{queries.link_token(ask)}/"
    browser = Client()
    page = browser.get(f"{path}?s=5")
    assert page.status_code == 200
    assert ask.ticket.title not in page.content.decode()
    assert not Feedback.objects.exists()
    browser.post(path, {"satisfaction": "5"})
    assert Feedback.objects.get().satisfaction == 5
    assert browser.get(path.replace(":", "x", 1)).status_code == 404
    assert browser.get("/portal/feedback/nonsense/").status_code == 404


def test_an_answer_is_read_by_the_person_who_gave_it(cast):
    piece = given(cast)
    with pytest.raises(Forbidden):
        actions.answer(piece=piece, by=cast.bob, at=later(6), body="Sorry")
    answer = as_(cast.alice).post(
        f"/feedback/{piece.pk}/answer/", {"body": "You are right, we changed it."}
    )
    assert answer.status_code == 302
    page = as_(cast.carol).get(f"/portal/{piece.ticket.number}/").content.decode()
    assert "You are right, we changed it." in page
    with pytest.raises(WrongState):
        actions.give(ticket=piece.ticket, by=cast.carol, at=later(9), satisfaction=5)


def test_figures_about_a_person_only_to_that_person(cast):
    piece = given(cast)  # Bob owned the ticket, Alice leads his team
    assert set(visible_to(cast.bob)) == {piece}
    assert set(visible_to(cast.alice)) == {piece}
    assert not visible_to(cast.erin).exists()
    assert not visible_to(cast.mallory).exists()
    own = as_(cast.bob).get("/feedback/?tab=own").content.decode()
    assert "too few for an average" in own
    assert "Took too long" not in as_(cast.erin).get("/feedback/").content.decode()
    assert as_(cast.carol).get("/feedback/").status_code == 403


def test_feedback_on_a_restricted_ticket_is_for_those_who_see_it(cast):
    piece = given(cast)
    tickets.restrict(ticket=piece.ticket, by=cast.grace, at=later(7))
    Feedback.objects.update(owner=cast.erin)
    assert not visible_to(cast.erin).exists()


def test_redacting_takes_words_and_answer(cast):
    piece = given(cast)
    actions.answer(piece=piece, by=cast.alice, at=later(6), body="About Bob")
    actions.redact(piece=piece, by=cast.alice, at=later(7), why="Names")
    piece.refresh_from_db()
    assert "long" not in piece.words
    assert "Bob" not in piece.answer
    assert piece.satisfaction == 2


def test_feedback_over_rest(cast):
    ticket = asked(cast).ticket
    carol = {"Authorization": f"Bearer {a_token(cast.carol)}"}
    alice = {"Authorization": f"Bearer {a_token(cast.alice)}"}
    client = Client()
    body = {"ticket": ticket.number, "satisfaction": 3, "words": "Fine"}
    path = "/api/v1/feedback/"
    made = client.post(path, body, "application/json", headers=carol)
    assert made.status_code == 201, made.content
    listed = client.get(path, headers=alice).json()["results"]
    assert [one["ticket"] for one in listed] == [ticket.number]
    answered = client.post(
        f"{path}{listed[0]['id']}/answer/",
        {"body": "Thanks"},
        "application/json",
        headers=alice,
    )
    assert answered.json()["answer"] == "Thanks"
    erin = {"Authorization": f"Bearer {a_token(cast.erin)}"}
    assert client.get(path, headers=erin).json()["results"] == []
    wrong = client.post(path, {"satisfaction": 9}, "application/json", headers=carol)
    assert wrong.status_code == 422
