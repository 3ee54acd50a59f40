"""How tickets belong together."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Link
from tests.factories import a_change, a_problem, an_incident, later, resolved
from tests.itsm.checks import forbidden, fresh, inactive, invalid, kinds, last

OWN = ("duplicate_of", "caused_by", "caused_by_change", "fixed_by_change", "related")


@pytest.fixture
def pair(cast):
    return an_incident(cast), a_problem(cast)


@pytest.mark.parametrize("kind", OWN)
def test_a_link_is_one_row_and_one_event(cast, pair, kind):
    ticket, to = pair
    before = fresh(ticket).version
    raw = {"kind": kind, "number": to.number.lower()}
    perform(ticket, "link", raw, by=cast.bob, at=later(1))
    row = Link.objects.get()
    assert (row.source, row.target, row.kind, row.by) == (ticket, to, kind, cast.bob)
    assert last(ticket).changes == {"link": [None, {"kind": kind, "ticket": to.pk}]}
    assert fresh(ticket).version == before + 1


def test_linking_twice_changes_nothing(cast, pair):
    ticket, to = pair
    for minute in (1, 2):
        actions.link(
            ticket=ticket, by=cast.bob, at=later(minute), kind="caused_by", to=to
        )
    assert kinds(ticket) == ["open", "link"]
    assert Link.objects.count() == 1


def test_related_holds_in_both_directions(cast, pair):
    one, other = pair
    actions.link(ticket=one, by=cast.bob, at=later(1), kind="related", to=other)
    actions.link(ticket=other, by=cast.bob, at=later(2), kind="related", to=one)
    assert Link.objects.count() == 1
    actions.unlink(ticket=other, by=cast.bob, at=later(3), kind="related", to=one)
    assert Link.objects.count() == 0


def test_a_parent_replaces_the_former_and_the_log_keeps_both(cast):
    ticket, first, second = (an_incident(cast) for _ in range(3))
    for to in (first, second):
        actions.link(ticket=ticket, by=cast.bob, at=later(1), kind="parent", to=to)
    assert fresh(ticket).parent == second
    assert last(ticket).changes["link"] == [
        {"kind": "parent", "ticket": first.pk},
        {"kind": "parent", "ticket": second.pk},
    ]


def test_nothing_becomes_its_own_ancestor(cast):
    top, middle, bottom = (an_incident(cast) for _ in range(3))
    for child, parent in ((bottom, middle), (middle, top)):
        actions.link(ticket=child, by=cast.bob, at=later(1), kind="parent", to=parent)
    for above in (bottom, top):
        with invalid() as caught:
            actions.link(ticket=top, by=cast.bob, at=later(2), kind="parent", to=above)
        assert set(caught.value.errors) == {"number"}


@pytest.mark.parametrize("kind", [*OWN, "parent"])
def test_nothing_is_linked_to_itself(cast, kind):
    ticket = an_incident(cast)
    with invalid():
        actions.link(ticket=ticket, by=cast.bob, at=later(1), kind=kind, to=ticket)


@pytest.mark.parametrize("kind", [*OWN, "parent"])
def test_a_link_is_taken_away_again(cast, pair, kind):
    ticket, to = pair
    actions.link(ticket=ticket, by=cast.bob, at=later(1), kind=kind, to=to)
    raw = {"kind": kind, "number": to.number}
    perform(ticket, "unlink", raw, by=cast.bob, at=later(2))
    assert not Link.objects.exists()
    assert fresh(ticket).parent is None
    assert last(ticket).changes == {"link": [{"kind": kind, "ticket": to.pk}, None]}


@pytest.mark.parametrize("kind", [*OWN, "parent"])
def test_a_link_that_is_not_there_cannot_be_taken_away(cast, pair, kind):
    ticket, to = pair
    with invalid():
        actions.unlink(ticket=ticket, by=cast.bob, at=later(1), kind=kind, to=to)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"kind": "friend_of", "number": "{to}"}, "kind"),
        ({"number": "{to}"}, "kind"),
        ({"kind": "related"}, "number"),
        ({"kind": "related", "number": "INC-1"}, "number"),
        ({"kind": "related", "number": "x' OR 1=1"}, "number"),
        ({"kind": "related", "number": 5}, "number"),
        ({"kind": ["related"], "number": "{to}"}, "kind"),
    ],
)
def test_what_cannot_be_used_is_named(cast, pair, raw, field):
    ticket, to = pair
    raw = {k: to.number if v == "{to}" else v for k, v in raw.items()}
    with invalid() as caught:
        perform(ticket, "link", raw, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {field}


def test_a_ticket_one_may_not_see_is_answered_like_one_that_is_not_there(cast):
    ticket = an_incident(cast)
    hidden = an_incident(cast, service=cast.services["hr-portal"])
    answers = []
    for number in (hidden.number, "INC-999999"):
        with invalid() as caught:
            raw = {"kind": "related", "number": number}
            perform(ticket, "link", raw, by=cast.bob, at=later(1))
        answers.append(caught.value.detail.replace(number, "N"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_link(cast, pair, name):
    ticket, to = pair
    by = cast.people[name]
    with forbidden():
        actions.link(ticket=ticket, by=by, at=later(1), kind="related", to=to)


def test_somebody_who_left_may_not_link(cast, pair):
    ticket, to = pair
    bob = inactive(cast.bob)
    with forbidden():
        actions.link(ticket=ticket, by=bob, at=later(1), kind="related", to=to)


def test_what_is_over_may_still_be_linked_to_its_cause(cast):
    ticket, change = resolved(cast), a_change(cast)
    actions.link(
        ticket=ticket, by=cast.bob, at=later(9), kind="caused_by_change", to=change
    )
    assert Link.objects.count() == 1
