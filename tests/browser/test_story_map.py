"""The story map and refinement in Chromium: dragged, by keyboard, by form."""

import re

import pytest

from backlog.increments.queries import get_increment
from backlog.refining.poker import actions as poker
from backlog.stories.actions import move_story
from backlog.stories.models import Story
from backlog.stories.rank import spread
from tests.backlog.improving import improve
from tests.browser.conftest import NARROW, WIDE, faults
from tests.cast import AT

MAP = "/backlog/incident/map/"


@pytest.fixture
def made(cast):
    return improve(cast)


def card(page, story):
    return page.locator(f"#{story.number}")


def cell(page, step, increment):
    return page.get_by_role("list", name=f"{step}, {increment}", exact=True)


def put(page, do):
    """Do it, and wait for the server's word."""
    with page.expect_response(re.compile(r"/map/place/$")) as answer:
        do()
    assert answer.value.status == 200


def order(process):
    rows = Story.objects.filter(process=process).order_by("rank")
    return list(rows.values_list("pk", flat=True))


def test_a_card_is_dragged_into_another_cell_and_stays_there(cast, page, sign_in, made):
    sign_in(cast.bob)
    page.goto(MAP)
    story, target = made.stories[4], cell(page, "By phone", "Nobody is handed on")
    put(page, lambda: card(page, story).drag_to(target))
    page.reload()
    assert card(page, story).locator("xpath=..").get_attribute("aria-label") == (
        "By phone, Nobody is handed on"
    )
    story.refresh_from_db()
    assert story.activity == made.places["By phone"]
    assert get_increment(cast.bob, story.increment_id).name == "Nobody is handed on"


def test_the_same_by_keyboard_and_the_focus_stays(cast, page, sign_in, made):
    sign_in(cast.bob)
    page.goto(MAP)
    story = made.stories[4]  # Diagnose, the first increment
    before = order(made.process)
    card(page, story).get_by_role("link").first.focus()
    put(page, lambda: page.keyboard.press("Alt+ArrowLeft"))
    put(page, lambda: page.keyboard.press("Alt+ArrowDown"))
    story.refresh_from_db()
    assert story.activity == made.places["By phone"]
    assert story.increment == made.increments[1]
    assert order(made.process) == before  # another cell is not another rank
    assert page.evaluate("document.activeElement.closest('.card1').id") == story.number
    said = page.locator("story-map [role=status]").text_content()
    assert said == f"{story.number}: By phone, Nobody is handed on, place 2 of 2"
    put(page, lambda: page.keyboard.press("Alt+ArrowUp"))
    assert order(made.process).index(story.pk) < order(made.process).index(
        made.stories[2].pk
    )


def test_ranks_that_change_behind_the_pages_back_move_no_card(
    cast, page, sign_in, made
):
    sign_in(cast.bob)
    page.goto(MAP)
    before = order(made.process)
    for story, short in zip(before, spread(len(before)), strict=True):
        Story.objects.filter(pk=story).update(rank=f"{short}{'0' * 9}V")
    story = made.stories[4]
    card(page, story).get_by_role("link").first.focus()
    put(page, lambda: page.keyboard.press("Alt+ArrowLeft"))
    put(page, lambda: page.keyboard.press("Alt+ArrowDown"))
    put(page, lambda: page.keyboard.press("Alt+ArrowUp"))  # before the other one there
    put(page, lambda: page.keyboard.press("Alt+ArrowRight"))
    shown = all_cells(page)
    page.reload()
    assert all_cells(page) == shown


def test_where_others_moved_meanwhile_a_card_goes_where_the_server_has_it(
    cast, page, sign_in, made
):
    sign_in(cast.bob)
    page.goto(MAP)
    story, other = made.stories[4], made.stories[2]
    move_story(story=story, by=cast.dana, at=AT, before=other)
    card(page, story).get_by_role("link").first.focus()
    put(page, lambda: page.keyboard.press("Alt+ArrowLeft"))
    put(page, lambda: page.keyboard.press("Alt+ArrowDown"))
    said = page.locator("story-map [role=status]")
    said.get_by_text("place 1 of 2").wait_for(state="attached")
    assert page.evaluate("document.activeElement.closest('.card1').id") == story.number
    shown = all_cells(page)
    page.reload()
    assert all_cells(page) == shown


