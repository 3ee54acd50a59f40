"""Merging both ways at once, and a bulk change while somebody works, really at once."""

import pytest
from django.utils import timezone

from core.models import Event
from itsm.tickets.bulk import acting
from itsm.tickets.bulk.models import Bulk
from itsm.tickets.joining.models import Merged
from itsm.tickets.models import Ticket
from tests.cast import make_cast
from tests.factories import an_incident, resolved
from tests.suite.test_at_the_same_time import poster, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def test_of_two_merges_against_each_other_one_happens(cast):
    for _ in range(5):
        a, b = an_incident(cast), an_incident(cast)
        answers = together(
            poster(cast.bob, f"incidents/{a.number}/merge/", {"into": b.number}),
            poster(cast.erin, f"incidents/{b.number}/merge/", {"into": a.number}),
        )
        assert sorted(x.status_code for x in answers) in ([200, 409], [200, 422])
        pair = {a.pk, b.pk}
        assert Merged.objects.filter(ticket__in=pair, into__in=pair).count() == 1


def test_two_merges_of_one_ticket_leave_it_in_one(cast):
    a, b, c = (an_incident(cast) for _ in range(3))
    answers = together(
        poster(cast.bob, f"incidents/{a.number}/merge/", {"into": b.number}),
        poster(cast.erin, f"incidents/{a.number}/merge/", {"into": c.number}),
    )
    assert sorted(x.status_code for x in answers) == [200, 409]
    assert Merged.objects.count() == 1


def test_a_bulk_change_and_single_ones_each_happen_once(cast):
    tickets = [resolved(cast) for _ in range(8)]
    numbers = [t.number for t in tickets]
    body = {"numbers": numbers, "verb": "close"}
    answers = together(
        poster(cast.bob, "tickets/bulk/", body),
        poster(cast.erin, "tickets/bulk/", body),
        *[poster(cast.alice, f"incidents/{n}/close/", {}) for n in numbers[:3]],
    )
    assert all(x.status_code in {200, 409} for x in answers)
    assert set(Ticket.objects.values_list("state", flat=True)) == {"closed"}
    assert Event.objects.filter(kind="ticket.close").count() == 8


def test_two_workers_on_one_batch_do_each_item_once(cast):
    numbers = [resolved(cast).number for _ in range(30)]
    bulk = acting.start(
        numbers=numbers, verb="close", fields={}, by=cast.bob, at=timezone.now()
    )

    def work():
        mine = Bulk.objects.get(pk=bulk.pk)
        while acting.step(mine, at=timezone.now()):
            pass

    assert together(work, work, work) == [None, None, None]
    assert bulk.counts()["done"] == 30
    assert Event.objects.filter(kind="ticket.close").count() == 30


def test_undo_and_somebodys_work_do_not_overwrite_each_other(cast):
    ticket = resolved(cast)
    bulk = acting.start(
        numbers=[ticket.number], verb="close", fields={}, by=cast.bob, at=timezone.now()
    )
    acting.go(bulk)
    answers = together(
        poster(cast.bob, f"bulk/{bulk.pk}/undo/", {}),
        poster(
            cast.erin,
            f"incidents/{ticket.number}/comment/",
            {"body": "x", "public": True},
        ),
    )
    assert answers[0].status_code == 200
    item = bulk.items.get()
    ticket.refresh_from_db()
    assert (item.state, ticket.state) in {("undone", "resolved"), ("kept", "closed")}
