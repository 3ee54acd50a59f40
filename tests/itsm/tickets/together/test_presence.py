"""Who is here and who types: seen by those who may see the ticket, and kept nowhere."""

from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import live
from itsm.tickets import actions
from itsm.tickets.together import presence
from itsm.tickets.together.words import here
from tests.cast import AT
from tests.factories import an_incident, as_, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    return an_incident(cast)


@pytest.fixture
def told(monkeypatch):
    """What was published: (audience, message) pairs."""
    found = []
    monkeypatch.setattr(live, "publish_many", found.extend)
    return found


def say(ticket, user, doing="", *, tab="a", at=AT):
    presence.say(ticket, user, tab=tab, doing=doing, at=at)


def seen_by(ticket, user, *, at=AT):
    return [(o.name, o.doing) for o in presence.others(ticket, user, at=at)]


def test_others_are_seen_and_never_oneself(cast, ticket):
    say(ticket, cast.bob)
    say(ticket, cast.erin, "reply")
    assert seen_by(ticket, cast.bob) == [("Erin", "reply")]
    assert seen_by(ticket, cast.erin) == [("Bob", "")]
    assert seen_by(an_incident(cast), cast.erin) == []


def test_who_says_nothing_more_is_gone_and_typing_ends_sooner(cast, ticket):
    say(ticket, cast.erin, "reply")
    soon = AT + timedelta(seconds=presence.TYPING_SECONDS + 1)
    late = AT + timedelta(seconds=presence.HERE_SECONDS + 1)
    assert seen_by(ticket, cast.bob, at=soon) == [("Erin", "")]
    assert seen_by(ticket, cast.bob, at=late) == []


def test_a_second_tab_keeps_somebody_here(cast, ticket):
    say(ticket, cast.erin, tab="a")
    say(ticket, cast.erin, tab="b")
    say(ticket, cast.erin, presence.LEFT, tab="a")
    assert seen_by(ticket, cast.bob) == [("Erin", "")]
    say(ticket, cast.erin, presence.LEFT, tab="b")
    assert seen_by(ticket, cast.bob) == []


def test_valkey_forgets_by_itself(cast, ticket, valkey):
    say(ticket, cast.erin, "note")
    assert 0 < valkey.ttl(f"here:{ticket.pk}") <= presence.KEPT_SECONDS
    say(ticket, cast.erin, presence.LEFT)
    assert not valkey.exists(f"here:{ticket.pk}")


def test_only_those_who_are_here_are_told_and_only_of_what_changed(cast, ticket, told):
    say(ticket, cast.bob)
    assert told == []  # nobody else is there to be told
    say(ticket, cast.erin)
    message = {"event": "presence", "ids": [ticket.pk]}
    assert told == [(live.user_audience(cast.bob.pk), message)]
    say(ticket, cast.erin)
    assert len(told) == 1
    say(ticket, cast.erin, "reply")
    say(ticket, cast.erin, presence.LEFT)
    assert told == [(live.user_audience(cast.bob.pk), message)] * 3


def test_once_it_is_restricted_those_left_out_neither_hear_nor_see(cast, ticket, told):
    actions.assign(ticket=ticket, by=cast.alice, at=later(1), team=cast.teams["desk"])
    for person in (cast.alice, cast.bob, cast.erin):
        say(ticket, person)
    ticket = actions.restrict(ticket=ticket, by=cast.alice, at=later(2))
    del told[:]
    say(ticket, cast.alice, "note")
    assert [audience for audience, _ in told] == [live.user_audience(cast.bob.pk)]
    assert seen_by(ticket, cast.bob) == [("Alice", "note")]  # and not Erin


def test_asking_about_a_ticket_one_may_not_see_tells_and_leaves_nothing(cast, valkey):
    ticket = actions.restrict(
        ticket=an_incident(cast, team=cast.teams["desk"]), by=cast.grace, at=later(1)
    )
    say(ticket, cast.bob)
    path = f"/here/{ticket.number}/"
    erin = as_(cast.erin)
    asked = [erin.get(path), erin.post(path, {"tab": "a", "doing": "reply"})]
    assert [answer.status_code for answer in asked] == [404, 404]
    assert all(b"Bob" not in answer.content for answer in asked)
    assert seen_by(ticket, cast.bob) == []
    assert as_(cast.bob).get(path).status_code == 200


def test_requesters_never_see_who_works_on_it(cast, ticket):
    say(ticket, cast.bob, "reply")
    path = f"/here/{ticket.number}/"
    for answer in (as_(cast.carol).get(path), as_(cast.carol).post(path, {"tab": "a"})):
        assert answer.status_code == 403
        assert b"Bob" not in answer.content
    assert seen_by(ticket, cast.bob) == []
    assert (
        b"ticket-together"
        not in as_(cast.carol).get(f"/portal/{ticket.number}/").content
    )


def test_the_page_says_and_is_told(cast, ticket):
    path = f"/here/{ticket.number}/"
    say(ticket, cast.erin, "reply", at=_now())
    answer = as_(cast.bob).post(path, {"tab": "x1", "doing": ""})
    assert b"Erin is typing a reply" in answer.content
    assert [o.name for o in presence.others(ticket, cast.erin, at=_now())] == ["Bob"]
    answer = as_(cast.bob).post(path, {"tab": "x1", "doing": "left"})
    assert presence.others(ticket, cast.erin, at=_now()) == []


@pytest.mark.parametrize(
    "form",
    [{}, {"tab": "A:b"}, {"tab": "a" * 40}, {"tab": "a", "doing": "x"}],
    ids=str,
)
def test_strange_tabs_and_doings_are_refused(cast, ticket, form):
    answer = as_(cast.bob).post(f"/here/{ticket.number}/", form)
    assert answer.status_code == 422
    assert seen_by(ticket, cast.erin, at=_now()) == []


def test_saying_so_writes_nothing_to_the_database(cast, ticket):
    browser = as_(cast.bob)
    path, form = f"/here/{ticket.number}/", {"tab": "a", "doing": "reply"}
    browser.post(path, form)
    with CaptureQueriesContext(connection) as queries:
        browser.post(path, form)
    asked = [q["sql"].split()[0] for q in queries]
    assert set(asked) <= {"SELECT", "WITH", "EXECUTE"}
    assert len(asked) <= 3


def test_without_valkey_nobody_seems_to_be_here(cast, ticket, monkeypatch):
    away = redis.Redis.from_url("unix:///nowhere/valkey.sock")
    monkeypatch.setattr("core.live._valkey", lambda: away)
    say(ticket, cast.bob)
    assert seen_by(ticket, cast.erin) == []
    monkeypatch.setattr("core.live._valkey", lambda: away)


def test_what_is_said_names_two_and_counts_the_rest():
    def some(*names, doing=""):
        return [presence.Other(n, name, doing) for n, name in enumerate(names)]

    assert here([]) == ""
    assert here(some("Bob")) == "Bob is here"
    assert here(some("Bob", "Erin")) == "Bob and Erin are here"
    assert here(some("Bob", "Erin", "Dana")) == "Bob and 2 more are here"
    assert here(some("Bob", doing="note")) == "Bob is writing a note"
    typing = [*some("Bob", doing="reply"), *some("Erin")]
    assert here(typing) == "Bob is typing a reply"


def _now():
    from django.utils import timezone

    return timezone.now()