def all_cells(page):
    """The cards of each cell, from top to bottom."""
    return page.locator("story-map .cell").evaluate_all(
        "cells => cells.map((cell) => [...cell.children].map((card) => card.id))"
    )


def test_where_the_server_says_no_the_page_says_how_it_is(cast, page, sign_in, made):
    sign_in(cast.bob)
    page.goto(MAP)
    story = made.stories[4]
    made.increments[1].stories.update(increment=None)
    made.increments[1].delete()
    card(page, story).get_by_role("link").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Alt+ArrowDown")
    assert cell(page, "Diagnose", "Fewer questions").locator(f"#{story.number}").count()


def test_a_form_moves_it_in_a_dialog(cast, page, sign_in, made):
    sign_in(cast.bob)
    page.goto(MAP)
    story = made.stories[3]
    page.get_by_role("link", name=f"Move {story.number}", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Increment").select_option(label="Fewer questions")
    with page.expect_navigation():
        dialog.get_by_role("button", name="Move", exact=True).click()
    assert cell(page, "By phone", "Fewer questions").locator(f"#{story.number}").count()


def test_on_a_phone_one_activity_follows_the_other(cast, page, sign_in, made):
    page.set_viewport_size(NARROW)
    sign_in(cast.bob)
    page.goto(MAP)
    boxes = [one.bounding_box() for one in page.locator(".activity > h2").all()]
    assert [box["x"] for box in boxes] == [boxes[0]["x"]] * len(boxes)
    tops = [box["y"] for box in boxes]
    assert tops == sorted(tops)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW["width"]


def test_others_look_on(cast, page, sign_in, made):
    sign_in(cast.alice)
    page.goto(MAP)
    assert page.locator(".card1[draggable=true]").count() == 0


def test_poker_by_two_people_who_are_never_there_together(cast, page, sign_in, made):
    story = made.stories[3]
    url = f"/backlog/incident/refine/poker/{story.number}/"
    poker.open_round(story=story, by=cast.dana, at=AT)
    sign_in(cast.bob)
    page.goto(url)
    page.get_by_role("radio", name="3", exact=True).click()
    page.get_by_label("Why").fill("We have the numbers")
    page.get_by_role("button", name="Put it down, hidden").click()
    page.wait_for_load_state()
    sign_in(cast.erin)
    page.goto(url)
    assert "We have the numbers" not in page.content()
    page.get_by_role("radio", name="8", exact=True).click()
    page.get_by_role("button", name="Put it down, hidden").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Reveal").click()
    page.get_by_text("We have the numbers").wait_for()
    page.get_by_label("The team's word").select_option("5")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("Estimate: 5").wait_for()
    story.refresh_from_db()
    assert story.points == 5


def test_axe_finds_nothing_on_these_pages(cast, page, sign_in, made):
    sign_in(cast.dana)
    story, other = made.stories[9], made.stories[10]
    poker.open_round(story=story, by=cast.dana, at=AT)
    base = "/backlog/incident/"
    wrong = []
    for url in (
        MAP,
        f"{MAP}activities/",
        f"{MAP}{story.number}/",
        f"{base}increments/",
        f"{base}increments/new/",
        f"/increments/{made.increments[0].pk}/",
        f"{base}refine/",
        f"{base}refine/?show=same",
        f"{base}refine/poker/{story.number}/",
        f"{base}refine/split/{story.number}/",
        f"{base}refine/merge/{other.number}/?with={story.number}",
        f"{base}refine/sessions/new/",
    ):
        page.goto(url)
        for size in (WIDE, NARROW):
            wrong += faults(page, size)
    assert not wrong, "\n".join(wrong)
