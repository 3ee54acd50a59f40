"""The pages of a sprint: what they show, to whom, and what they say where it fails."""

import pytest

from backlog.increments.actions import plan_increment
from backlog.profile.models import Profile, Stakeholder
from backlog.sprints import board_actions as board
from backlog.sprints import scope_actions as scope
from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from tests.backlog.sprints.sprinting import (
    a_sprint,
    a_story,
    a_team,
    day,
    running,
)
from tests.factories import as_

PAGES = ("", "board/", "daily/", "review/", "retro/", "edit/", "close/")


def get(person, sprint, rest="", status=200):
    answer = as_(person).get(f"/sprints/{sprint.pk}/{rest}")
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def send(person, sprint, rest="", status=302, **data):
    answer = as_(person).post(f"/sprints/{sprint.pk}/{rest}", data)
    assert answer.status_code == status, answer.content[:2000]
    return answer


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("state", ["planned", "running"])
def test_every_page_is_there_for_its_team(cast, rest, state):
    make = a_sprint if state == "planned" else running
    sprint = make(cast, a_story(cast, title="Ask once"))
    assert "Beeline" in get(cast.alice, sprint, rest)


@pytest.mark.parametrize("rest", ["", "board/", "daily/", "retro/", "close/", "edit/"])
def test_requesters_find_no_sprint(cast, rest):
    get(cast.mallory, running(cast, a_story(cast)), rest, status=404)


@pytest.mark.parametrize("rest", ["edit/", "close/"])
def test_other_staff_look_but_do_not_touch(cast, rest):
    sprint = running(cast, a_story(cast))
    assert "Start" not in get(cast.erin, sprint)
    get(cast.erin, sprint, rest, status=403)
    assert "data-can" not in get(cast.erin, sprint, "board/")


def test_a_sprint_is_planned_on_its_page(cast):
    a_team(cast)
    client = as_(cast.dana)
    page = client.get("/backlog/incident/sprints/new/").content.decode()
    assert 'type="date"' in page
    answer = client.post(
        "/backlog/incident/sprints/new/",
        {"goal": "Less waiting", "starts_on": "2026-03-02", "ends_on": "2026-03-13",
         "obstacle": "The form"},
    )  # fmt: skip
    sprint = Sprint.objects.get()
    assert answer["Location"] == f"/sprints/{sprint.pk}/"
    assert sprint.obstacle == "The form"
    assert "Less waiting" in client.get("/backlog/incident/sprints/").content.decode()


