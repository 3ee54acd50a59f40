"""Two tickets about the same become one, and two again."""

import pytest

from core.errors import Invalid, Refused, WrongState
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.joining.models import Merged
from itsm.tickets.models import Participant, Ticket
from itsm.tickets.verbs import verbs_for
from tests.factories import (
    a_change,
    a_ticket,
    an_incident,
    later,
    resolved,
    said,
    taken,
)
from tests.itsm.checks import forbidden, kinds, last

pytestmark = pytest.mark.django_db


def merge(one, into, by):
    return actions.merge(ticket=one, by=by, at=later(5), into=into)


def test_it_ends_as_a_duplicate_and_both_timelines_say_so(cast):
    one, other = taken(cast), an_incident(cast)
    done = merge(one, other, cast.bob)
    assert (done.state, done.resolution_code) == ("cancelled", "duplicate")
    assert last(done).changes["merged_into"] == [None, other.pk]
    assert kinds(other)[-1] == "merged_here"
    assert last(other).changes == {"merged": [None, one.pk]}
    assert last(done).public
    assert not last(other).public  # whoever asked there is told of no other ticket


def test_undoing_brings_it_back_where_it_stood(cast):
    one, other = taken(cast), an_incident(cast)
    was = Ticket.objects.values().get(pk=one.pk)
    merge(one, other, cast.bob)
    actions.unmerge(ticket=one, by=cast.bob, at=later(6))
    now = Ticket.objects.values().get(pk=one.pk)
    changed = {n for n in was if was[n] != now[n]}
    assert changed <= {"version", "updated_at", "next_due_at", "next_due_kind"}
    assert not Merged.objects.exists()
    assert kinds(other)[-2:] == ["merged_here", "unmerged_here"]
    with pytest.raises(Refused):
        actions.unmerge(ticket=one, by=cast.bob, at=later(7))


def test_who_watched_or_owned_it_watches_the_other_until_it_is_undone(cast):
    one, other = taken(cast), an_incident(cast)
    actions.watch(ticket=one, by=cast.erin, at=later(2))
    actions.watch(ticket=other, by=cast.dana, at=later(2))
    actions.copy_in(ticket=one, by=cast.bob, at=later(2), person=cast.mallory)
    merge(one, other, cast.alice)
    rows = Participant.objects.filter(ticket=other)
    names = set(rows.values_list("user__name", "role"))
    assert names == {("Bob", "watcher"), ("Erin", "watcher"), ("Dana", "watcher")}
    assert not Ticket.objects.visible_to(cast.mallory).filter(pk=other.pk).exists()
    actions.unmerge(ticket=one, by=cast.alice, at=later(6))
    assert set(rows.values_list("user__name", flat=True)) == {"Dana"}


def test_a_merged_ticket_moves_no_more_but_its_people_may_talk(cast):
    one, other = an_incident(cast), an_incident(cast)
    merge(one, other, cast.bob)
    for verb in ("reopen", "start", "edit", "split", "convert", "take"):
        with pytest.raises(WrongState) as refused:
            perform(one, verb, {}, by=cast.bob, at=later(6))
        assert "unmerge" in refused.value.allowed
    said(one, "It happened again", by=cast.carol)
    fresh = Ticket.objects.get(pk=one.pk)
    offered = {v.name for v in verbs_for(fresh, cast.bob, at=later(6))}
    assert "unmerge" in offered
    assert not offered & {"reopen", "merge", "take", "resolve"}


@pytest.mark.parametrize("verb", ["take", "triage", "edit", "convert", "split"])
def test_whoever_may_not_is_refused_before_anything_is_said_of_the_merge(cast, verb):
    one, other = an_incident(cast), an_incident(cast)
    merge(one, other, cast.bob)
    with forbidden() as refused:
        perform(one, verb, {}, by=cast.carol, at=later(6))
    assert other.number not in refused.value.detail


def test_what_it_cannot_be_merged_into_is_said(cast):
    one, gone = an_incident(cast), resolved(cast)
    merged, target = an_incident(cast), an_incident(cast)
    merge(merged, target, cast.bob)
    for other in (one, gone, merged, a_change(cast)):
        with pytest.raises(Invalid) as refused:
            merge(one, other, cast.bob)
        assert list(refused.value.errors) == ["into"]


def test_a_chain_is_possible_a_circle_is_not(cast):
    a, b, c = (an_incident(cast) for _ in range(3))
    merge(a, b, cast.bob)
    merge(b, c, cast.bob)
    with pytest.raises(Invalid):
        merge(c, a, cast.bob)
    with pytest.raises(WrongState):
        perform(b, "merge", {"into": c.number}, by=cast.bob, at=later(6))


def test_a_restricted_ticket_takes_in_nobody_elses(cast):
    theirs = a_ticket(cast, by=cast.mallory)
    secret = an_incident(cast, restricted=True, team=cast.teams["desk"])
    with pytest.raises(Invalid) as refused:
        merge(theirs, secret, cast.bob)
    assert secret.number in refused.value.errors["into"][0]
    with pytest.raises(Invalid) as refused:  # Erin is told of no such ticket at all
        perform(theirs, "merge", {"into": secret.number}, by=cast.erin, at=later(2))
    assert "no ticket" in refused.value.errors["into"][0]


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_do_not_merge(cast, name):
    one, other = an_incident(cast), an_incident(cast)
    with forbidden():
        merge(one, other, cast.people[name])


def test_who_no_longer_sees_the_other_does_not_undo_it(cast):
    one, other = an_incident(cast), an_incident(cast)
    merge(one, other, cast.dana)
    actions.restrict(ticket=other, by=cast.grace, at=later(6))
    with forbidden():
        actions.unmerge(ticket=one, by=cast.dana, at=later(7))
    actions.unmerge(ticket=one, by=cast.grace, at=later(7))
    assert not Merged.objects.exists()
