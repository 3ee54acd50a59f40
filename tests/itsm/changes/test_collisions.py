"""What collides with what: the sweep, the plain rule, and the database agree."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from itsm.changes.calendar import collisions, queries
from itsm.changes.calendar.collisions import Kind, Window, among, earliest, of
from itsm.changes.models import Change
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from tests.factories import rows

NIGHT = datetime(2026, 3, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(key, start=0.0, length=2.0, **more):
    begin = NIGHT + start * HOUR
    return Window(key, begin, begin + length * HOUR, **more)


def kinds(one, other):
    return [met.kind for met in of(one, [other])]


def test_windows_collide_on_service_team_and_person():
    one = window(1, service=1, team=1, people=frozenset({1, 2}))
    assert kinds(one, window(2, 1, service=1)) == [Kind.SERVICE]
    assert kinds(one, window(2, 1, team=1)) == [Kind.TEAM]
    assert kinds(one, window(2, 1, people=frozenset({2, 3}))) == [Kind.PERSON]
    every = window(2, 1, service=1, team=1, people=frozenset({1}))
    assert kinds(one, every) == [Kind.SERVICE, Kind.TEAM, Kind.PERSON]
    assert kinds(one, window(2, 1, service=2, team=2)) == []


def test_a_dependency_collides_in_both_directions_and_one_step_far():
    shop = window(1, service=1, needs=frozenset({2}))
    network = window(2, service=2, needs=frozenset({3}))
    power = window(3, service=3)
    for one, other in ((shop, network), (network, shop)):
        (met,) = of(one, [other])
        assert (met.kind, met.why) == (Kind.DEPENDENCY, 2)
    assert of(shop, [power]) == []


def test_what_begins_when_another_ends_does_not_collide():
    one = window(1, 0, 2, service=1)
    assert of(one, [window(2, 2, 2, service=1)]) == []
    assert of(one, [window(2, 1.99, 2, service=1)]) != []


def test_nothing_in_common_is_no_collision_and_nobody_collides_with_themselves():
    nothing = window(1), window(2)
    assert of(nothing[0], nothing) == []
    assert among(nothing) == {}
    one = window(1, service=1)
    assert of(one, [one]) == []


def test_the_earliest_free_time_begins_at_a_quarter_and_fits_between():
    taken = [(NIGHT, NIGHT + HOUR), (NIGHT + 2 * HOUR, NIGHT + 3 * HOUR)]
    start = NIGHT - timedelta(minutes=20, seconds=5)
    assert earliest(timedelta(minutes=15), start, taken) == start.replace(
        minute=45, second=0
    )
    assert earliest(HOUR, start, taken) == NIGHT + HOUR
    assert earliest(2 * HOUR, start, taken) == NIGHT + 3 * HOUR


def test_services_that_depend_on_each_other_collide_both_ways():
    one = window(1, service=1, needs=frozenset({2}))
    other = window(2, service=2, needs=frozenset({1}))
    for a, b in ((one, other), (other, one)):
        assert [met.why for met in of(a, [b])] == [1, 2]
    assert among([one, other]) == brute([one, other])


def generated(seed, n, days=365):
    """Changes over a year, as crowded as a busy organisation's."""
    rng = random.Random(seed)
    year = datetime(2026, 1, 1, tzinfo=UTC)
    made = []
    for key in range(1, n + 1):
        start = year + timedelta(minutes=rng.randrange(days * 24 * 60))
        service = rng.choice([None, *range(1, 41)])
        needs = frozenset(rng.sample(range(1, 41), rng.randrange(4)))
        made.append(
            Window(
                *(key, start, start + timedelta(minutes=rng.randint(1, 8 * 60))),
                service,
                needs if service else frozenset(),
                rng.choice([None, *range(1, 9)]),
                frozenset(rng.sample(range(1, 61), rng.randrange(3))),
            )
        )
    return made


def brute(windows):
    """Every window compared with every other."""
    found = {}
    for place, one in enumerate(windows):
        for other in windows[place + 1 :]:
            if one.start < other.end and other.start < one.end:
                for mine, its in ((one, other), (other, one)):
                    met = of(mine, [its])
                    if met:
                        found.setdefault(mine.key, []).extend(met)
    order = {kind: rank for rank, kind in enumerate(Kind)}
    for met in found.values():
        met.sort(key=lambda m: (m.other.start, m.other.key, order[m.kind], m.why))
    return found


