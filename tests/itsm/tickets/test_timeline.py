"""The timeline: what was said and what happened, in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.log import act, record
from core.models import Event
from itsm.tickets import actions, kinds, timeline, timeline_rows
from itsm.tickets.doors import perform
from itsm.tickets.queries import get_ticket, lock
from tests.cast import AT
from tests.factories import an_incident, later, taken
from tests.itsm.checks import fresh

MOST_QUERIES = 3


def kinds_of(line):
    return [entry.kind for entry in line.entries]


def words(line):
    found = []
    for entry in line.entries:
        found += [one.body for one in entry.lines] or [entry.body]
    return found


def test_the_description_comes_first_then_everything_in_order(cast):
    ticket = taken(cast, an_incident(cast, description="It **drops**."))
    actions.comment(
        ticket=ticket, by=cast.bob, at=later(2), body="I look.", public=True
    )
    actions.comment(ticket=ticket, by=cast.bob, at=later(3), body="Odd.", public=False)
    line = timeline.read(ticket)
    assert line.entries[0].body == "It **drops**."
    assert line.entries[0].person.name == "Carol"
    said = [(e.kind, e.body) for e in line.entries if e.kind in {"public", "internal"}]
    assert said[1:] == [("public", "I look."), ("internal", "Odd.")]
    assert line.said == 3


def test_a_requester_reads_nothing_internal(cast):
    ticket = taken(cast)
    actions.comment(ticket=ticket, by=cast.bob, at=later(2), body="Odd.", public=False)
    actions.triage(
        ticket=ticket, by=cast.bob, at=later(3), impact="high", urgency="high"
    )
    line = timeline.read(ticket, public=True)
    assert "internal" not in kinds_of(line)
    assert not any("impact" in text or "Odd" in text for text in words(line))


def test_events_are_told_in_sentences_with_names(cast):
    ticket = taken(cast)
    actions.triage(ticket=ticket, by=cast.bob, at=later(2), impact="high")
    actions.assign(
        ticket=ticket, by=cast.alice, at=later(3), owner=cast.erin, comment="Yours."
    )
    told = words(timeline.read(ticket))
    assert "Carol registered it, P4" in told
    assert "Bob took it and stays the owner" in told
    assert "Bob moved it from New to In progress" in told
    assert any("impact low became high" in text for text in told)
    assert any("owner Bob became Erin" in text for text in told)
    assert "Yours." in told


def test_whom_it_was_offered_to_is_named_when_the_offer_is_taken_back_too(cast):
    ticket = taken(cast)
    actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)
    actions.withdraw(ticket=ticket, by=cast.bob, at=later(3))
    told = words(timeline.read(ticket))
    assert "Bob offered it to Erin" in told
    assert "Bob took back the offer to Erin" in told


def test_the_other_ticket_is_named_on_both_when_joined_and_when_parted(cast):
    one, other = an_incident(cast), an_incident(cast)
    actions.merge(ticket=one, by=cast.bob, at=later(2), into=other)
    actions.unmerge(ticket=one, by=cast.bob, at=later(3))
    told = words(timeline.read(one))
    assert f"Bob merged it: it goes on in {other.number}" in told
    assert f"Bob took it out of {other.number} again" in told
    told = words(timeline.read(other))
    assert f"Bob merged {one.number} into this" in told
    assert f"Bob took {one.number} out of this again" in told


def test_three_small_events_in_a_row_are_folded_into_one_line(cast):
    ticket = taken(cast)
    line = timeline.read(ticket)
    assert kinds_of(line) == ["public", "fold"]
    assert line.entries[1].body.startswith("3 events: ")
    assert [one.kind for one in line.entries[1].lines] == ["event"] * 3


def test_each_resolution_keeps_its_own_words(cast):
    ticket = taken(cast)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(2), resolution="Rebooted.")
    actions.reopen(ticket=ticket, by=cast.carol, at=later(3), comment="No.")
    actions.resolve(ticket=ticket, by=cast.bob, at=later(4), resolution="Replaced.")
    solved = [e.body for e in timeline.read(ticket).entries if e.label]
    assert solved == ["Rebooted.", "Replaced."]


def test_a_removed_text_says_who_removed_it_and_why(cast):
    ticket = taken(cast)
    said = actions.comment(
        ticket=ticket, by=cast.bob, at=later(2), body="My password is x.", public=True
    )
    actions.redact(
        ticket=ticket, by=cast.grace, at=later(3), comment=said.pk, why="A password."
    )
    line = timeline.read(ticket)
    entry = next(e for e in line.entries if e.id == f"comment-{said.pk}")
    assert entry.body == ""
    assert (entry.removal.by, entry.removal.why) == ("Grace", "A password.")
    assert not any("My password" in text for text in words(line))


def test_a_removed_description_is_gone_from_the_page(cast):
    ticket = an_incident(cast, description="Secret")
    actions.redact(
        ticket=ticket, by=cast.grace, at=later(1), field="description", why="No."
    )
    first = timeline.read(get_ticket(cast.bob, ticket.number)).entries[0]
    assert (first.body, first.removal.why) == ("", "No.")


def test_a_link_names_a_restricted_ticket_to_those_who_see_it_alone(cast):
    ticket, hidden = taken(cast), an_incident(cast, restricted=True, by=cast.grace)
    for kind in ("related", "parent"):
        actions.link(ticket=ticket, by=cast.grace, at=later(1), kind=kind, to=hidden)
    others = words(timeline.read(ticket, reader=cast.bob))
    assert not any(hidden.number in text for text in others)
    assert any("a ticket you cannot see" in text for text in others)
    theirs = words(timeline.read(ticket, reader=cast.grace))
    assert sum(hidden.number in text for text in theirs) == 2
    assert not any(hidden.number in text for text in words(timeline.read(ticket)))


def events_on(cast, ticket, number):
    with act():
        locked = lock(ticket)
        for n in range(number):
            record(
                kinds.TRIAGE,
                subject=locked,
                by=cast.bob if n % 2 else cast.alice,
                at=AT + timedelta(minutes=n),
                changes={"size": (1, 2), "team": (None, cast.teams["desk"].pk)},
            )


@pytest.mark.parametrize("number", [10, 199])
def test_the_number_of_queries_does_not_grow_with_the_events(cast, number):
    ticket = taken(cast)
    events_on(cast, ticket, number)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        timeline.read(ticket)
    assert len(caught) <= MOST_QUERIES


def test_a_very_long_timeline_shows_its_newest_part_and_says_so(cast):
    ticket = an_incident(cast, description="First")
    events_on(cast, ticket, timeline_rows.NEWEST + 20)
    short, whole = timeline.read(ticket), timeline.read(ticket, whole=True)
    assert short.has_earlier
    assert len(short.events) == timeline_rows.NEWEST
    assert not whole.has_earlier
    assert whole.entries[0].body == "First"


def test_what_was_said_at_the_edge_of_a_long_timeline_is_there(cast):
    """The question's event is shown, the wait's, of the same instant, no more."""
    ticket = taken(cast)
    asked = {"reason": "requester", "comment": "Which socket?"}
    perform(ticket, "wait", asked, by=cast.bob, at=AT - timedelta(minutes=1))
    before = list(Event.objects.filter(subject_id=ticket.pk).order_by("id"))
    assert [event.kind for event in before[-2:]] == [kinds.WAIT, kinds.COMMENT]
    events_on(cast, ticket, timeline_rows.NEWEST - 1)
    line = timeline.read(fresh(ticket))
    assert (line.has_earlier, line.events[0].pk) == (True, before[-1].pk)
    assert "Which socket?" in [entry.body for entry in line.entries]
