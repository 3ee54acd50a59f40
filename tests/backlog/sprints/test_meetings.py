"""Daily scrum and impediments, review, retrospective."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backlog.profile.models import Stakeholder
from backlog.sprints import daily_actions as daily
from backlog.sprints import queries
from backlog.sprints import retro_actions as retro
from backlog.sprints import review_actions as review
from backlog.sprints.models import DailyNote, RetroNote, RetroVote
from core.models import Event
from people.models import Absence
from tests.backlog.sprints.sprinting import (
    MONDAY,
    a_sprint,
    day,
    invalid,
    kinds,
    running,
)
from tests.itsm.checks import forbidden, where, wrong_state

# daily scrum


def test_said_twice_on_a_day_it_is_what_was_said_last(cast):
    sprint = running(cast)
    for n, words in enumerate(("The form", "The form and its text")):
        daily.say_daily(
            sprint=sprint, by=cast.bob, at=day(1), on=MONDAY, yesterday="", today=words
        )
        assert DailyNote.objects.get().today == words, n
    daily.say_daily(
        sprint=sprint,
        by=cast.alice,
        at=day(1),
        on=MONDAY,
        yesterday="Asked around",
        today="",
    )
    assert DailyNote.objects.count() == 2
    assert "form" not in str([e.changes for e in Event.objects.all()])


def test_nothing_said_is_nothing_kept(cast):
    sprint = running(cast)
    with invalid("today"):
        daily.say_daily(
            sprint=sprint, by=cast.bob, at=day(1), on=MONDAY, yesterday=" ", today=""
        )


def test_an_impediment_has_an_owner_until_it_is_resolved(cast):
    sprint = running(cast)
    found = daily.raise_impediment(
        process=sprint.process,
        sprint=sprint,
        by=cast.bob,
        at=day(1),
        text="No test system",
        owner=cast.dana,
    )
    assert queries.open_impediments(sprint, cast.alice) == [found]
    assert queries.open_impediments(sprint, cast.carol) == []
    daily.resolve_impediment(impediment=found, by=cast.alice, at=day(3), how="Got one")
    assert queries.open_impediments(sprint, cast.alice) == []
    assert kinds(sprint)[-2:] == ["impediment", "impediment_resolve"]
    with wrong_state():
        daily.resolve_impediment(impediment=found, by=cast.dana, at=day(4), how="Again")


@pytest.mark.parametrize("name", ["erin", "carol", "mallory"])
def test_others_raise_no_impediment(cast, name):
    sprint = running(cast)
    with forbidden():
        daily.raise_impediment(
            process=sprint.process, by=cast.people[name], at=day(1), text="x"
        )


# capacity


def test_absences_are_taken_off(cast):
    sprint = a_sprint(cast)
    Absence.objects.create(
        user=cast.bob, starts_at=day(0), ends_at=day(4.9), made_at=day(0)
    )
    found = {hand.user.name: hand for hand in queries.hands(sprint)}
    assert (found["Alice"].away, found["Alice"].days) == (0, Decimal(4))
    assert (found["Bob"].away, found["Bob"].days) == (5, Decimal(2))


def test_a_weekend_takes_nothing_off(cast):
    assert len(queries.workdays(MONDAY, MONDAY + timedelta(days=13))) == 10


# review


def test_each_piece_is_answered_once(cast):
    sprint = running(cast)
    piece = review.give_feedback(
        sprint=sprint, by=cast.erin, at=day(10), text="The form is short now"
    )
    review.answer_feedback(piece=piece, by=cast.dana, at=day(10), answer="Thank you")
    piece.refresh_from_db()
    assert (piece.answer, piece.answered_by) == ("Thank you", cast.dana)
    with wrong_state():
        review.answer_feedback(piece=piece, by=cast.dana, at=day(11), answer="More")


def test_a_piece_becomes_a_story_and_that_is_its_answer(cast):
    sprint = running(cast)
    piece = review.give_feedback(
        sprint=sprint,
        by=cast.alice,
        at=day(10),
        text="Ask for the device, too",
        said_by="Head of payroll",
    )
    piece = review.make_story_of_feedback(
        piece=piece, by=cast.dana, at=day(10), title="Ask for the device"
    )
    assert piece.became.process == sprint.process
    assert "Head of payroll" in piece.became.notes
    assert piece.became.number in piece.answer


def test_a_stakeholder_is_heard_and_other_requesters_are_not(cast):
    sprint = running(cast)
    Stakeholder.objects.create(process=sprint.process, user=cast.carol, name="Carol")
    review.give_feedback(sprint=sprint, by=cast.carol, at=day(10), text="Good")
    with forbidden():
        review.give_feedback(sprint=sprint, by=cast.mallory, at=day(10), text="Bad")


def test_others_do_not_answer(cast):
    sprint = running(cast)
    piece = review.give_feedback(sprint=sprint, by=cast.erin, at=day(1), text="Hm")
    with forbidden():
        review.answer_feedback(piece=piece, by=cast.erin, at=day(1), answer="Hm")


# retrospective


@pytest.fixture
def looking_back(cast):
    return retro.set_retro(
        sprint=running(cast), by=cast.alice, at=day(11), phase="write"
    )


def note(cast, sprint, text="Less asking twice", secret="bobs", by=None):
    return retro.add_note(
        sprint=sprint,
        by=by or cast.bob,
        at=day(11),
        category="start",
        text=text,
        secret=secret,
    )


def to(cast, sprint, phase):
    return retro.set_retro(sprint=sprint, by=cast.alice, at=day(11), phase=phase)


def test_nobody_stands_on_a_note_or_in_its_event(cast, looking_back):
    found = note(cast, looking_back)
    assert not [f.name for f in RetroNote._meta.fields if f.name in {"by", "user"}]
    assert "bobs" not in found.author_key
    event = Event.objects.latest("id")
    assert (event.kind, event.actor_id) == ("sprint.retro_note", None)
    assert where("Less asking twice") == ["backlog_retronote"]


def test_only_its_author_takes_a_note_back(cast, looking_back):
    found = note(cast, looking_back)
    with forbidden():
        retro.take_back(note=found, by=cast.alice, at=day(11), secret="alices")
    retro.take_back(note=found, by=cast.bob, at=day(11), secret="bobs")
    assert not RetroNote.objects.exists()


def test_notes_that_say_the_same_are_grouped_under_one(cast, looking_back):
    a, b, c = (note(cast, looking_back, text) for text in "abc")
    to(cast, looking_back, "group")
    retro.group_note(note=b, by=cast.bob, at=day(11), under=a)
    retro.group_note(note=a, by=cast.bob, at=day(11), under=c)
    assert {n.group_id for n in RetroNote.objects.exclude(pk=c.pk)} == {c.pk}
    with invalid("under"):
        retro.group_note(note=c, by=cast.bob, at=day(11), under=c)


def test_a_note_taken_back_meanwhile_is_said_to_be_gone(cast, looking_back):
    mine = note(cast, looking_back)
    to(cast, looking_back, "group")
    RetroNote.objects.filter(pk=mine.pk).delete()
    with invalid("note"):
        retro.group_note(note=mine, by=cast.bob, at=day(11), under=None)


def test_everybody_has_five_votes(cast, looking_back):
    a, b = note(cast, looking_back, "a"), note(cast, looking_back, "b")
    to(cast, looking_back, "vote")
    retro.vote(note=a, by=cast.bob, at=day(11), n=3)
    with invalid("n"):
        retro.vote(note=b, by=cast.bob, at=day(11), n=3)
    retro.vote(note=a, by=cast.bob, at=day(11), n=1)
    retro.vote(note=b, by=cast.bob, at=day(11), n=3)
    retro.vote(note=a, by=cast.alice, at=day(11), n=5)
    assert sum(v.n for v in RetroVote.objects.all()) == 9
    assert str(cast.bob.pk) not in RetroVote.objects.values_list("voter_key", flat=True)


def test_an_action_becomes_a_story(cast, looking_back):
    found = note(cast, looking_back)
    to(cast, looking_back, "act")
    found = retro.make_story_of_note(
        note=found, by=cast.alice, at=day(11), title="Ask once"
    )
    assert (found.is_action, found.became.title) == (True, "Ask once")
    with wrong_state():
        retro.make_story_of_note(note=found, by=cast.alice, at=day(11), title="Twice")


def test_each_thing_has_its_phase(cast, looking_back):
    found = note(cast, looking_back)
    with wrong_state():
        retro.vote(note=found, by=cast.bob, at=day(11), n=1)
    to(cast, looking_back, "vote")
    with wrong_state():
        note(cast, looking_back)


def test_the_format_stays_once_there_are_notes(cast, looking_back):
    note(cast, looking_back)
    with wrong_state():
        retro.set_retro(
            sprint=looking_back,
            by=cast.alice,
            at=day(11),
            phase="write",
            format="sailboat",
        )


def test_others_write_no_notes(cast, looking_back):
    with forbidden():
        note(cast, looking_back, by=cast.erin)
