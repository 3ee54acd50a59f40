"""A newcomer improves a process: made, told, mapped, refined, worked, looked back on.

Once by mouse, once by keyboard alone: every control is reached by Tab.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
STORIES = [f"Laptop {n}" for n in range(1, 13)]
FURTHEST = 250  # presses of Tab on the longest way


class Mouse:
    """Clicks and drags."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, what: Locator) -> None:
        """A link, a button, a box."""
        what.click()

    def write(self, what: Locator, text: str) -> None:
        """Into a field."""
        what.click()
        what.fill(text)

    def choose(self, what: Locator, label: str) -> None:
        """Of a list."""
        what.select_option(label=label)

    def move(self, card: Locator, to: Locator, key: str) -> None:
        """Drag it there."""
        card.drag_to(to, target_position={"x": 30, "y": 8})


class Keys(Mouse):
    """Tab, Enter, Space, letters and arrows."""

    def _reach(self, what: Locator) -> None:
        what.wait_for()
        for _press in range(FURTHEST):
            if what.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reached {what}")

    def press(self, what: Locator) -> None:
        """Enter; Space on what is ticked."""
        self._reach(what)
        is_box = what.get_attribute("type") in {"checkbox", "radio"}
        self.page.keyboard.press("Space" if is_box else "Enter")

    def write(self, what: Locator, text: str) -> None:
        """Typed; what stood there goes."""
        self._reach(what)
        if what.get_attribute("type") == "date":
            what.fill(text)  # how a date is typed is the browser's own
            return
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, what: Locator, label: str) -> None:
        """A list takes what is typed."""
        self._reach(what)
        self.page.keyboard.type(label)

    def move(self, card: Locator, to: Locator, key: str) -> None:
        """Alt and an arrow while something in it has the focus."""
        self._reach(card.locator("a").first)
        self.page.keyboard.press(f"Alt+{key}")


@pytest.mark.parametrize("hand", [Mouse, Keys])
def test_a_newcomer_improves_a_process(
    page: Page, sign_in: Callable[..., None], cast: Cast, hand: type[Mouse]
):
    sign_in(cast.dana)
    hands = hand(page)
    makes_a_process(page, hands)
    writes_stories(page, hands)
    maps(page, hands)
    estimates(page, hands)
    sprint = plans_a_sprint(page, hands)
    works(page, hands, sprint)
    reviews(page, hands, sprint)
    looks_back(page, hands, sprint)
    closes(page, hands, sprint)


def makes_a_process(page: Page, hands: Mouse) -> None:
    """With a stakeholder."""
    page.goto("/processes/")
    hands.press(page.get_by_role("link", name="New process"))
    hands.write(page.get_by_label("Name", exact=True), "Onboarding")
    hands.press(page.get_by_role("button", name="Make it"))
    expect(page.get_by_role("heading", name="Onboarding")).to_be_visible()
    page.goto("/processes/onboarding/stakeholders/")
    hands.write(page.get_by_label("Who", exact=True), "Works council")
    hands.press(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_role("link", name="Works council")).to_be_visible()


def writes_stories(page: Page, hands: Mouse) -> None:
    """Twelve, one line each; the second goes to the top."""
    page.goto("/backlog/onboarding/")
    for title in STORIES:
        hands.write(page.get_by_label("Title of a new story"), title)
        hands.press(page.get_by_role("button", name="Add", exact=True))
        expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()
    rows = page.locator("li.story")
    expect(rows).to_have_count(len(STORIES))
    second = ranked()[1]
    with page.expect_response(lambda answer: "/move/" in answer.url):
        hands.move(rows.nth(1), rows.nth(0), "ArrowUp")
    expect(rows.nth(0)).to_contain_text(second.number)
    assert ranked()[0] == second


def maps(page: Page, hands: Mouse) -> None:
    """Two activities; the first story goes from none into the first of them."""
    page.goto("/backlog/onboarding/map/activities/")
    for name in ("Order", "Hand out"):
        hands.write(page.get_by_label("A new activity"), name)
        hands.press(page.get_by_role("button", name="Add the activity"))
        expect(page.get_by_label(f"Name of {name}")).to_have_value(name)
    page.goto("/backlog/onboarding/map/")
    story = ranked()[0]
    card = page.locator(f"[data-story='{story.number}']")
    to = page.locator("section.activity", has_text="Hand out").locator("ol").first
    with page.expect_response(lambda answer: "/map/place/" in answer.url):
        hands.move(card, to, "ArrowLeft")
    assert fresh(story).activity is not None


