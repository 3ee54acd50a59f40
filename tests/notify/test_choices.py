"""What one hears of, quiet hours, paging, and the texts of notifications: by page."""

import re
from datetime import time

import pytest

from core.models import Event
from notify.models import Choice, Reach, Wording
from tests.factories import as_, later

pytestmark = pytest.mark.django_db
HERE = "/account/notifications/"
TEXT = "/settings/texts/ticket.solved/"


def all_on(client) -> dict[str, str]:
    """The form as it comes, with its boxes."""
    text = client.get(HERE).content.decode()
    boxes = [part.split('"')[0] for part in text.split('type="checkbox" name="')[1:]]
    return dict.fromkeys(boxes, "on")


def test_requesters_choose_from_a_short_list_and_agents_from_all(cast):
    carols, bobs = (all_on(as_(person)) for person in (cast.carol, cast.bob))
    assert "ticket.reply:mail" in carols
    assert "ticket.mention:mail" not in carols
    assert carols.keys() < bobs.keys()
    assert b"page_phone" not in as_(cast.carol).get(HERE).content


def usual(client) -> dict[str, str]:
    """The form as it comes, with the boxes that are ticked."""
    text = client.get(HERE).content.decode()
    boxes = re.findall(r'type="checkbox" name="([^"]+)"([^>]*)>', text)
    return {name: "on" for name, rest in boxes if " checked" in rest}


def test_what_is_chosen_is_kept_and_what_is_usual_is_no_row(cast):
    client = as_(cast.carol)
    typed = usual(client)
    del typed["ticket.reply:mail"]
    assert client.post(HERE, typed).status_code == 302
    kept = Choice.objects.get(user=cast.carol)
    assert (kept.rule, kept.channels) == ("ticket.reply", ["inbox"])
    client.post(HERE, {**typed, "ticket.reply:mail": "on"})
    assert not Choice.objects.exists()
    assert Event.objects.filter(kind="user.notifications").count() == 2


def test_quiet_hours_digest_and_paging_are_kept(cast):
    client = as_(cast.bob)
    times = {"quiet_from": "22:00", "quiet_until": "06:30", "digest_at": "08:00"}
    paging = {"page_phone": "+49 30 123456", "page_topic": "bob-on-duty"}
    assert client.post(HERE, all_on(client) | times | paging).status_code == 302
    kept = Reach.objects.get(user=cast.bob)
    assert (kept.quiet_from, kept.quiet_until) == (time(22), time(6, 30))
    assert (kept.digest_at, kept.page_topic) == (time(8), "bob-on-duty")
    changes = Event.objects.get(kind="user.notifications").changes
    assert changes["quiet_from"] == [None, "22:00"]
    assert changes["page_phone"] == [False, True]  # that there is one, not which


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quiet_from": "22:00"}, "Quiet hours have a beginning and an end."),
        (
            {"quiet_from": "22:00", "quiet_until": "22:00"},
            "Quiet hours end at another time than they begin.",
        ),
        ({"page_phone": "call me"}, "Write a number such as"),
        ({"page_topic": "a b"}, "Letters, digits"),
        ({"digest_at": "noon"}, "Enter a valid time."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_keeps_what_was_typed(
    cast, typed, said
):
    answer = as_(cast.bob).post(HERE, typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert next(iter(typed.values())) in answer.content.decode()
    assert not Reach.objects.exists()
    assert not Choice.objects.exists()


def test_whose_mail_comes_back_reads_it_where_they_choose(cast):
    assert b"nothing is sent there" not in as_(cast.carol).get(HERE).content
    Reach.objects.create(user=cast.carol, mail_paused_at=later(1))
    assert b"nothing is sent there" in as_(cast.carol).get(HERE).content


def write(user, title="{number}: solved", body="Dear {first_name},\n\n{text}", **more):
    path = f"{TEXT}?language=en"
    return as_(user).post(path, {"title": title, "body": body, **more})


def test_a_text_is_written_previewed_and_given_back(cast):
    answer = write(cast.grace, look="1")
    assert "Dear Carol," in answer.content.decode()
    assert not Wording.objects.exists()
    assert write(cast.grace).status_code == 302
    assert Wording.objects.get().title == "{number}: solved"
    page = as_(cast.grace).get(f"{TEXT}?language=en").content.decode()
    assert "INC-1042: solved" in page
    german = as_(cast.grace).get(f"{TEXT}?language=de").content.decode()
    assert "INC-1042: solved" not in german
    as_(cast.grace).post(f"{TEXT}?language=en", {"reset": "1"})
    assert not Wording.objects.exists()
    kinds = ["wording.set", "wording.reset"]
    told = Event.objects.filter(kind__startswith="wording.").order_by("id")
    assert list(told.values_list("kind", flat=True)) == kinds


@pytest.mark.parametrize("more", [{}, {"look": "1"}])
def test_a_field_that_means_nothing_is_named_in_a_sentence(cast, more):
    answer = write(cast.grace, body="Hello {nickname}", **more)
    assert answer.status_code == 422
    assert "Nothing is known by {nickname}." in answer.content.decode()
    assert not Wording.objects.exists()


def test_only_administrators_write_texts(cast):
    for person in (cast.bob, cast.alice, cast.carol):
        assert write(person).status_code == 403
        assert as_(person).get("/settings/texts/").status_code == 403
    assert not Wording.objects.exists()
    assert as_(cast.grace).get("/settings/texts/no.such/").status_code == 404
