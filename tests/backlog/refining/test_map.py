"""The story map: a move changes a cell and, only where it must, the rank; one row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backlog.increments.actions import plan_increment
from backlog.mapping.actions import add_activity
from backlog.profile.models import Profile, Stakeholder
from backlog.refining.map import actions
from backlog.refining.map.queries import map_of
from backlog.stories.models import Story
from core.models import Event
from tests.api.conftest import Api
from tests.cast import AT
from tests.factories import as_, later
from tests.itsm.checks import forbidden, invalid

MAP = "/backlog/incident/map/"


@pytest.fixture
def wall(cast, process):
    """Two activities, one with a step; one increment."""
    new = {"process": process, "by": cast.dana, "at": AT}
    report, solve = (add_activity(name=n, **new) for n in ("Report", "Solve"))
    call = add_activity(name="Call", parent=report, **new)
    return {
        "report": report,
        "solve": solve,
        "call": call,
        "increment": plan_increment(name="First", **new),
    }


def place(cast, story, **where):
    return actions.place_story(story=story, by=cast.bob, at=later(1), **where)


def order(process):
    rows = Story.objects.filter(process=process).order_by("rank")
    return [story.title for story in rows]


def cells(process, user):
    """What the map shows: {(column, increment): titles}."""
    return {
        (column.name, cell.increment.name if cell.increment else None): [
            card.title for card in cell.cards
        ]
        for section in map_of(process, user).sections
        for column in section.columns
        for cell in column.cells
        if cell.cards
    }


def test_a_story_goes_into_another_cell_and_keeps_its_rank(cast, process, wall, write):
    for title in ("A", "B", "C"):
        last = write(title)
    place(cast, last, activity=wall["call"], increment=wall["increment"])
    assert order(process) == ["A", "B", "C"]
    shown = cells(process, cast.alice)
    assert shown["Call", "First"] == ["C"]
    assert shown["Not on the map yet", None] == ["A", "B"]


def test_before_another_in_its_cell_moves_the_rank(cast, process, wall, write):
    a, _b, c = write("A"), write("B"), write("C")
    place(cast, a, activity=wall["solve"])
    place(cast, c, activity=wall["solve"], before=a)
    assert order(process) == ["C", "A", "B"]
    assert cells(process, cast.alice)["Solve", None] == ["C", "A"]


def test_behind_all_of_a_cell_it_moves_only_as_far_as_it_must(
    cast, process, wall, write
):
    a, b, c = write("A"), write("B"), write("C")
    for story in (b, c):
        place(cast, story, activity=wall["solve"])
    place(cast, a, activity=wall["solve"], before=None)
    assert order(process) == ["B", "C", "A"]
    before = Event.objects.filter(kind="story.move").count()
    place(cast, a, activity=wall["solve"], before=None)  # it stands there already
    assert Event.objects.filter(kind="story.move").count() == before


def test_where_the_neighbours_are_right_the_rank_stays(cast, process, wall, write):
    a, b, c = write("A"), write("B"), write("C")
    for story in (a, c):
        place(cast, story, activity=wall["solve"])
    place(cast, b, activity=wall["solve"], before=c)
    assert order(process) == ["A", "B", "C"]
    assert not Event.objects.filter(kind="story.move").exists()


def test_a_move_writes_one_row(cast, process, wall, write):
    for n in range(5):
        last = write(f"Story {n}")
    first = Story.objects.filter(process=process).order_by("rank").first()
    place(cast, first, activity=wall["solve"])
    before = {s.pk: (s.rank, s.activity_id) for s in Story.objects.all()}
    place(cast, last, activity=wall["solve"], before=first)
    after = {s.pk: (s.rank, s.activity_id) for s in Story.objects.all()}
    assert [pk for pk in before if before[pk] != after[pk]] == [last.pk]


def test_in_an_order_by_wsjf_a_move_within_a_cell_is_an_exception(
    cast, process, wall, write
):
    Profile.objects.update_or_create(process=process, defaults={"order": "wsjf"})
    high, low = write("High", wsjf=(8, 8, 8, 1)), write("Low", wsjf=(1, 1, 1, 8))
    for story in (high, low):
        place(cast, story, activity=wall["solve"])
    moved = place(cast, low, before=high)
    assert moved.by_hand
    assert order(process) == ["Low", "High"]


def test_before_a_story_of_another_cell_is_refused(cast, wall, write):
    a, b = write("A"), write("B")
    with invalid() as caught:
        place(cast, a, activity=wall["solve"], before=b)
    assert "before" in caught.value.errors


@pytest.mark.parametrize("name", ["alice", "carol", "mallory"])
def test_others_move_nothing(cast, wall, write, name):
    story = write()
    with forbidden():
        actions.place_story(
            story=story, by=cast.people[name], at=later(1), activity=wall["solve"]
        )


def test_a_dropped_step_leaves_its_stories_to_its_activity(cast, process, wall, write):
    story = place(cast, write("A"), activity=wall["call"])
    actions.drop_activity(activity=wall["call"], by=cast.bob, at=later(2))
    story.refresh_from_db()
    assert story.activity == wall["report"]
    event = Event.objects.filter(kind="story.edit").latest("id")
    assert event.changes["activity"] == [wall["call"].pk, wall["report"].pk]


def test_the_page_shows_every_cell_and_a_form_for_each_move(cast, process, wall, write):
    story = place(cast, write("Ask less"), activity=wall["call"])
    page = as_(cast.bob).get(MAP).content.decode()
    assert "Ask less" in page
    assert f"{MAP}{story.number}/" in page
    assert f"{MAP}{story.number}/" not in as_(cast.alice).get(MAP).content.decode()


def drop(cast, story, **where):
    """A drop on the page; what it answers."""
    sent = {"story": story.number, "activity": "", "increment": "", **where}
    answer = as_(cast.bob).post(f"{MAP}place/", sent, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_drop_answers_which_story_is_below_it_then(cast, process, wall, write):
    a, b, c = write("A"), write("B"), write("C")
    assert drop(cast, c, before=b.number) == b.number
    assert order(process) == ["A", "C", "B"]
    assert drop(cast, c, before="") == ""
    assert order(process) == ["A", "B", "C"]
    there = {"activity": wall["call"].pk}
    assert drop(cast, c, **there) == ""  # another cell, the rank as it is
    assert drop(cast, a, **there) == c.number


def test_a_drop_is_right_whatever_became_of_the_ranks_meanwhile(
    cast, process, wall, write
):
    a, b, c = write("A"), write("B"), write("C")
    assert "rank=" not in as_(cast.bob).get(MAP).content.decode()
    for story, rank in ((a, "1"), (b, "11"), (c, "111")):  # shortened, in their order
        Story.objects.filter(pk=story.pk).update(rank=rank)
    assert drop(cast, c, before=b.number) == b.number
    assert order(process) == ["A", "C", "B"]


def test_each_card_says_its_place_among_all_of_the_page(cast, process, wall, write):
    place(cast, write("A"), activity=wall["solve"])
    write("B")
    place(cast, write("C"), activity=wall["call"])
    shown = {
        card.title: card.place
        for section in map_of(process, cast.bob).sections
        for column in section.columns
        for cell in column.cells
        for card in cell.cards
    }
    assert shown == {"A": 0, "B": 1, "C": 2}


def test_without_a_script_the_form_does_the_same(cast, process, wall, write):
    story, bob = write("A"), as_(cast.bob)
    url = f"{MAP}{story.number}/"
    assert "Before" in bob.get(url).content.decode()
    sent = {"activity": wall["call"].pk, "increment": wall["increment"].pk}
    answer = bob.post(url, {**sent, "before": "keep"})
    assert answer.url == f"{MAP}#{story.number}"
    assert cells(process, cast.bob) == {("Call", "First"): ["A"]}


def test_a_place_that_is_none_is_refused_and_nothing_moves(cast, wall, write):
    story = write("A")
    answer = as_(cast.bob).post(
        f"{MAP}place/", {"story": story.number, "activity": "999999"}
    )
    assert answer.status_code == 404


def test_over_rest(cast, process, wall, write):
    a, b = write("A"), write("B")
    sent = {"activity": wall["solve"].pk, "increment": wall["increment"].pk}
    bob = Api(cast.bob)
    told = bob.post(f"stories/{a.number}/place/", sent)
    assert told.status_code == 200, told.json()
    assert told.json()["increment"] == wall["increment"].pk
    told = bob.post(f"stories/{b.number}/place/", {**sent, "before": a.number})
    assert order(process) == ["B", "A"]
    assert Api(cast.alice).post(f"stories/{a.number}/place/", {}).status_code == 403
    assert Api(cast.mallory).post(f"stories/{a.number}/place/", {}).status_code == 404
    wrong = bob.post(f"stories/{a.number}/place/", {"activity": 10**9})
    assert wrong.status_code == 422


def test_a_stakeholder_sees_what_was_published_alone(cast, process, wall, write):
    Stakeholder.objects.create(process=process, user=cast.carol, name="Carol")
    write("Hidden")
    write("Published", is_published=True)
    assert as_(cast.mallory).get(MAP).status_code == 404
    page = as_(cast.carol).get(MAP).content.decode()
    assert "Published" in page
    assert "Hidden" not in page
    assert "First" not in page  # an increment that nobody decided on


def test_300_stories_cost_as_many_queries_as_three(cast, process, wall, write):
    def asked():
        client = as_(cast.bob)
        client.get(MAP)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(MAP).status_code == 200
        return len(caught)

    for n in range(3):
        write(f"Story {n}")
    few = asked()
    model = Story.objects.filter(process=process).order_by("-rank").first()
    Story.objects.bulk_create(
        Story(
            process=process,
            title=f"More {n}",
            rank=f"{model.rank}{n + 1:04d}V",
            activity=wall["solve"],
            created_at=AT,
            updated_at=AT,
        )
        for n in range(300)
    )
    assert asked() == few
    assert map_of(process, cast.bob).total == 303


def test_activities_are_edited_by_plain_forms(cast, process, wall):
    bob, url = as_(cast.bob), f"{MAP}activities/"
    bob.post(f"{url}add/", {"name": "Verify"})
    bob.post(f"{url}{wall['solve'].pk}/", {"name": "Repair"})
    bob.post(f"{url}{wall['solve'].pk}/", {"to": "0"})
    bob.post(f"{url}{wall['call'].pk}/", {"drop": "1"})
    shown = bob.get(url).content.decode()
    assert shown.index("Repair") < shown.index("Report") < shown.index("Verify")
    assert "Call" not in shown
    assert as_(cast.alice).get(url).status_code == 403
    refused = bob.post(f"{url}add/", {"name": " "})
    assert refused.status_code == 422
