"""Counts are exact without counting."""

import random
import threading

import pytest
from django.db import connection

from itsm.tickets import counts
from itsm.tickets.count_models import TicketCount, TicketCountDelta, TicketCountFold
from itsm.tickets.models import (
    Ticket,
)
from people.models import Membership
from people.roles import Role
from tests.itsm.tickets.rows import person, team, ticket


@pytest.mark.django_db
def test_every_view_is_counted_in_one_query(django_assert_num_queries):
    bob, erin = person("bob", Role.AGENT), person("erin", Role.EXPERT)
    desk = team("desk")
    ticket(team=desk, owner=bob, state="in_progress", state_category="active")
    ticket(team=desk)
    ticket(owner=erin, state="waiting", state_category="waiting")
    ticket(type="request", number="REQ-1")
    ticket(state="closed", state_category="closed")
    with django_assert_num_queries(1):
        found = counts.open_counts(bob)
    assert found.all == counts.Count(
        open=4, workable=3, new=2, waiting=1, mine=1, unassigned=2
    )
    assert found.of_type("incident").open == 3
    assert found.of_type("request").open == 1
    assert found.of_type("change").open == 0
    assert found.of_team(desk.pk).open == 2
    assert found.of_team(None).open == 2


@pytest.mark.django_db
def test_folding_changes_no_count_and_leaves_no_deltas():
    bob = person("bob", Role.AGENT)
    made = [ticket(owner=bob) for _ in range(5)]
    before = counts.open_counts(bob)
    assert counts.fold() == 1
    assert counts.open_counts(bob) == before
    assert not TicketCountDelta.objects.exists()
    for one in made:
        one.state_category = "closed"
        one.save()
    assert counts.open_counts(bob).all.open == 0
    counts.fold()
    assert not TicketCount.objects.exists()
    assert counts.check() == []


@pytest.mark.django_db
def test_a_folded_table_without_a_stamp_is_read_every_time():
    bob = person("bob", Role.AGENT)
    for expected in (1, 2):
        ticket()
        counts.fold()
        TicketCountFold.objects.all().delete()
        assert counts.open_counts(bob).all.open == expected
        assert counts.open_counts(bob).all.open == expected


@pytest.mark.django_db
def test_what_another_process_folded_is_seen_at_once(django_assert_num_queries):
    bob = person("bob", Role.AGENT)
    made = ticket(owner=bob)
    counts.fold()
    assert counts.open_counts(bob).all.mine == 1
    made.state_category = "closed"
    made.save()
    counts.fold()
    with django_assert_num_queries(1):
        assert counts.open_counts(bob).all == counts.Count()


@pytest.mark.django_db
def test_a_restricted_ticket_counts_only_for_those_who_see_it():
    bob, alice = person("bob", Role.AGENT), person("alice", Role.AGENT)
    grace = person("grace", Role.ADMINISTRATOR)
    hr = team("hr")
    Membership.objects.create(team=hr, user=alice)
    ticket(team=hr, restricted=True)
    assert counts.open_counts(bob).all.open == 0
    assert counts.open_counts(alice).all.open == 1
    assert counts.open_counts(alice).of_team(hr.pk).open == 1
    assert counts.open_counts(grace).all.open == 1
    assert counts.check() == []


@pytest.mark.django_db
def test_bulk_statements_are_counted_too():
    bob = person("bob", Role.AGENT)
    for _ in range(6):
        ticket()
    Ticket.objects.update(owner=bob)
    assert counts.open_counts(bob).all.mine == 6
    Ticket.objects.filter(pk__in=Ticket.objects.values("pk")[:2]).delete()
    assert counts.open_counts(bob).all.mine == 4
    assert counts.check() == []


@pytest.mark.django_db
def test_check_says_where_a_count_is_wrong():
    ticket()
    counts.fold()
    TicketCount.objects.update(n=7)
    [sentence] = counts.check()
    assert "says 7, and there are 1" in sentence


@pytest.mark.django_db
def test_a_free_filter_is_counted_to_a_thousand_and_then_says_so():
    for _ in range(4):
        ticket()
    assert counts.capped(Ticket.objects.all(), cap=3) == (3, False)
    assert counts.capped(Ticket.objects.all(), cap=4) == (4, True)
    assert counts.capped(Ticket.objects.none()) == (0, True)


@pytest.mark.django_db(transaction=True)
def test_counts_stay_exact_while_many_write_and_several_fold():
    bob = person("bob", Role.AGENT)
    pks = [ticket().pk for _ in range(20)]
    wrong: list[object] = []

    def write(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(15):
                Ticket.objects.filter(pk=dice.choice(pks)).update(
                    owner=dice.choice([bob.pk, None]),
                    state_category=dice.choice(["new", "active", "closed"]),
                    restricted=dice.random() < 0.1,
                )
        finally:
            connection.close()

    def fold() -> None:
        try:
            for _ in range(25):
                counts.fold()
                wrong.extend(counts.check())
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    threads += [threading.Thread(target=fold) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert counts.check() == []
    rows = Ticket.objects.open().filter(restricted=False).count()
    seen = Ticket.objects.open().visible_to(bob).count()
    assert counts.open_counts(bob).all.open == seen >= rows