@given(seed=st.integers(0, 2**32), n=st.integers(0, 60), days=st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_the_sweep_finds_what_comparing_all_with_all_finds(seed, n, days):
    windows = generated(seed, n, days)
    assert among(windows) == brute(windows)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
def test_of_5_000_changes_over_a_year_too(seed):
    windows = generated(seed, 5_000)
    found = among(windows)
    assert found == brute(windows)
    assert len(found) > 1_000  # the year is crowded
    one = windows[seed % len(windows)]
    assert found.get(one.key, []) == of(one, windows)


@pytest.fixture
def calendar(cast):
    """A service that needs another, and a way to plan changes."""

    def plan(start=0.0, length=2.0, **fields):
        (ticket,) = rows(cast, 1, type="change", **fields)
        begin = NIGHT + start * HOUR
        Change.objects.create(
            ticket=ticket, window_start=begin, window_end=begin + length * HOUR
        )
        return ticket

    return plan


def met(cast, ticket, by=None, at=NIGHT):
    found = queries.collisions_of(ticket, by or cast.alice, at)
    return {one.other.number: [kind.value for kind, _why in one.kinds] for one in found}


def test_the_database_names_the_other_change_and_what_both_share(cast, calendar):
    vpn, sign_in = cast.services["vpn"], cast.services["sign-in"]
    desk, erin = cast.teams["desk"], cast.erin
    mine = calendar(service=vpn, team=desk, owner=erin)
    same = calendar(1, service=vpn)
    below = calendar(1, service=sign_in)
    team = calendar(1, service=None, team=desk)
    helped = calendar(1, service=None, owner=cast.dana)
    Task.objects.create(ticket=helped, position=0, title="Look", assignee=erin)
    calendar(2, service=vpn)  # afterwards
    calendar(1, service=cast.services["printing"])
    assert met(cast, mine) == {
        same.number: ["service"],
        below.number: ["dependency"],
        team.number: ["team"],
        helped.number: ["person"],
    }
    assert met(cast, below)[mine.number] == ["dependency"]
    assert met(cast, mine, at=NIGHT + 3 * HOUR) == {}


def test_what_is_over_or_called_off_is_in_nobodys_way(cast, calendar):
    vpn = cast.services["vpn"]
    mine = calendar(service=vpn)
    calendar(1, service=vpn, state="cancelled", state_category="cancelled")
    calendar(1, service=vpn, state="review", state_category="resolved")
    done = calendar(1, service=vpn)
    Change.objects.filter(pk=done.pk).update(ended_at=NIGHT)
    assert met(cast, mine) == {}


def test_nobody_learns_of_a_restricted_change_that_is_not_theirs_to_see(cast, calendar):
    vpn = cast.services["vpn"]
    mine = calendar(service=vpn)
    secret = calendar(1, service=vpn, restricted=True, owner=cast.erin)
    assert met(cast, mine, cast.alice) == {}
    assert met(cast, mine, cast.erin) == {secret.number: ["service"]}
    about = (vpn, HOUR, None, NIGHT + HOUR)
    assert queries.earliest_free(*about, user=cast.alice, but=mine.pk) == (
        NIGHT + HOUR,
        NIGHT + 2 * HOUR,
    )
    assert queries.earliest_free(*about, user=cast.erin, but=mine.pk) == (
        NIGHT + 3 * HOUR,
        NIGHT + 4 * HOUR,
    )


def test_the_database_agrees_with_the_plain_rule(cast, calendar):
    services = [*cast.services.values(), None]
    teams = [*cast.teams.values(), None]
    owners = [cast.alice, cast.bob, None]
    for n in range(60):
        calendar(
            (n * 7) % 31 / 3,
            1 + n % 4,
            service=services[n % len(services)],
            team=teams[n // 2 % len(teams)],
            owner=owners[n // 3 % len(owners)],
        )
    everything = Ticket.objects.filter(type="change").order_by("pk")
    windows = [queries.window_of(ticket) for ticket in everything]
    for ticket, one in zip(everything, windows, strict=True):
        plain: dict[int, list[tuple[Kind, int]]] = {}
        for hit in collisions.of(one, windows):
            plain.setdefault(hit.other.key, []).append((hit.kind, hit.why))
        found = queries.collisions_of(ticket, cast.grace, NIGHT)
        assert {m.other.window.key: list(m.kinds) for m in found} == plain
