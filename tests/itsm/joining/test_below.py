"""Resolving a ticket and, by choice, those below it, with the same words."""

import pytest

from itsm.tickets import actions
from itsm.tickets.bulk.models import Bulk
from itsm.tickets.models import Ticket
from tests.factories import an_incident, as_, later, resolved

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(cast):
    above = an_incident(cast)
    below = [an_incident(cast) for _ in range(3)]
    for child in below:
        actions.link(ticket=child, by=cast.bob, at=later(1), kind="parent", to=above)
    return above, below


def states(tickets):
    rows = Ticket.objects.filter(pk__in=[t.pk for t in tickets]).order_by("pk")
    return list(rows.values_list("state", "resolution"))


def test_the_form_offers_what_is_open_below(cast, family):
    above, below = family
    resolved(cast, below[2])
    page = as_(cast.bob).get(f"/incidents/{above.number}/do/resolve/").content.decode()
    assert f'value="{below[0].number}"' in page
    assert f'value="{below[2].number}"' not in page


def test_chosen_ones_are_resolved_item_by_item_with_the_same_words(cast, family):
    above, below = family
    answer = as_(cast.bob).post(
        f"/incidents/{above.number}/do/resolve/",
        {"resolution": "Restarted", "children": [b.number for b in below[:2]]},
    )
    assert answer.status_code == 302
    assert "/queue/bulk/" in answer["Location"]
    done = ("resolved", "Restarted")
    assert states([above, *below]) == [done, done, done, ("new", "")]
    assert Bulk.objects.get().counts()["done"] == 2


def test_none_is_touched_without_being_chosen(cast, family):
    above, below = family
    as_(cast.bob).post(
        f"/incidents/{above.number}/do/resolve/", {"resolution": "Restarted"}
    )
    assert states(below) == [("new", "")] * 3
    assert not Bulk.objects.exists()


def test_only_those_below_it_can_be_chosen(cast, family):
    above, below = family
    other = an_incident(cast)
    as_(cast.bob).post(
        f"/incidents/{above.number}/do/resolve/",
        {"resolution": "Restarted", "children": [other.number, below[0].number]},
    )
    assert states([other]) == [("new", "")]
    assert Bulk.objects.get().total == 1