def test_what_cannot_be_planned_stays_in_the_form(cast):
    a_team(cast)
    answer = as_(cast.dana).post(
        "/backlog/incident/sprints/new/",
        {"goal": "Less waiting", "starts_on": "2026-03-02", "ends_on": "2026-05-13"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "one to four weeks" in page
    assert "Less waiting" in page


def test_stories_come_in_go_out_and_the_sprint_starts(cast):
    sprint, one, two = a_sprint(cast), a_story(cast), a_story(cast)
    send(cast.alice, sprint, verb="add", s=[one.number, two.number])
    send(cast.alice, sprint, verb="remove", s=[two.number])
    assert [s.pk for s in Story.objects.filter(sprint=sprint)] == [one.pk]
    send(cast.alice, sprint, verb="start")
    assert fresh(sprint).state == "running"
    assert "Burndown" in get(cast.bob, sprint)


def test_nothing_chosen_says_so(cast):
    page = send(cast.alice, a_sprint(cast), status=422, verb="add").content.decode()
    assert "Choose a story first" in page


def test_days_are_kept_and_no_number_is_refused(cast):
    sprint = a_sprint(cast)
    send(cast.alice, sprint, verb="capacity", **{f"days-{cast.bob.pk}": "2,5"})
    assert str(sprint.people.get(user=cast.bob).days) == "2.5"
    for typed in ("many", "NaN", "1e9"):
        name = f"days-{cast.bob.pk}"
        send(cast.alice, sprint, status=422, verb="capacity", **{name: typed})


def test_a_card_moves_and_the_board_alone_is_answered(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    answer = as_(cast.bob).post(
        f"/sprints/{sprint.pk}/board/",
        {"s": story.number, "column": "doing"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert fresh(story).column == "doing"
    send(cast.bob, sprint, "board/", s=story.number, column="done")
    assert fresh(story).state == "done"


def test_a_full_column_asks_why(cast):
    one, two = a_story(cast), a_story(cast)
    sprint = running(cast, one, two)
    profile = Profile.objects.get(process=sprint.process)
    profile.columns[1]["limit"] = 1
    profile.save()
    send(cast.bob, sprint, "board/", s=one.number, column="doing")
    page = send(
        cast.bob, sprint, "board/", status=409, s=two.number, column="doing"
    ).content.decode()
    assert 'name="because"' in page
    send(cast.bob, sprint, "board/", s=two.number, column="doing", because="Audit")
    assert fresh(two).column == "doing"


def test_a_card_is_moved_given_and_blocked_without_dragging(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    rest = f"board/{story.number}/"
    assert "In progress" in get(cast.bob, sprint, rest)
    send(cast.bob, sprint, rest, column="doing")
    send(cast.bob, sprint, rest, verb="assign", assignee=cast.alice.pk)
    send(cast.bob, sprint, rest, verb="block", why="Waits for the supplier")
    assert fresh(story).assignee == cast.alice
    assert "Waits for the supplier" in get(cast.bob, sprint, "board/?lanes=people")
    send(cast.bob, sprint, rest, verb="unblock")
    assert fresh(story).blocked == ""
    send(cast.bob, sprint, rest, status=422, verb="block", why="")


def test_a_story_of_another_sprint_is_not_on_this_board(cast):
    sprint, other = running(cast), a_story(cast)
    send(cast.bob, sprint, "board/", status=404, s=other.number, column="done")
    get(cast.bob, sprint, f"board/{other.number}/", status=404)


def test_a_board_costs_the_same_for_one_and_for_a_hundred(cast):
    from tests.itsm.checks import cost

    sprint = running(cast, a_story(cast, assignee=cast.bob))
    client = as_(cast.bob)
    few = cost(lambda: client.get(f"/sprints/{sprint.pk}/board/?lanes=people"))
    more = [a_story(cast, assignee=cast.alice) for _n in range(20)]
    scope.add_stories(sprint=sprint, by=cast.dana, at=day(1), stories=more)
    many = cost(lambda: client.get(f"/sprints/{sprint.pk}/board/?lanes=people"))
    assert many == few


def test_the_close_page_asks_for_each_story(cast):
    done, rest = a_story(cast), a_story(cast, title="Not there yet")
    sprint = running(cast, done, rest)
    board.set_column(story=done, by=cast.bob, at=day(1), column="done")
    assert "Not there yet" in get(cast.alice, sprint, "close/")
    page = send(cast.alice, sprint, "close/", status=422).content.decode()
    assert "to the backlog or the next sprint" in page
    send(cast.alice, sprint, "close/", **{f"to-{rest.number}": "backlog"})
    assert fresh(sprint).state == "closed"
    assert "Not there yet" in get(cast.alice, sprint)


def test_only_the_owner_is_offered_to_cancel(cast):
    sprint = running(cast)
    assert "Cancel sprint" not in get(cast.alice, sprint)
    assert "Cancel sprint" in get(cast.dana, sprint)
    send(cast.alice, sprint, status=403, verb="cancel", why="x")
    send(cast.dana, sprint, verb="cancel", why="The goal is void")
    assert "The goal is void" in get(cast.bob, sprint)


def test_a_daily_scrum_and_its_impediments(cast):
    sprint = running(cast, a_story(cast))
    send(cast.bob, sprint, "daily/", yesterday="Asked", today="The form")
    send(cast.bob, sprint, "daily/", verb="impediment", text="No test system")
    page = get(cast.alice, sprint, "daily/")
    assert "The form" in page
    assert "No test system" in page
    one = sprint.impediments.get()
    send(cast.bob, sprint, "daily/", verb="own", impediment=one.pk, owner=cast.dana.pk)
    send(cast.bob, sprint, "daily/", verb="resolve", impediment=one.pk, how="Got one")
    assert fresh(one).owner == cast.dana
    assert fresh(one).resolved_at
    send(cast.bob, sprint, "daily/", status=404, verb="resolve", impediment="9" * 25)


def test_feedback_is_noted_answered_and_becomes_a_story(cast):
    sprint = running(cast)
    for text in ("Short now", "Ask for the device"):
        send(cast.erin, sprint, "review/", text=text)
    first, second = sprint.pieces.order_by("pk")
    send(cast.alice, sprint, "review/", verb="answer", piece=first.pk, answer="Thanks")
    send(
        cast.alice, sprint, "review/", verb="story", piece=second.pk, title="The device"
    )
    assert "Thanks" in get(cast.erin, sprint, "review/")
    assert fresh(second).became.title == "The device"


def test_a_review_shows_what_was_made_by_increment_and_what_is_in_none(cast):
    process = cast.processes["incident"]
    increment = plan_increment(process=process, by=cast.dana, at=day(0), name="Doors")
    inside, outside = a_story(cast, increment=increment), a_story(cast)
    sprint = running(cast, inside, outside)
    for story in (inside, outside):
        board.set_column(story=story, by=cast.bob, at=day(1), column="done")
    page = get(cast.alice, sprint, "review/")
    assert page.index("Doors") < page.index(inside.title)
    assert page.index("In no increment") < page.index(outside.title)


def test_a_stakeholder_sees_what_was_published_and_own_words_alone(cast):
    shown, hidden = (
        a_story(cast, title="Seen", is_published=True),
        a_story(cast, title="Secret"),
    )
    sprint = running(cast, shown, hidden)
    for story in (shown, hidden):
        board.set_column(story=story, by=cast.bob, at=day(1), column="done")
    Stakeholder.objects.create(process=sprint.process, user=cast.carol, name="Carol")
    send(cast.erin, sprint, "review/", text="Among us")
    send(cast.carol, sprint, "review/", text="Well done", said_by="The boss")
    page = get(cast.carol, sprint, "review/")
    assert "Seen" in page
    assert "Well done" in page
    assert "Secret" not in page
    assert "Among us" not in page
    assert sprint.pieces.get(by=cast.carol).said_by == ""
    get(cast.mallory, sprint, "review/", status=404)


def test_a_retrospective_on_its_page(cast):
    sprint = running(cast)
    bob, alice = as_(cast.bob), as_(cast.alice)
    path = f"/sprints/{sprint.pk}/retro/"
    bob.post(path, {"verb": "phase", "phase": "write", "format": "sailboat"})
    bob.post(path, {"verb": "note", "category": "wind", "text": "Short ways"})
    alice.post(path, {"verb": "note", "category": "rocks", "text": "The audit"})
    page = bob.get(path).content.decode()
    assert "Short ways" in page
    assert "The audit" not in page  # not before all have written
    alice.post(path, {"verb": "phase", "phase": "vote"})
    note = sprint.notes.get(category="wind")
    alice.post(path, {"verb": "vote", "note": note.pk, "n": 2})
    assert "The audit" in bob.get(path).content.decode()
    alice.post(path, {"verb": "phase", "phase": "act"})
    alice.post(path, {"verb": "story", "note": note.pk, "title": "Keep them short"})
    assert fresh(note).became.title == "Keep them short"
    scope.close(sprint=sprint, by=cast.dana, at=day(11), to={})
    then = running(cast, start=14)
    assert "Keep them short" in get(cast.bob, then, "retro/")


def test_another_browser_takes_no_note_back(cast):
    sprint = running(cast)
    bob, alice = as_(cast.bob), as_(cast.alice)
    path = f"/sprints/{sprint.pk}/retro/"
    bob.post(path, {"verb": "phase", "phase": "write"})
    bob.post(path, {"verb": "note", "category": "start", "text": "Mine"})
    note = sprint.notes.get()
    assert alice.post(path, {"verb": "take-back", "note": note.pk}).status_code == 403
    assert bob.post(path, {"verb": "take-back", "note": note.pk}).status_code == 302
    assert not sprint.notes.exists()


def test_measures_of_a_process_have_a_sentence_and_a_table_each(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(2), column="doing")
    board.set_column(story=story, by=cast.bob, at=day(4), column="done")
    scope.close(sprint=sprint, by=cast.dana, at=day(11), to={})
    page = as_(cast.erin).get("/backlog/incident/measures/").content.decode()
    for words in ("Velocity of", "Cumulative flow", "Cycle time"):
        assert words in page
    assert page.count("<table") == 3
    assert as_(cast.carol).get("/backlog/incident/measures/").status_code == 404


def test_planning_shows_past_velocities_and_what_to_expect(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(4), column="done")
    scope.close(sprint=sprint, by=cast.dana, at=day(11), to={})
    page = get(cast.alice, a_sprint(cast, start=14))
    assert "The last sprint got 3 done" in page
