"""The pages of stories, as people and keyboards use them."""

import pytest

from backlog.stories import actions
from backlog.stories.models import Story
from tests.factories import as_, later


def statements(django_assert_max_num_queries, client, address):
    with django_assert_max_num_queries(100) as seen:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(seen.captured_queries), answer.content.decode()


@pytest.mark.parametrize("name", ["dana", "bob", "alice", "grace"])
def test_staff_read_every_backlog(cast, process, write, name):
    write("Shorter forms")
    client = as_(getattr(cast, name))
    for address in ("/backlog/", "/backlog/incident/", "/backlog/ideas/"):
        assert client.get(address).status_code == 200
    assert b"Shorter forms" in client.get("/backlog/incident/").content


def test_a_requester_reads_what_was_published(cast, write):
    story = write("Shorter forms", notes="Between us")
    page = f"/backlog/incident/stories/{story.number}/"
    carol = as_(cast.carol)
    assert carol.get(page).status_code == 404
    assert carol.get("/backlog/incident/").status_code == 404
    given = {"is_published": True}
    actions.edit_story(story=story, by=cast.dana, at=later(1), given=given)
    assert carol.get(page).status_code == 200
    assert carol.post(f"{page}do/edit/", {"title": "Mine"}).status_code == 403


def test_a_list_costs_the_same_for_20_and_for_200_stories(
    cast, write, django_assert_max_num_queries
):
    client = as_(cast.dana)
    for n in range(20):
        write(f"Story {n}", (8, 5, 3, 2), criteria=["One"], assignee=cast.bob)
    client.get("/backlog/incident/")
    few, _text = statements(django_assert_max_num_queries, client, "/backlog/incident/")
    for n in range(180):
        write(f"More {n}")
    many, text = statements(django_assert_max_num_queries, client, "/backlog/incident/")
    assert many == few <= 20
    assert text.count('class="story"') == 50
    assert "after=STO-" in text


