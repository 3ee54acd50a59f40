"""Who hears of sprints and of what is in their way; and nobody else."""

import pytest

from backlog.profile.models import Stakeholder
from backlog.sprints import actions, board_actions, scope_actions
from backlog.sprints import daily_actions as daily
from notify import inbox
from tests.backlog.sprints.sprinting import a_sprint, a_story, day, running
from tests.cast import AT
from tests.factories import as_
from tests.notify.conftest import LATE, forget, heard, mailed, read_log


@pytest.fixture
def stakeholders(cast):
    """Erin works here, Carol does not; Frank and Mallory are nobody's stakeholders."""
    for name in ("erin", "carol"):
        Stakeholder.objects.create(
            process=cast.processes["incident"], user=cast.people[name], name=name
        )


def all_heard(cast):
    """Everybody who heard something, and by which rules."""
    read_log()
    found = {name: heard(person) for name, person in cast.people.items()}
    return {name: rules for name, rules in found.items() if rules}


def line(person):
    """The one line of somebody's inbox."""
    [(_day, [found])] = inbox.of(person, at=LATE).days
    return found


def test_team_owner_and_stakeholders_who_work_here_hear_of_the_start(
    cast, stakeholders
):
    sprint = a_sprint(cast, a_story(cast, 5), a_story(cast, 8))
    actions.start(sprint=sprint, by=cast.alice, at=AT)
    begun = ["sprint.started"]
    assert all_heard(cast) == {"dana": begun, "bob": begun, "erin": begun}
    told = line(cast.bob)
    assert told.sentences == ["Alice started it: 2 stories, 13 points"]
    assert told.title == "Nobody waits for a password"
    assert told.url == f"/sprints/{sprint.pk}/board/"


def test_the_close_says_what_was_reached_and_asks_stakeholders_to_the_review(
    cast, stakeholders
):
    one, two = a_story(cast), a_story(cast, title="Not for everybody")
    sprint = running(cast, one, two)
    read_log()
    forget()
    board_actions.set_column(story=one, by=cast.bob, at=day(1), column="done")
    scope_actions.close(sprint=sprint, by=cast.dana, at=day(2), to={two: "backlog"})
    over = ["sprint.closed"]
    assert all_heard(cast) == {
        "alice": over,
        "bob": over,
        "erin": over,
        "carol": ["sprint.review"],
    }
    assert line(cast.alice).sentences == ["Dana closed it: 1 of 2 stories are done"]
    asked = line(cast.carol)
    assert asked.url == f"/sprints/{sprint.pk}/review/"
    assert asked.sentences == ["See what was made, and say what you think"]
    assert as_(cast.carol).get(asked.url).status_code == 200
    page = as_(cast.carol).get("/notifications/").content.decode()
    assert "Not for everybody" not in page
    assert "stories are done" not in page


def test_who_is_no_stakeholder_any_more_is_told_nothing(cast, stakeholders):
    sprint = running(cast)
    scope_actions.close(sprint=sprint, by=cast.dana, at=day(2), to={})
    Stakeholder.objects.filter(user=cast.carol).delete()
    assert "carol" not in all_heard(cast)


def test_the_team_hears_that_a_sprint_is_cancelled_and_why(cast, stakeholders):
    sprint = running(cast)
    read_log()
    forget()
    actions.cancel(sprint=sprint, by=cast.dana, at=day(1), why="The tool is replaced")
    gone = ["sprint.cancelled"]
    assert all_heard(cast) == {"alice": gone, "bob": gone, "erin": gone}
    assert line(cast.bob).excerpt == "The tool is replaced"
    assert mailed(cast.alice) == gone


@pytest.mark.parametrize("in_sprint", [True, False])
def test_the_owner_hears_once_that_an_impediment_needs_help(cast, in_sprint):
    sprint = running(cast)
    read_log()
    forget()
    found = daily.raise_impediment(
        process=sprint.process,
        sprint=sprint if in_sprint else None,
        by=cast.bob,
        at=day(1),
        text="No test system",
    )
    assert all_heard(cast) == {}
    for needs_help in (True, True, False):
        daily.change_impediment(
            impediment=found,
            by=cast.bob,
            at=day(1),
            given={"needs_help": needs_help},
        )
    assert all_heard(cast) == {"dana": ["impediment.help"]}
    told = line(cast.dana)
    assert (told.sentences, told.excerpt) == (["Bob asks for help"], "No test system")
    assert as_(cast.dana).get(told.url).status_code == 200
    assert mailed(cast.dana) == ["impediment.help"]


def test_an_impediment_that_needs_help_at_once_tells_owner_and_whose_it_is(cast):
    sprint = running(cast)
    read_log()
    forget()
    daily.raise_impediment(
        process=sprint.process,
        sprint=sprint,
        by=cast.bob,
        at=day(1),
        text="No test system",
        owner=cast.alice,
        needs_help=True,
    )
    assert all_heard(cast) == {
        "dana": ["impediment.help"],
        "alice": ["impediment.given"],
    }


def test_it_is_told_in_the_readers_language(cast):
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(language="de")
    cast.bob.refresh_from_db()
    actions.start(sprint=a_sprint(cast, a_story(cast)), by=cast.alice, at=AT)
    read_log()
    page = as_(cast.bob).get("/notifications/").content.decode()
    assert "1 Story, 3 Punkte" in page
