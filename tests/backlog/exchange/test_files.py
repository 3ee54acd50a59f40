"""Stories come in from files after a look, once, and go out safe to open."""

import csv
import io

import pytest
from django.core.files.base import ContentFile

from backlog.profile.models import Member
from backlog.stories import actions
from backlog.stories.models import Story
from core.models import Event
from tests.cast import AT
from tests.factories import as_, later

JIRA = """Summary,Issue key,Issue id,Status,Custom field (Story Points),Description,\
Assignee,Comment,Comment
Shorter forms,ITSM-1,10001,To Do,3.0,"Two lines
of text",Bob,First,Second
"=cmd|' /C calc'!A0",ITSM-2,10002,In Progress,4,,somebody,,
Done long ago,ITSM-3,10003,Done,5,,,,
,ITSM-4,10004,To Do,,,,,
Shorter forms again,ITSM-1,10005,To Do,many,,,,
"""
PAGE = "/backlog/incident/import/"


@pytest.fixture
def process(cast):
    found = cast.processes["incident"]
    Member.objects.create(process=found, user=cast.bob)
    return found


def sent(text, name="jira.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return {"file": ContentFile(data, name=name)}


def test_jiras_columns_are_known_and_nothing_is_written_before_a_yes(cast, process):
    page = as_(cast.dana).post(PAGE, sent(JIRA))
    text = page.content.decode()
    assert page.status_code == 200
    assert "2 stories come in" in text
    assert "2 are left out" in text
    assert "1 cannot be read" in text
    assert "4 becomes 5" in text
    assert "“somebody” is not known here" in text
    assert not Story.objects.exists()


def test_a_file_comes_in_once_however_often_it_is_sent(cast, process):
    client = as_(cast.bob)
    for _time in range(2):
        done = client.post(PAGE, {"text": JIRA, "do": "import"})
        assert done.status_code == 302
    first, second = Story.objects.order_by("rank")
    assert (first.title, first.points, first.assignee) == ("Shorter forms", 3, cast.bob)
    assert first.external_ref == "ITSM-1"
    assert first.notes.startswith("Two lines")
    assert (second.title, second.points) == ("=cmd|' /C calc'!A0", 5)
    assert set(Event.objects.filter(kind="story.create").values_list("door")) == {
        ("import",)
    }


def test_columns_are_what_somebody_says_they_are(cast, process):
    text = "Wish;Why\nShorter forms;calls are short\n"
    client = as_(cast.dana)
    assert b"0 stories come in" in client.post(PAGE, sent(text)).content
    chosen = {"text": text, "mapped": "1", "c0": "title", "c1": "so_that"}
    assert b"1 story comes in" in client.post(PAGE, chosen).content
    client.post(PAGE, chosen | {"do": "import"})
    assert Story.objects.get().so_that == "calls are short"
    twice = client.post(PAGE, chosen | {"c1": "title"})
    assert twice.status_code == 422


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"Title only\n", b"a,b\n" * 1002, b'"', b"\xff\xfe\x00"]
)
def test_what_is_no_file_of_stories_is_refused_in_words(cast, process, data):
    answer = as_(cast.dana).post(PAGE, sent(data))
    assert answer.status_code in (200, 422)
    assert not Story.objects.exists()


def test_others_bring_nothing_in(cast, process):
    assert as_(cast.alice).post(PAGE, sent(JIRA)).status_code == 403
    assert as_(cast.carol).get(PAGE).status_code == 404


def test_what_goes_out_is_safe_and_comes_in_again_as_it_was(cast, process):
    given = {"title": "=1+1", "so_that": "@home", "points": 5, "notes": "'-1"}
    actions.create_story(
        process=process, by=cast.dana, at=AT, criteria=["One", "Two"], **given
    )
    answer = as_(cast.alice).get("/backlog/incident/export/")
    text = b"".join(answer.streaming_content).decode()
    row = next(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert (row["title"], row["so_that"]) == ("'=1+1", "'@home")
    assert row["criteria"] == "One\nTwo"
    Story.objects.all().delete()
    as_(cast.dana).post(PAGE, {"text": text, "do": "import"})
    back = Story.objects.get()
    assert {name: getattr(back, name) for name in given} == given
    assert [one.text for one in back.criteria.order_by("position")] == ["One", "Two"]


def test_what_is_narrowed_on_the_page_is_narrowed_in_the_file(cast, process):
    for title, points in (("Small", 1), ("Not yet", None)):
        actions.create_story(
            process=process, by=cast.dana, at=later(1), title=title, points=points
        )
    answer = as_(cast.dana).get("/backlog/incident/export/?only=unestimated")
    text = b"".join(answer.streaming_content).decode()
    assert "Not yet" in text
    assert "Small" not in text
    assert as_(cast.carol).get("/backlog/incident/export/").status_code == 404
