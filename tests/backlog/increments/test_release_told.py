"""Who hears of a release and its decision: team and stakeholders, and nobody else."""

from datetime import date

import pytest

from backlog.increments import actions
from backlog.profile.actions import add_stakeholder, remove_stakeholder
from backlog.profile.models import Member
from backlog.refining.map import actions as filling
from backlog.stories.models import Story
from notify import inbox, letters
from notify.models import Message
from tests.cast import AT
from tests.factories import as_, later
from tests.notify.conftest import LATE, forget, heard, mailed, read_log

EVERYBODY = ("alice", "bob", "erin", "dana", "frank", "grace", "carol", "mallory")


@pytest.fixture
def increment(cast, process):
    """Dana owns it, Bob is in the team, Carol and Frank have a stake."""
    for user in (cast.carol, cast.frank):
        add_stakeholder(process=process, by=cast.dana, at=AT, user=user)
    add_stakeholder(process=process, by=cast.dana, at=AT, name="The works council")
    return actions.plan_increment(
        process=process, by=cast.bob, at=AT, name="Shorter form", notes="One page less."
    )


def decide(cast, increment, **more):
    given = {"how": "pilot", "to_whom": "Desk Bonn", "release_on": date(2026, 3, 9)}
    return actions.decide(
        increment=increment, by=cast.dana, at=later(3), **(given | more)
    )


def release(cast, increment, write):
    story = write()
    filling.add_stories(increment=increment, by=cast.bob, at=later(1), stories=[story])
    Story.objects.filter(pk=story.pk).update(state="done", done_at=later(1))
    actions.release(increment=increment, by=cast.dana, at=later(4))


def who_heard(cast):
    found = {name: heard(cast.people[name]) for name in EVERYBODY}
    return {name: rules for name, rules in found.items() if rules}


def line(user):
    [(_day, [found])] = inbox.of(user, at=LATE).days
    return found


def test_planning_is_told_to_nobody(cast, increment):
    read_log()
    assert who_heard(cast) == {}


def test_team_and_stakeholders_hear_when_how_and_to_whom(cast, increment):
    decide(cast, increment)
    read_log()
    told = ["increment.decided"]
    assert who_heard(cast) == dict.fromkeys(("bob", "frank", "carol"), told)
    found = line(cast.carol)
    assert (found.number, found.title) == ("Increment 1", "Shorter form")
    assert found.sentences == [
        "Dana decided on its release: 9 Mar 2026 · First to a pilot group"
    ]
    assert found.excerpt == "Desk Bonn"
    assert as_(cast.carol).get(found.url).status_code == 200
    assert mailed(cast.carol) == told


def test_the_mail_says_it_line_by_line_and_no_line_without_words(cast, increment):
    def body():
        read_log()
        [message] = Message.objects.filter(user=cast.carol, channel="mail")
        return letters.write([message])[message.pk].parts[0].body

    decide(cast, increment)
    assert "When: 9 Mar 2026" in (text := body())
    assert "How: First to a pilot group" in text
    assert "To whom: Desk Bonn" in text
    forget()
    decide(cast, increment, how="all", to_whom="", release_on=None)
    assert "When: as soon as it is done" in (text := body())
    assert "To whom" not in text


def test_its_release_is_told_with_the_notes_for_those_affected(cast, increment, write):
    decide(cast, increment)
    read_log()
    forget()
    release(cast, increment, write)
    read_log()
    told = ["increment.released"]
    assert who_heard(cast) == dict.fromkeys(("bob", "frank", "carol"), told)
    assert line(cast.carol).sentences == ["Dana released it"]
    assert line(cast.carol).excerpt == "One page less."


def test_whoever_is_in_team_and_a_stakeholder_hears_once(cast, process, increment):
    Member.objects.create(process=process, user=cast.frank)
    decide(cast, increment)
    read_log()
    assert heard(cast.frank) == ["increment.decided"]


def test_who_lost_their_stake_reads_nothing_of_it_any_more(cast, process, increment):
    decide(cast, increment)
    read_log()
    stake = process.stakeholders.get(user=cast.carol)
    remove_stakeholder(stakeholder=stake, by=cast.dana, at=later(5))
    assert (line(cast.carol).title, line(cast.carol).url) == ("", "")
    assert "Shorter form" not in as_(cast.carol).get("/notifications/").content.decode()


def test_what_is_dropped_before_it_is_told_is_not_told(cast, increment):
    decide(cast, increment)
    read_log()
    actions.drop_increment(increment=increment, by=cast.dana, at=later(5))
    assert line(cast.bob).sentences == []
    [message] = Message.objects.filter(user=cast.carol, channel="mail")
    assert letters.write([message]) == {}


def test_stakeholders_of_another_process_hear_nothing(cast, increment):
    other = cast.processes["change"]
    add_stakeholder(process=other, by=other.owner or cast.grace, at=AT, user=cast.erin)
    decide(cast, increment)
    read_log()
    assert heard(cast.erin) == []