def test_the_rest_comes_by_a_plain_link_and_keeps_its_places(cast, write):
    made = [write(f"Story {n}") for n in range(53)]
    client = as_(cast.dana)
    rest = client.get(f"/backlog/incident/?after={made[49].number}").content.decode()
    assert rest.count('class="story"') == 3
    assert "--before: 50" in rest
    part = client.get(
        f"/backlog/incident/?after={made[49].number}", headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    assert part.count('class="story"') == 3


def test_a_move_by_drag_answers_with_the_row_and_its_place(cast, write):
    first, second = write("First"), write("Second")
    client = as_(cast.dana)
    answer = client.post(
        f"/backlog/incident/stories/{second.number}/move/",
        {"before": first.number},
        headers={"HX-Request": "true"},
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-before="{first.number}"' in text
    assert f"{second.number} moved from place 2 to 1." in text


def test_without_scripts_a_form_moves_a_story(cast, write):
    first, second = write("First"), write("Second")
    client = as_(cast.dana)
    page = f"/backlog/incident/stories/{second.number}/move/"
    assert b"Before which story" in client.get(page).content
    wrong = client.post(page, {"before": "STO-999999"})
    assert wrong.status_code == 422
    assert b"There is no story STO-999999 for you." in wrong.content
    assert client.post(page, {"to": "top"}).status_code == 302
    assert list(Story.objects.order_by("rank")) == [second, first]


def test_weighing_says_what_it_did_to_the_place(cast, write):
    write("First", (8, 5, 3, 2))
    second = write("Second", (3, 2, 1, 2))
    client = as_(cast.dana)
    page = f"/backlog/incident/stories/{second.number}/weigh/"
    sent = {"value": 20, "time_criticality": 2, "risk_reduction": 1, "size": 2}
    text = client.post(page, sent, headers={"HX-Request": "true"}).content.decode()
    assert f"{second.number}: WSJF 3.00 became 11.50." in text
    assert "It moved from place 2 to 1." in text


def test_filters_stand_in_the_address(cast, write):
    write("Estimated", points=3)
    write("Not yet")
    client = as_(cast.dana)
    text = client.get("/backlog/incident/?only=unestimated&q=yet").content.decode()
    assert "Not yet" in text
    assert ">Estimated<" not in text
    nonsense = "/backlog/incident/?only=x&state=y&increment=-1&sprint=9e9&q=%00"
    assert client.get(nonsense).status_code == 200


def test_ticked_stories_are_dropped_together(cast, write):
    one, two, three = (write(name) for name in ("One", "Two", "Three"))
    client = as_(cast.dana)
    sent = {"t": [one.number, three.number], "do": "drop"}
    assert client.post("/backlog/incident/picked/", sent).status_code == 302
    left = Story.objects.filter(state=Story.State.OPEN)
    assert list(left) == [two]


def test_a_story_is_written_with_its_criteria(cast, process):
    client = as_(cast.bob)
    sent = {"title": "Shorter forms", "criteria": "One page\n\nNo scrolling", "size": 3}
    answer = client.post("/backlog/incident/new/", sent)
    story = Story.objects.get()
    assert answer.url == f"/backlog/incident/stories/{story.number}/"
    assert [c.text for c in story.criteria.order_by("position")] == [
        *("One page", "No scrolling")
    ]
    wrong = client.post("/backlog/incident/new/", {"title": "", "size": 4})
    assert wrong.status_code == 422


def test_a_story_page_changes_in_place(cast, write):
    story = write("Shorter forms", criteria=["One page"])
    page = f"/backlog/incident/stories/{story.number}/"
    client, htmx = as_(cast.dana), {"HX-Request": "true"}
    text = client.post(f"{page}do/edit/", {"points": 5}, headers=htmx).content.decode()
    assert "<html" not in text
    assert "Points" in text
    mark = {"criterion": story.criteria.get().pk, "met": "1"}
    client.post(f"{page}do/criterion/", mark)
    client.post(f"{page}do/remark/", {"body": "What do you think, @bob?"})
    story.refresh_from_db()
    assert story.points == 5
    assert story.criteria.get().met_by == cast.dana
    assert {w.user.name for w in story.watches.all()} == {"Dana", "Bob"}
    text = client.get(page).content.decode()
    assert "What do you think" in text
    assert client.post(f"{page}do/nonsense/").status_code == 404
    assert client.post(f"{page}do/edit/", {"title": ""}).status_code == 422


def test_a_story_page_costs_the_same_however_much_it_holds(
    cast, write, django_assert_max_num_queries
):
    client = as_(cast.dana)
    story = write("Little")
    actions.add_criterion(story=story, by=cast.dana, at=later(1), text="One")
    actions.remark(story=story, by=cast.bob, at=later(1), body="Yes")
    page = f"/backlog/incident/stories/{story.number}/"
    client.get(page)
    few, _text = statements(django_assert_max_num_queries, client, page)
    for n in range(30):
        actions.add_criterion(story=story, by=cast.dana, at=later(n), text=f"C {n}")
        actions.remark(story=story, by=cast.dana, at=later(n), body=f"Remark {n}")
    many, text = statements(django_assert_max_num_queries, client, page)
    assert many <= few
    assert few <= 28
    assert "Remark 29" in text


def test_the_number_alone_leads_to_the_page(cast, write):
    story = write("Shorter forms")
    answer = as_(cast.alice).get(f"/backlog/stories/{story.number}/")
    assert answer.url == f"/backlog/incident/stories/{story.number}/"
    assert as_(cast.alice).get("/backlog/stories/STO-0/").status_code == 404


def test_wsjf_is_written_as_the_reader_writes_numbers(cast, write):
    story = write("Shorter", value=5, time_criticality=2, risk_reduction=2, size=2)
    cast.dana.language = "de"
    cast.dana.save()
    for address in ("", f"stories/{story.number}/"):
        page = as_(cast.dana).get(f"/backlog/incident/{address}").content.decode()
        assert "4,50" in page
        assert "4.50" not in page
