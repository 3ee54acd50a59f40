"""The team hears of a round that opens and of one that differs; never what was said."""

import pytest

from backlog.profile.models import Member
from backlog.refining.poker import actions
from notify import inbox
from tests.factories import as_, later
from tests.notify.conftest import LATE, forget, heard, read_log

EVERYBODY = ("alice", "bob", "erin", "dana", "frank", "grace", "carol", "mallory")


@pytest.fixture
def story(cast, process, write):
    """Dana's process, with Bob and Erin in its team; Carol may see the story."""
    Member.objects.create(process=process, user=cast.erin)
    story = write("Ask for the site only once")
    type(story).objects.filter(pk=story.pk).update(is_published=True)
    read_log()
    forget()
    return story


def do(verb, story, by, minute=1, **given):
    return getattr(actions, verb)(story=story, by=by, at=later(minute), **given)


def who_heard(cast):
    read_log()
    found = {name: heard(cast.people[name]) for name in EVERYBODY}
    forget()
    return {name: rules for name, rules in found.items() if rules}


def lines(user):
    return [one for _day, some in inbox.of(user, at=LATE).days for one in some]


def test_the_team_hears_of_a_round_that_opens_and_comes_to_its_table(cast, story):
    do("open_round", story, cast.bob)
    read_log()
    [line] = lines(cast.erin)
    assert line.sentences == ["Bob asks for your estimate"]
    assert line.url == f"/backlog/incident/refine/poker/{story.number}/"
    assert as_(cast.erin).get(line.url).status_code == 200
    assert who_heard(cast) == {"dana": ["poker.open"], "erin": ["poker.open"]}


def test_a_vote_is_told_to_nobody_and_nothing_said_stands_in_a_line(cast, story):
    do("open_round", story, cast.dana)
    do("vote", story, cast.bob, points=13, why="Every form has its own")
    read_log()
    for user in (cast.bob, cast.erin):
        [line] = lines(user)
        assert "13" not in f"{line.sentences}{line.excerpt}{line.title}"
        page = as_(user).get("/notifications/").content.decode()
        assert "Every form" not in page
    assert who_heard(cast) == {"bob": ["poker.open"], "erin": ["poker.open"]}


def test_cards_that_differ_are_told_to_the_team_cards_that_agree_to_nobody(cast, story):
    do("open_round", story, cast.dana)
    do("vote", story, cast.bob, points=3, why="Only a default")
    do("vote", story, cast.erin, points=13)
    who_heard(cast)
    do("reveal", story, cast.dana)
    read_log()
    [line] = lines(cast.bob)
    assert line.sentences == ["Dana turned the cards; they differ"]
    assert "Only a default" not in line.excerpt
    assert who_heard(cast) == {"bob": ["poker.differs"], "erin": ["poker.differs"]}
    do("next_round", story, cast.dana)
    assert who_heard(cast) == {"bob": ["poker.open"], "erin": ["poker.open"]}
    do("vote", story, cast.bob, points=5)
    do("vote", story, cast.erin, points=5)
    do("vote", story, cast.dana, points=None)  # cannot tell: no other word
    do("reveal", story, cast.bob)
    assert who_heard(cast) == {}


def test_nobody_who_can_tell_is_no_agreement(cast, story):
    do("open_round", story, cast.dana)
    do("vote", story, cast.bob, points=None)
    who_heard(cast)
    do("reveal", story, cast.bob)
    assert who_heard(cast) == {"dana": ["poker.differs"], "erin": ["poker.differs"]}


def test_two_rounds_read_at_once_are_each_judged_by_their_own_cards(cast, story):
    do("open_round", story, cast.dana)
    do("vote", story, cast.bob, points=3)
    do("reveal", story, cast.bob)
    do("next_round", story, cast.bob)
    do("vote", story, cast.bob, points=5)
    do("reveal", story, cast.bob)
    assert who_heard(cast)["dana"] == ["poker.open"]
