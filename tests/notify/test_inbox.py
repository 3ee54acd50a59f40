"""The inbox and its bell: what stands there, what is read, and whose it is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Event
from itsm.tickets import actions
from notify import inbox
from notify.models import Notice
from tests.factories import an_incident, as_, later, said, taken
from tests.notify.conftest import forget, read_log

pytestmark = pytest.mark.django_db
HERE = "/notifications/"


@pytest.fixture
def told(cast):
    """Bob's ticket, on which Carol wrote three times."""
    ticket = taken(cast)
    read_log()
    forget()
    for words in ("One", "Two", "And three"):
        said(ticket, words, by=cast.carol)
    read_log()
    return ticket


def page(user, path=HERE) -> str:
    answer = as_(user).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_line_says_what_happened_folded_with_an_excerpt(cast, told):
    [(_day, [line])] = inbox.of(cast.bob, at=later(61)).days
    assert (line.number, line.title) == (told.number, told.title)
    assert line.sentences == ["Carol answered"]
    assert line.excerpt == "And three"
    assert line.url == f"/incidents/{told.number}/"


def test_a_line_with_many_events_says_how_many_more(cast, told):
    for _ in range(4):
        said(told, by=cast.carol)
    read_log()
    [(_day, [line])] = inbox.of(cast.bob, at=later(61)).days
    assert line.more == 4
    assert "and 4 more before" in page(cast.bob)


def test_the_bell_counts_on_every_page_with_one_query(cast, told):
    assert "Notifications, 1 unread" in page(cast.bob, "/account/")
    assert "unread" not in page(cast.erin, "/account/")
    client = as_(cast.bob)
    client.get("/notifications/bell/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/notifications/bell/")
    # the person, and the bell; a session comes from Valkey, or from its table
    assert sum("django_session" not in query["sql"] for query in captured) == 2


def test_opening_a_ticket_marks_what_the_inbox_says_of_it_as_read(cast, told, bells):
    other = an_incident(cast, by=cast.alice, requester=cast.dana, owner=cast.bob)
    read_log()
    bells.clear()
    assert "1 unread" in page(cast.bob, f"/incidents/{told.number}/")
    assert bells == {f"user:{cast.bob.pk}": {told.pk}}
    assert Notice.objects.get(user=cast.bob, read_at=None).subject_id == other.pk


def test_opening_it_in_the_portal_too(cast, told):
    said(told, "Try again", by=cast.bob)
    read_log()
    assert Notice.objects.filter(user=cast.carol, read_at=None).exists()
    page(cast.carol, f"/portal/{told.number}/")
    assert not Notice.objects.filter(user=cast.carol, read_at=None).exists()


def test_what_is_marked_as_read_can_be_taken_back(cast, told):
    client = as_(cast.bob)
    answer = client.post(f"{HERE}read/", follow=True)
    text = answer.content.decode()
    assert "0 unread, 1 in all" in text
    stamp = text.split('name="stamp" value="')[1].split('"')[0]
    text = client.post(f"{HERE}unread/", {"stamp": stamp}, follow=True).content.decode()
    assert "1 unread, 1 in all" in text


def test_one_line_is_marked_and_marked_again(cast, told):
    line = Notice.objects.get(user=cast.bob)
    client = as_(cast.bob)
    client.post(f"{HERE}read/", {"id": line.pk})
    line.refresh_from_db()
    assert line.read_at is not None
    client.post(f"{HERE}unread/", {"id": line.pk})
    line.refresh_from_db()
    assert line.read_at is None


def test_a_line_stays_read_where_its_thing_has_a_newer_unread_one(cast, told):
    old = Notice.objects.get(user=cast.bob)
    inbox.read(cast.bob, at=later(61))
    said(told, by=cast.carol)
    read_log()
    assert inbox.unread(cast.bob, ids=[old.pk]) == 0
    assert Notice.objects.filter(user=cast.bob, read_at=None).count() == 1