def estimates(page: Page, hands: Mouse) -> None:
    """The first story, hidden until it is revealed."""
    story = ranked()[0]
    page.goto(f"/backlog/onboarding/refine/poker/{story.number}/")
    hands.press(page.get_by_role("button", name="Ask the team"))
    hands.press(page.get_by_role("radio", name="1", exact=True))
    hands.press(page.get_by_role("button", name="Put it down, hidden"))
    hands.press(page.get_by_role("button", name="Reveal"))
    hands.press(page.get_by_role("button", name="Write it down"))
    expect(page.get_by_text("The team's word:")).to_be_visible()
    assert fresh(story).points == 1


def plans_a_sprint(page: Page, hands: Mouse) -> Sprint:
    """A goal, two weeks, two stories; begun."""
    page.goto("/backlog/onboarding/sprints/new/")
    hands.write(page.get_by_label("Sprint goal"), "Nobody waits for a laptop")
    today = date.today()
    hands.write(page.get_by_label("First day"), today.isoformat())
    last = today + timedelta(days=11)
    hands.write(page.get_by_label("Last day"), last.isoformat())
    hands.press(page.get_by_role("button", name="Plan it"))
    expect(page).to_have_url(re.compile(r"/sprints/\d+/"))
    sprint = Sprint.objects.get()
    for story in ranked()[:2]:
        hands.press(page.get_by_label(f"Select {story.number}", exact=True))
    hands.press(page.get_by_role("button", name="Into the sprint"))
    expect(page.get_by_role("button", name="Back to the backlog")).to_be_visible()
    hands.press(page.get_by_role("button", name="Start", exact=True))
    expect(page.get_by_text("Running").first).to_be_visible()
    assert sprint.stories.count() == 2
    return sprint


def works(page: Page, hands: Mouse, sprint: Sprint) -> None:
    """The first card goes over the board until it is done; something is in the way."""
    page.goto(f"/sprints/{sprint.pk}/board/")
    story = sprint.stories.order_by("rank")[0]
    for column in ("doing", "verifying", "done"):
        to = page.locator(f".col[data-column='{column}']")
        card = page.locator(f".bcard[data-story='{story.number}']")
        with page.expect_response(lambda answer: "/board/" in answer.url):
            hands.move(card, to, "ArrowRight")
        expect(to.locator(f"[data-story='{story.number}']")).to_be_visible()
    assert fresh(story).state == Story.State.DONE
    page.goto(f"/sprints/{sprint.pk}/daily/")
    hands.write(page.get_by_label("Today"), "The second one")
    hands.press(page.get_by_role("button", name="Say it"))
    expect(page.get_by_text("The second one").first).to_be_visible()


def reviews(page: Page, hands: Mouse, sprint: Sprint) -> None:
    """What was made is shown; what is said to it is answered."""
    page.goto(f"/sprints/{sprint.pk}/review/")
    hands.write(page.get_by_label("What do you say to it?"), "Two days, not ten")
    hands.press(page.get_by_role("button", name="Note it"))
    hands.press(page.locator("summary", has_text="Answer"))
    hands.write(page.get_by_label("Answer", exact=True), "Next month")
    hands.press(page.get_by_role("button", name="Answer it"))
    expect(page.get_by_text("Next month")).to_be_visible()
    assert sprint.pieces.get().answer == "Next month"


def looks_back(page: Page, hands: Mouse, sprint: Sprint) -> None:
    """A note, a vote for it, and an action, which is a story."""
    page.goto(f"/sprints/{sprint.pk}/retro/")
    hands.press(page.get_by_role("button", name=re.compile("Start, stop")))
    hands.write(page.get_by_label("Start", exact=True), "Order earlier")
    hands.press(page.get_by_role("button", name="Add", exact=True).first)
    expect(page.get_by_text("Order earlier")).to_be_visible()
    phases = page.locator(".phases")
    hands.press(phases.get_by_role("button").nth(1))
    hands.press(page.get_by_role("button", name="Vote", exact=True))
    hands.press(phases.get_by_role("button").last)
    hands.press(page.locator("summary", has_text="Make an action of it"))
    hands.write(page.get_by_label("What is to be done"), "Order a week before")
    hands.press(page.get_by_role("button", name="Make a story"))
    expect(page.get_by_role("link", name=re.compile("a week before"))).to_be_visible()


def closes(page: Page, hands: Mouse, sprint: Sprint) -> None:
    """What is not done goes where she says."""
    page.goto(f"/sprints/{sprint.pk}/close/")
    hands.press(page.get_by_label("Backlog", exact=True))
    hands.press(page.get_by_role("button", name="Close the sprint"))
    expect(page.get_by_text("Closed").first).to_be_visible()
    sprint.refresh_from_db()
    assert sprint.state == Sprint.State.CLOSED
    assert sprint.stories.get().state == Story.State.DONE


def ranked() -> list[Story]:
    """The stories of the process, in their order."""
    rows = Story.objects.filter(process__slug="onboarding").order_by("rank")
    return list(rows)


def fresh(story: Story) -> Story:
    """As it is now."""
    return Story.objects.get(pk=story.pk)
