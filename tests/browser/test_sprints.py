"""Sprints in the browser: by mouse, by keyboard alone, good in every look."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from backlog.profile.models import Profile
from backlog.sprints import actions, board_actions
from backlog.sprints import daily_actions as daily
from backlog.sprints import retro_actions as retro
from backlog.sprints import review_actions as review
from backlog.sprints import scope_actions as scope
from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from people.models import User
from tests.backlog.sprints.sprinting import a_story, a_team
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def going_on(cast: Cast) -> tuple[Sprint, list[Story]]:
    """A sprint that began four days ago, with a little of everything."""
    a_team(cast)
    now = timezone.now()
    first = timezone.localtime(now).date() - timedelta(days=4)
    begun = now - timedelta(days=4)
    stories = [
        a_story(cast, title=title, points=points, assignee=cast.bob)
        for title, points in (("Ask once", 3), ("Show the owner", 5), ("One mail", 2))
    ]
    sprint = actions.plan_sprint(
        process=cast.processes["incident"],
        by=cast.dana,
        at=begun,
        goal="A caller hears within the hour who has their ticket",
        starts_on=first,
        ends_on=first + timedelta(days=11),
        obstacle="Nobody owns a ticket before the first call",
    )
    scope.add_stories(sprint=sprint, by=cast.dana, at=begun, stories=stories)
    actions.start(sprint=sprint, by=cast.dana, at=begun)
    board_actions.set_column(
        story=stories[2], by=cast.bob, at=now - timedelta(days=1), column="done"
    )
    return sprint, stories


def column_of(story: Story) -> str:
    return Story.objects.get(pk=story.pk).column


def standing(page: Page, column: str, story: Story) -> Locator:
    """The card, where it stands in this column."""
    return page.locator(f"[data-column={column}] [data-story={story.number}]")


def test_a_card_is_dragged_to_another_column(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    sprint, (story, *_rest) = going_on(cast)
    sign_in(cast.bob)
    page.goto(f"/sprints/{sprint.pk}/board/")
    card = page.locator(f"[data-story={story.number}]")
    card.drag_to(page.locator("[data-column=doing]"))
    expect(standing(page, "doing", story)).to_be_visible()
    expect(page.locator(".boardheads > div").nth(1)).to_contain_text("1")
    assert column_of(story) == "doing"


def test_a_card_moves_by_keyboard_keeps_the_focus_and_a_limit_asks_why(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    sprint, (first, second, _done) = going_on(cast)
    profile = Profile.objects.get(process=sprint.process)
    profile.columns[1]["limit"] = 1
    profile.save()
    sign_in(cast.bob)
    page.goto(f"/sprints/{sprint.pk}/board/")
    page.get_by_role("link", name="Ask once").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(standing(page, "doing", first)).to_be_visible()
    expect(page.get_by_role("link", name="Ask once")).to_be_focused()
    page.get_by_role("link", name="Show the owner").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.get_by_role("alert")).to_contain_text("which is its limit")
    assert column_of(second) == "todo"
    page.keyboard.type("The audit asks for it today")
    page.keyboard.press("Enter")
    expect(standing(page, "doing", second)).to_be_visible()
    assert column_of(second) == "doing"


def test_a_card_is_moved_and_blocked_in_its_dialog(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    sprint, (story, *_rest) = going_on(cast)
    sign_in(cast.bob)
    page.goto(f"/sprints/{sprint.pk}/board/")
    page.get_by_role("link", name=f"Move {story.number}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Blocked: what does it wait for?").fill("The supplier")
    dialog.get_by_role("button", name="Block").click()
    expect(page.locator("[data-blocked]")).to_contain_text("The supplier")
    page.get_by_role("link", name=f"Move {story.number}").click()
    page.get_by_role("dialog").get_by_role("button", name="Verifying").click()
    expect(standing(page, "verifying", story)).to_be_visible()


def test_a_sprint_from_its_plan_to_its_close_by_keyboard_alone(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    a_team(cast)
    story = a_story(cast, title="Ask once", points=3)
    sign_in(cast.dana)

    def press(role: str, name: str) -> None:
        """Go there and press Enter, as who has no mouse."""
        found = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        found.focus()
        page.keyboard.press("Enter")

    page.goto("/backlog/incident/sprints/")
    page.get_by_role("link", name="Plan a sprint").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Sprint goal").focus()
    page.keyboard.type("Nobody waits for a password")
    press("button", "Plan it")
    page.wait_for_url("**/sprints/*/")
    page.get_by_label(f"Select {story.number}").focus()
    page.keyboard.press("Space")
    press("button", "Into the sprint")
    expect(page.get_by_role("button", name="Back to the backlog")).to_be_visible()
    press("button", "Start")
    page.wait_for_url("**/board/")
    for _step in range(3):
        page.get_by_role("link", name="Ask once").focus()
        with page.expect_response("**/board/"):
            page.keyboard.press("Alt+ArrowRight")
    expect(standing(page, "done", story)).to_be_visible()
    press("link", "Sprint")
    expect(page.get_by_text("0 points of 3 left, 3 done.")).to_be_visible()
    press("link", "Close")
    press("button", "Close the sprint")
    expect(page.get_by_text("Closed. Its charts stay as they are.")).to_be_visible()
    assert Sprint.objects.get().state == "closed"


def full(cast: Cast) -> Sprint:
    """With an impediment, feedback, a retrospective that votes, and a next sprint."""
    sprint, stories = going_on(cast)
    now = timezone.now()
    board_actions.block(story=stories[0], by=cast.bob, at=now, why="The supplier")
    daily.raise_impediment(
        process=sprint.process, sprint=sprint, by=cast.bob, at=now, text="No system"
    )
    review.give_feedback(sprint=sprint, by=cast.erin, at=now, text="Calmer now")
    retro.set_retro(sprint=sprint, by=cast.alice, at=now, phase="write")
    note = retro.add_note(
        sprint=sprint, by=cast.bob, at=now, category="start", text="Ask", secret="s"
    )
    retro.set_retro(sprint=sprint, by=cast.alice, at=now, phase="vote")
    retro.vote(note=note, by=cast.alice, at=now, n=2)
    return sprint


@pytest.mark.parametrize(
    "rest",
    ["", "edit/", "close/", "board/", "board/?lanes=people", "daily/", "review/",
     "retro/"],
)  # fmt: skip
def test_pages_of_a_sprint_are_accessible_in_every_look(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
    rest: str,
) -> None:
    sprint = full(cast)
    sign_in(cast.alice)
    page.goto(f"/sprints/{sprint.pk}/{rest}")
    assert_accessible_in_every_look(page)


@pytest.mark.parametrize("rest", ["sprints/", "measures/"])
def test_pages_of_a_process_are_accessible_in_every_look(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
    rest: str,
) -> None:
    full(cast)
    sign_in(cast.alice)
    page.goto(f"/backlog/incident/{rest}")
    assert_accessible_in_every_look(page)


def test_a_card_dialog_is_accessible(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    sprint, (story, *_rest) = going_on(cast)
    sign_in(cast.bob)
    page.goto(f"/sprints/{sprint.pk}/board/{story.number}/")
    assert_accessible_in_every_look(page)
