"""The inbox, choices and texts over REST."""

import pytest

from notify.models import Choice, Notice, Reach, Wording
from tests.factories import later, said, taken
from tests.notify.conftest import read_log

pytestmark = pytest.mark.django_db
HERE = "/api/v1/notifications/"
MINE = "/api/v1/me/notifications/"
TEXT = "/api/v1/notification-texts/ticket.solved/en/"


@pytest.fixture
def told(cast):
    """Bob's ticket, on which Carol wrote."""
    ticket = taken(cast)
    said(ticket, by=cast.carol)
    read_log(later(60))
    return ticket


def test_the_inbox_is_listed_and_marked(cast, told, api):
    bob = api(cast.bob)
    [line] = bob.get(f"{HERE}?unread=true").json()["results"]
    assert (line["number"], line["is_unread"]) == (told.number, True)
    assert line["sentences"] == ["Carol answered"]
    answer = bob.post(f"{HERE}read/", {"ids": [line["id"]]}).json()
    assert answer == {"changed": 1, "unread": 0}
    assert bob.get(f"{HERE}?unread=true").json()["results"] == []
    answer = bob.post(f"{HERE}unread/", {"ids": [line["id"]]}).json()
    assert answer == {"changed": 1, "unread": 1}
    assert bob.post(f"{HERE}read/").json() == {"changed": 1, "unread": 0}


def test_nobody_sees_or_marks_somebody_elses(cast, told, api):
    [line] = Notice.objects.filter(user=cast.bob)
    mallory = api(cast.mallory)
    assert mallory.get(HERE).json()["results"] == []
    assert mallory.post(f"{HERE}read/", {"ids": [line.pk]}).json()["changed"] == 0


@pytest.mark.parametrize("ids", ["1", [True], ["1"], [2**70], {}])
def test_ids_that_are_none_are_refused(cast, api, ids):
    answer = api(cast.bob).post(f"{HERE}read/", {"ids": ids})
    assert (answer.status_code, "ids" in answer.json()["errors"]) == (422, True)


def test_an_unread_that_is_neither_is_refused(cast, api):
    assert api(cast.bob).get(f"{HERE}?unread=yes").status_code == 400


def test_choices_are_read_and_changed(cast, api):
    carol = api(cast.carol)
    rules = {one["rule"]: one["channels"] for one in carol.get(MINE).json()["rules"]}
    assert rules["ticket.reply"] == ["inbox", "mail"]
    assert "ticket.mention" not in rules
    change = {"channels": {"ticket.reply": []}, "quiet_from": "22:00"}
    assert carol.patch(MINE, change).status_code == 422
    answer = carol.patch(MINE, {**change, "quiet_until": "06:00"}).json()
    assert (answer["quiet_from"], answer["quiet_until"]) == ("22:00", "06:00")
    assert Choice.objects.get().channels == []
    wrong = {"channels": {"ticket.mention": ["mail"]}, "digest_at": "25:00"}
    assert carol.patch(MINE, wrong).status_code == 422
    assert Reach.objects.get().digest_at is None


def test_texts_are_for_administrators(cast, api):
    grace, bob = api(cast.grace), api(cast.bob)
    own = {"title": "{number}", "body": "Solved: {text}"}
    assert bob.send("put", TEXT, own).status_code == 403
    assert grace.send("put", TEXT, own).json()["is_own"] is True
    wrong = grace.send("put", TEXT, {**own, "body": "{nickname}"})
    assert (wrong.status_code, "body" in wrong.json()["errors"]) == (422, True)
    assert grace.send("put", TEXT, {"title": "x"}).status_code == 422
    assert any(
        one["is_own"]
        for one in grace.get("/api/v1/notification-texts/").json()["results"]
    )
    assert grace.send("delete", TEXT, None).status_code == 204
    assert not Wording.objects.exists()
    assert grace.get(TEXT).json()["is_own"] is False
    assert grace.get(TEXT.replace("/en/", "/xx/")).status_code == 404
