"""Stories come in from files after a look, once, and go out safe to open."""

import csv
import io
import re

import pytest
from django.core.files.base import ContentFile

from backlog.profile.models import Member
from backlog.stories import actions
from backlog.stories.models import Story
from core.models import Event
from people.models import User
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
    assert b"which column is the title" in client.post(PAGE, sent(text)).content
    chosen = {"text": text, "mapped": "1", "c0": "title", "c1": "so_that"}
    assert b"1 story comes in" in client.post(PAGE, chosen).content
    client.post(PAGE, chosen | {"do": "import"})
    assert Story.objects.get().so_that == "calls are short"


def test_what_was_chosen_stays_where_it_cannot_be(cast, process):
    chosen = {"text": "Wish;Why\nShorter forms;calls\n", "mapped": "1", "c0": "title"}
    twice = as_(cast.dana).post(PAGE, chosen | {"c1": "title"})
    page = twice.content.decode()
    assert twice.status_code == 422
    assert "Two columns are “Title”" in page
    assert page.count('<option value="title" selected>') == 2
    assert "Shorter forms;calls" in page


def test_nothing_comes_in_by_columns_nobody_looked_at(cast, process):
    chosen = {"text": "Wish;Why\nShorter forms;calls\n", "mapped": "1", "c0": "title"}
    client = as_(cast.dana)
    changed = chosen | {"seen": "0:title", "c1": "so_that", "do": "import"}
    assert client.post(PAGE, changed).status_code == 422
    assert not Story.objects.exists()
    client.post(PAGE, changed | {"seen": "0:title 1:so_that"})
    assert Story.objects.get().so_that == "calls"


def test_every_row_that_is_not_taken_is_told_with_its_number(cast, process):
    lines = ["Issue key;Summary;Status"]
    lines += [f"P-{n};Title {n};To Do" for n in range(2, 101)]
    lines += ["", 'P-102;"";To Do', "P-103;Title 2;Done", "P-2;Again;To Do"]
    page = as_(cast.dana).post(PAGE, sent("\n".join(lines))).content.decode()
    found = re.findall(
        r'num">(\d+)</td>.*?<span class="chip".*?</svg>(.*?)</span>', page
    )
    assert ("102", "It has no title.") in found
    assert ("103", "It is “Done”") in found
    assert ("104", "The same as row 2") in found
    assert "99 stories come in" in page


def test_without_numbers_a_file_is_known_by_its_titles(cast, process):
    text = "title,points\nShorter forms,3\nFewer forms,5\nshorter forms,8\n"
    client = as_(cast.dana)
    for _time in range(2):
        client.post(PAGE, {"text": text, "do": "import"})
    assert list(Story.objects.order_by("rank").values_list("title", "points")) == [
        ("Shorter forms", 3),
        ("Fewer forms", 5),
    ]
    page = client.post(PAGE, sent(text)).content.decode()
    assert page.count("A story of this title is here already") == 3


def test_a_row_that_cannot_be_taken_does_not_stand_in_the_way_of_the_next(
    cast, process
):
    text = "Issue key,Summary,Status\nP-1,,To Do\nP-1,Old,Done\nP-1,New,To Do\n"
    as_(cast.dana).post(PAGE, {"text": text, "do": "import"})
    assert Story.objects.get().title == "New"


def test_a_quotation_mark_left_open_is_told_with_its_row(cast, process):
    answer = as_(cast.dana).post(PAGE, sent('title\nOne\n"Two\nThree\n'))
    assert answer.status_code == 422
    assert "Row 3 cannot be read" in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        "Zusammenfassung;Story-Punkte\r\nKürzere Wege;3\r\n".encode("cp1252"),
        "Zusammenfassung\tStory-Punkte\nKürzere Wege\t3\n".encode("utf-16"),
        "\ufeffsep=;\nZusammenfassung;Story-Punkte\nKürzere Wege;3\n".encode(),
    ],
)
def test_files_of_spreadsheets_are_read_as_they_come(cast, process, data):
    page = as_(cast.dana).post(PAGE, sent(data)).content.decode()
    assert "1 story comes in" in page
    assert "Kürzere Wege" in page


def test_what_does_not_come_in_whole_is_told(cast, process):
    User.objects.create(email="bob2@beeline.example", name=cast.bob.name, created_at=AT)
    many = "\n".join(["- one"] * 51)
    text = f'title,assignee,criteria,points\n{"x" * 300},Bob,"{many}",7,lost\n'
    page = as_(cast.dana).post(PAGE, sent(text)).content.decode()
    assert "Title: shortened to 250 characters" in page
    assert "“Bob” is not known here, or not the only one" in page
    assert "only the first 50 come in" in page
    assert "Points: 7 becomes 8" in page
    assert "beyond the last head" in page
    assert "Come in, but not all" in page


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
