"""The newer filters of a list, and dates as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from itsm.tickets import actions, moments
from itsm.tickets.models import Ticket
from itsm.tickets.tags.models import Tag, TicketTag
from tests.cast import Cast
from tests.factories import an_incident, as_
from tests.itsm.tickets.test_queue import numbers

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # a Wednesday
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", NOW),
        ("today", NOW.replace(hour=0, minute=0)),
        ("week", datetime(2026, 11, 23, tzinfo=UTC)),
        ("month", datetime(2026, 11, 1, tzinfo=UTC)),
        ("-3d", NOW - timedelta(days=3)),
        ("4h", NOW - timedelta(hours=4)),
        ("+2w", NOW + timedelta(weeks=2)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T09:30:00Z", datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
        ("2026-02-31", None),
        ("9999-12-31", None),
        ("soon", None),
        ("-99999d", None),
    ],
)
def test_a_moment_is_a_day_a_word_or_a_step_from_now(text, meant):
    with timezone.override(UTC):
        assert moments.read(text, at=NOW) == meant


def test_lists_are_narrowed_by_dates_channel_and_what_is_waited_for(cast: Cast) -> None:
    now = timezone.now()
    old, new = an_incident(cast), an_incident(cast)
    Ticket.objects.filter(pk=old.pk).update(
        opened_at=now - timedelta(days=9),
        updated_at=now - timedelta(days=8),
        state_since=now - timedelta(days=5),
        next_due_at=now - timedelta(hours=1),
        channel="mail",
        priority=1,
    )
    waiting = {"state": "waiting", "state_category": "waiting"}
    Ticket.objects.filter(pk=old.pk).update(wait_reason="supplier", **waiting)
    Ticket.objects.filter(pk=new.pk).update(
        opened_at=now,
        updated_at=now,
        state_since=now,
        next_due_at=now + timedelta(days=1),
        priority=2,
    )
    client = as_(cast.bob)
    for query in (
        "opened_before=-3d",
        "updated_before=-7d",
        "since_before=-3d",
        "due_before=now",
        "breached=yes",
        "channel=mail",
        "wait=supplier",
        "priority=P1",
        "wait=supplier&since_before=-3d",
    ):
        assert numbers(client, f"/queue/?view=open&{query}") == [old.number], query
    for query in ("opened_after=-1d", "updated_after=today", "due_after=now"):
        assert numbers(client, f"/queue/?view=open&{query}") == [new.number], query
    both = numbers(client, "/queue/?view=open&priority=1,2")
    assert set(both) == {old.number, new.number}


def test_lists_are_narrowed_by_tag_watching_and_own_teams(cast: Cast) -> None:
    one, other = an_incident(cast), an_incident(cast)
    tag = Tag.objects.create(slug="storm", name="Storm")
    TicketTag.objects.create(ticket=one, tag=tag, at=timezone.now())
    actions.watch(ticket=other, by=cast.bob, at=timezone.now())
    Ticket.objects.filter(pk=one.pk).update(team=cast.teams["desk"])
    Ticket.objects.filter(pk=other.pk).update(team=None)
    client = as_(cast.bob)
    assert numbers(client, "/queue/?tag=storm") == [one.number]
    assert numbers(client, "/queue/?watching=me") == [other.number]
    assert numbers(client, "/queue/?team=mine") == [one.number]


@pytest.mark.parametrize(
    "query",
    ["opened_after=soon", "channel=pigeon", "wait=godot", "tag=x", "priority=9"],
)
def test_what_is_not_known_is_named_and_finds_nothing(cast: Cast, query: str) -> None:
    an_incident(cast)
    text = as_(cast.bob).get(f"/queue/?view=open&{query}").content.decode()
    assert 'id="row-' not in text
    assert 'class="banner"' in text
