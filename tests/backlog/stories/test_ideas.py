"""An idea is answered within ten working days, and whoever gave it hears."""

from datetime import timedelta

import pytest

from backlog.stories import actions, late
from backlog.stories.models import Idea, Story
from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from people.calendars.actions import create_calendar
from tests.cast import AT
from tests.factories import an_incident, as_, later


def an_idea(cast, process, **fields):
    fields = {"by": cast.carol, "at": AT, "text": "Remember my number."} | fields
    return actions.give_idea(process=process, **fields)


def test_ten_working_days_are_counted_by_the_default_calendar(cast, process):
    assert an_idea(cast, process).answer_by == AT + timedelta(days=10)
    week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    create_calendar(
        by=cast.grace,
        at=AT,
        name="Office",
        time_zone="Europe/Berlin",
        hours=week,
        is_default=True,
    )
    assert an_idea(cast, process).answer_by == AT + timedelta(days=14)  # Mon to Mon


def test_lateness_is_noted_once(cast, process):
    idea = an_idea(cast, process)
    assert late.sweep(at=idea.answer_by - timedelta(seconds=1)) == 0
    assert late.sweep(at=idea.answer_by) == 1
    assert late.sweep(at=idea.answer_by + timedelta(days=1)) == 0
    event = Event.objects.get(kind="idea.late")
    assert (event.actor_id, event.door) == (None, "timer")


def test_an_answered_idea_is_never_late(cast, process):
    idea = an_idea(cast, process)
    actions.decline_idea(idea=idea, by=cast.bob, at=later(1), answer="We forget them.")
    assert late.sweep(at=idea.answer_by) == 0


def test_a_no_needs_a_reason_and_is_said_once(cast, process):
    idea = an_idea(cast, process)
    with pytest.raises(Invalid):
        actions.decline_idea(idea=idea, by=cast.dana, at=later(1), answer=" ")
    actions.decline_idea(idea=idea, by=cast.dana, at=later(1), answer="No room")
    with pytest.raises(WrongState):
        actions.take_idea(idea=idea, by=cast.dana, at=later(2))


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_only_the_team_answers(cast, process, name):
    idea = an_idea(cast, process)
    with pytest.raises(Forbidden):
        actions.take_idea(idea=idea, by=getattr(cast, name), at=later(1))


def test_an_idea_is_about_what_one_sees(cast, process):
    ticket = an_incident(cast)
    with pytest.raises(Invalid):
        an_idea(cast, process, by=cast.mallory, about=("ticket", ticket.pk))
    assert an_idea(cast, process, about=("ticket", ticket.pk)).about["id"] == ticket.pk


def test_whoever_gave_it_reads_the_answer_in_the_portal(cast, process):
    carol, mallory = as_(cast.carol), as_(cast.mallory)
    sent = {"process": "incident", "text": "Remember my number."}
    assert carol.post("/portal/ideas/", sent).status_code == 302
    idea = Idea.objects.get()
    page = f"/backlog/ideas/{idea.pk}/"
    assert mallory.get(page).status_code == 404
    taken = {"do": "take", "title": "Numbers stay", "answer": "Good one"}
    assert as_(cast.bob).post(page, taken).status_code == 302
    story = Story.objects.get()
    assert story.title == "Numbers stay"
    assert story.idea == idea
    text = carol.get("/portal/ideas/").content.decode()
    assert "Good one" in text
    assert carol.get(page).status_code == 200
    shown = f"/backlog/incident/stories/{story.number}/"
    assert carol.get(shown).status_code == 200
    assert mallory.get(shown).status_code == 404


def test_an_idea_that_says_nothing_comes_back_with_what_was_typed(cast, process):
    answer = as_(cast.carol).post("/portal/ideas/", {"process": "incident", "text": ""})
    assert answer.status_code == 422
    assert b"Say in a sentence what could be better." in answer.content