def test_nobody_marks_or_reads_what_is_somebody_elses(cast, told):
    line = Notice.objects.get(user=cast.bob)
    for verb in ("read", "unread"):
        as_(cast.mallory).post(f"{HERE}{verb}/", {"id": line.pk})
        as_(cast.mallory).post(f"{HERE}{verb}/", {"stamp": later(61).isoformat()})
    line.refresh_from_db()
    assert line.read_at is None
    assert told.title not in page(cast.mallory)


def test_what_is_not_to_be_seen_any_more_tells_nothing_and_is_still_counted(cast, told):
    actions.watch(ticket=told, by=cast.erin, at=later(3))
    said(told, "A word", by=cast.bob)
    read_log()
    assert told.title in page(cast.erin)
    actions.unwatch(ticket=told, by=cast.erin, at=later(4))
    actions.restrict(ticket=told, by=cast.grace, at=later(5))
    text = page(cast.erin)
    assert told.title not in text
    assert told.number not in text
    assert "Something that is not for you to see any more." in text
    assert "1 unread, 1 in all" in text


def lines(cast, n: int, **fields) -> None:
    Notice.objects.bulk_create(
        Notice(
            user=cast.bob,
            rule="ticket.answer",
            subject_type="ticket",
            subject_id=1_000_000 + i + fields.get("first", 0),
            events=[],
            at=later(i),
            **{k: v for k, v in fields.items() if k != "first"},
        )
        for i in range(n)
    )


def test_urgent_ones_stand_first_while_they_are_unread(cast, told):
    lines(cast, 3, is_urgent=True)
    found = inbox.of(cast.bob, at=later(61))
    assert len(found.urgent) == 3
    assert sum(len(some) for _day, some in found.days) == 1
    inbox.read(cast.bob, at=later(61))
    found = inbox.of(cast.bob, at=later(61))
    assert not found.urgent
    assert sum(len(some) for _day, some in found.days) == 4


def test_a_long_inbox_comes_in_pages_that_neither_skip_nor_repeat(cast):
    lines(cast, 120)
    Notice.objects.filter(pk__in=Notice.objects.values("pk")[:40]).update(at=later(1))
    seen: list[int] = []
    before, turns = "", 0
    while turns == 0 or before:
        found = inbox.of(cast.bob, at=later(200), before=before)
        seen += [line.pk for _day, some in found.days for line in some]
        before, turns = found.next, turns + 1
    assert turns == 3
    assert len(seen) == len(set(seen)) == found.total == 120


@pytest.mark.parametrize("before", ["x", "~", "2026-99-01T00:00:00Z~1", "\x00~4", "9"])
def test_an_odd_address_begins_at_the_start(cast, told, before):
    assert told.title in page(cast.bob, f"{HERE}?before={before}")


def test_an_inbox_costs_the_same_however_long(cast, told, django_assert_num_queries):
    for _ in range(6):
        ticket = taken(cast, an_incident(cast))
        said(ticket, by=cast.carol)
    read_log(later(61))
    with django_assert_num_queries(9):
        assert inbox.of(cast.bob, at=later(61)).total == 7
    lines(cast, 60, is_urgent=True)
    with django_assert_num_queries(9):
        inbox.of(cast.bob, at=later(61) + timedelta(days=1))


def test_a_thing_without_a_title_is_called_as_its_mail_is(cast):
    event = Event.objects.create(
        kind="user.mail_pause", at=later(1), subject_type="user", subject_id=cast.bob.pk
    )
    Notice.objects.create(
        user=cast.bob,
        rule="user.mail_paused",
        subject_type="user",
        subject_id=cast.bob.pk,
        events=[["user.mail_paused", event.pk]],
        is_urgent=True,
        at=later(1),
    )
    [line] = inbox.of(cast.bob, at=later(61)).urgent
    assert line.title == "Mail to you comes back"
    assert line.url
