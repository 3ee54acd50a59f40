"""Filters typed as words: what they find, and what is said where they mean nothing."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.tickets import search
from itsm.tickets.finding import complete, filters
from itsm.tickets.models import Attachment, Participant, Ticket
from itsm.tickets.tags.models import Tag, TicketTag
from people.models import Membership, Service
from people.roles import Role
from tests.itsm.tickets.rows import AT, person, team, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return person("bob", Role.AGENT)


@pytest.fixture
def carol():
    return person("carol", Role.REQUESTER)


def titles(user, q):
    return {t.title for t in search.search(user, q, at=AT).rows}


def indexed(title, **fields):
    made = ticket(title, **fields)
    search.index([made.pk])
    return made


def test_each_filter_narrows_what_was_found(bob, carol):
    desk, mail = team("desk"), Service.objects.create(slug="mail", name="E-mail")
    Membership.objects.create(team=desk, user=bob)
    mine = indexed(
        "Laptop one", owner=bob, requester=carol, team=desk, service=mail, priority=1,
        next_due_at=AT - timedelta(hours=1),
    )  # fmt: skip
    other = indexed(
        "Laptop two", state="closed", state_category="closed", resolution="New battery",
        opened_at=AT - timedelta(days=30), reopens=1,
    )  # fmt: skip
    TicketTag.objects.create(
        ticket=mine, tag=Tag.objects.create(slug="fleet", name="Fleet"), at=AT
    )
    Attachment.objects.create(
        ticket=other, name="a.png", size=1, digest="", content_type="image/png", at=AT
    )
    Participant.objects.create(ticket=mine, user=bob, role="watcher", at=AT)
    first, second = {"Laptop one"}, {"Laptop two"}
    for q, expected in {
        "owner:me": first,
        "owner:bob": first,
        "owner:bob@demo.example": first,
        "owner:none": second,
        "-owner:none": first,
        "requester:carol": first,
        "team:mine": first,
        "team:desk": first,
        "team:none": second,
        "service:mail": first,
        "service:E-MAIL": first,
        "priority:P1": first,
        "priority:p1,2": first,
        "state:new": first,
        "state:open": first,
        "state:closed": second,
        "state:new,closed": first | second,
        "-state:closed": first,
        "type:incident": first | second,
        "type:changes": set(),
        "tag:fleet": first,
        "-tag:Fleet": second,
        "is:unassigned": second,
        "is:breached": first,
        "is:mine": first,
        "is:watched": first,
        "is:reopened": second,
        "has:attachment": second,
        "has:resolution": second,
        "before:2026-02-20": second,
        "after:2026-02-20": first,
        "after:1d": first,
        "before:today": second,
        "OWNER:me": first,
    }.items():
        assert titles(bob, q) == expected, q
        assert titles(bob, f"lap {q}") == expected, q
        assert titles(bob, f"{q} laptop") == expected, q
        assert {t.title for t in search.matching(bob, q, at=AT)} == expected, q
    assert titles(bob, "monitor owner:me") == set()
    assert titles(bob, 'owner:"bob" state:new "laptop one"') == first


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("state:nwe", "Did you mean “new”"),
        ("state:broken", "Possible, among others: open"),
        ("team:nowhere", "means nothing here"),
        ("owner:nobody-at-all", "nobody called"),
        ("priority:9", "P1, P2"),
        ("before:soon", "2026-11-01"),
        ("before:2026-02-31", "2026-11-01"),
        ("before:today,yesterday", "means nothing"),
        ("is:nice", "unassigned"),
        ("has:", "needs a value"),
        ("tag:x", "means nothing"),
        ("type:swarm", "incident"),
    ],
)
def test_a_value_that_means_nothing_finds_nothing_and_says_what_is_possible(
    bob, q, said
):
    indexed("Laptop")
    found = search.search(bob, f"laptop {q}", at=AT)
    assert not found.rows
    assert said in " ".join(found.asked.problems)
    with pytest.raises(search.NotUnderstood):
        search.matching(bob, q, at=AT)


def test_what_only_looks_like_a_filter_is_searched_and_said(bob):
    made = indexed("Printer says error:0x80 at http://srv/x, C:\\temp at 12:30")
    for q in ("error:0x80", "http://srv/x", "C:\\temp", "12:30"):
        assert titles(bob, q) == {made.title}, q
    assert "no filter “error”" in search.search(bob, "error:0x80", at=AT).asked.notes[0]
    for quiet in ("http://srv/x", "C:\\temp", "12:30", '"error:0x80"'):
        assert not search.search(bob, quiet, at=AT).asked.notes, quiet


def test_chips_take_one_filter_off_and_leave_the_rest_as_typed(bob):
    reading = filters.reading(
        bob, 'vpn -"old client" owner:me -state:closed team:"x y"', at=AT
    )
    assert [chip.rest for chip in reading.chips] == [
        'vpn -"old client" -state:closed team:"x y"',
        'vpn -"old client" owner:me team:"x y"',
        'vpn -"old client" owner:me -state:closed',
    ]
    assert [chip.text for chip in reading.chips][:2] == [
        "Owner: me",
        "Not: State: Closed",
    ]
    assert reading.words == 'vpn -"old client"'
    assert reading.has_filters


def test_a_query_without_filters_costs_nothing_to_read(bob, django_assert_num_queries):
    with django_assert_num_queries(0):
        reading = filters.reading(bob, "vpn -old is:open state:new", at=AT)
    assert reading.condition != Q()


def test_a_requester_has_fewer_filters_and_learns_nothing_of_people(carol):
    own = indexed("Badge is lost", requester=carol, priority=2)
    assert titles(carol, "state:open") == {own.title}
    assert titles(carol, "requester:me") == {own.title}
    known, unknown = (
        search.search(carol, f"owner:{name}", at=AT).asked for name in ("carol", "zzz")
    )
    assert known.problems == unknown.problems == []
    for name in ("priority", "team", "tag", "organisation", "category"):
        assert name not in filters.known_to(carol)
    for q in ("is:restricted", "is:breached", "is:watched"):
        assert search.search(carol, q, at=AT).asked.problems


def test_an_internal_file_does_not_count_for_its_requester(bob, carol):
    own = indexed("Badge is lost", requester=carol)
    Attachment.objects.create(
        ticket=own, name="a.png", size=1, digest="", content_type="image/png",
        is_public=False, at=AT,
    )  # fmt: skip
    assert titles(carol, "has:attachment") == set()
    assert titles(bob, "has:attachment") == {own.title}


def test_filters_never_widen_what_is_seen(bob, carol):
    indexed("Payroll complaint", restricted=True, owner=carol, priority=1)
    Tag.objects.create(slug="x", name="X")
    for q in (
        "state:open", "-state:closed", "is:restricted", "owner:carol", "priority:1",
        "-owner:me", "-tag:x", "after:2020-01-01", "is:unassigned,open",
    ):  # fmt: skip
        assert titles(bob, q) == set(), q
        assert not search.matching(bob, q, at=AT).exists(), q


def test_completion_goes_on_with_names_and_values(bob, carol):
    team("desk")
    told = [option.q for option in complete.completions(bob, "vpn ow")]
    assert told == ["vpn owner:"]
    assert "vpn -owner:me " in [o.q for o in complete.completions(bob, "vpn -owner:")]
    assert [o.q for o in complete.completions(bob, "team:de")] == ["team:desk "]
    assert "owner:bob@demo.example " in [
        o.q for o in complete.completions(bob, "owner:b")
    ]
    assert complete.completions(carol, "owner:b") == []
    assert complete.completions(carol, "team:d") == []
    assert complete.completions(bob, "colour:") == []
    assert complete.completions(bob, "") == []


@pytest.mark.parametrize("name", sorted(filters.FILTERS))
def test_whatever_completion_offers_is_understood(cast, name):
    for who in (cast.bob, cast.carol):
        for option in complete.completions(who, f"{name}:"):
            assert filters.reading(who, option.q, at=AT).problems == [], option.q
    offered = [option.q for option in complete.completions(cast.carol, "is:")]
    assert "is:mine " in offered


@given(st.text(max_size=60), st.sampled_from(sorted(filters.FILTERS)))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_value_at_all_breaks_a_filter(bob, text, name):
    for q in (f"{name}:{text}", f'-{name}:"{text}"', f"{text} {name}:"):
        search.search(bob, q, at=AT)
        complete.completions(bob, q)


def test_filters_and_common_words_are_walked_from_the_newest(bob, monkeypatch):
    from tests.itsm.tickets.test_search import common

    monkeypatch.setattr(search, "NEWEST", 3)
    monkeypatch.setattr(search.wordstats, "current", common({"laptop": 0.5}))
    for n in range(12):
        indexed(f"Laptop {n}", priority=1 + n % 2, restricted=n % 4 == 0)
    found = search.search(bob, "laptop priority:1", at=AT)
    assert {t.title for t in found.rows} == {"Laptop 2", "Laptop 6", "Laptop 10"}
    assert Ticket.objects.filter(restricted=True).exists()


def test_the_queue_and_rest_read_the_same_language(cast):
    from tests.factories import a_token, an_incident, taken

    mine = taken(cast, an_incident(cast, title="Kiosk one"), by=cast.bob)
    other = an_incident(cast, title="Kiosk two")
    search.index([mine.pk, other.pk])
    bob = Client()
    bob.force_login(cast.bob)

    def listed(q):
        page = bob.get("/queue/", {"view": "open", "q": q}).content.decode()
        return {n for n in (mine.number, other.number) if f'id="row-{n}"' in page}

    assert listed("kiosk") == {mine.number, other.number}
    assert listed("kiosk owner:me") == listed("owner:me") == {mine.number}
    assert listed("-owner:me state:open") == {other.number}
    assert listed("owner:me colour:red") == set()
    page = bob.get("/queue/", {"q": "kiosk state:nwe"}).content.decode()
    assert "Did you mean “new”?" in page
    headers = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    answer = bob.get("/api/v1/incidents/", {"q": "kiosk owner:me"}, headers=headers)
    assert [one["number"] for one in answer.json()["results"]] == [mine.number]
    answer = bob.get("/api/v1/incidents/", {"q": "kiosk state:nwe"}, headers=headers)
    assert answer.status_code == 400
    assert "Possible" in answer.content.decode()


def test_a_requester_learns_of_no_service_that_is_not_for_them(cast):
    hidden = Service.objects.create(slug="skunkworks", name="Skunkworks")
    hidden.organisations.add(cast.organisations["globex"])
    Service.objects.create(slug="skunk-old", name="Skunk old", is_active=False)
    for reader, sees in ((cast.mallory, {"skunkworks"}), (cast.carol, set())):
        offered = complete.completions(reader, "service:sk")
        assert {one.text.removeprefix("service:") for one in offered} == sees
        for value in ("skunkwork", "skunk-ol"):
            reading = filters.reading(reader, f"service:{value}", at=AT)
            assert ("skunkworks" in reading.problems[0]) is bool(sees)
            assert "skunk-old" not in reading.problems[0]
    one, other = (
        filters.reading(cast.carol, f"service:{slug}", at=AT).problems[0]
        for slug in ("skunkworks", "nonsense-1")
    )
    assert one.replace("skunkworks", "") == other.replace("nonsense-1", "")
