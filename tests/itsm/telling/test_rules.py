"""The rule book about tickets, a test for each line: who hears, and who does not."""

import pytest

from itsm.tickets import actions
from itsm.tickets.models import Ticket
from itsm.tickets.telling.facts import sees
from itsm.tickets.telling.rules import RULES
from people.models import Organisation
from tests.factories import a_change, an_incident, later, resolved, said, taken
from tests.notify.conftest import bells, forget, heard, mailed, read_log  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast) -> Ticket:
    """Bob's, of Carol's; what happened so far is told and put away."""
    found = taken(cast)
    read_log()
    forget()
    return found


def everybody(cast, *, but=()) -> list[str]:
    """Whoever heard anything, by name."""
    return sorted(
        name
        for name, person in cast.people.items()
        if name not in but and (heard(person) or mailed(person))
    )


def test_receipt_the_requester_hears_of_their_own_report(cast):
    an_incident(cast, owner=None)
    read_log()
    assert heard(cast.carol) == mailed(cast.carol) == ["ticket.receipt"]


def test_receipt_also_of_what_somebody_opened_for_them(cast):
    an_incident(cast, by=cast.bob, requester=cast.carol)
    read_log()
    assert mailed(cast.carol) == ["ticket.receipt"]
    assert not heard(cast.bob)


def test_reply_the_requester_and_who_is_copied_on_hear_it(cast, ticket):
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=cast.mallory)
    said(ticket, "It is the gateway.", by=cast.bob)
    read_log()
    for person in (cast.carol, cast.mallory):
        assert heard(person) == mailed(person) == ["ticket.reply"]


def test_reply_a_note_is_told_to_no_requester(cast, ticket):
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=cast.mallory)
    said(ticket, "Between us", by=cast.bob, public=False)
    read_log()
    assert everybody(cast) == []


def test_your_turn_the_requester_hears_that_we_wait_for_them(cast, ticket):
    question = {"reason": "requester", "comment": "Which gateway?"}
    actions.wait(ticket=ticket, by=cast.bob, at=later(2), **question)
    read_log()
    assert heard(cast.carol) == ["ticket.your_turn", "ticket.reply"]


def test_your_turn_waiting_for_a_supplier_is_nobodys_turn(cast, ticket):
    actions.wait(ticket=ticket, by=cast.bob, at=later(2), reason="supplier")
    read_log()
    assert everybody(cast) == []


def test_solved_the_requester_and_who_is_copied_on_hear_it(cast, ticket):
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=cast.mallory)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution="Restarted")
    read_log()
    for person in (cast.carol, cast.mallory):
        assert heard(person) == mailed(person) == ["ticket.solved"]
    actions.close(ticket=ticket, by=None, at=later(9_000))  # by silence
    forget()
    read_log()
    assert everybody(cast) == []


def test_reopened_by_us_the_requester_hears_it_and_by_them_the_owner(cast):
    ticket = resolved(cast)
    read_log()
    forget()
    actions.reopen(ticket=ticket, by=cast.alice, at=later(5), comment="Not quite")
    read_log()
    assert heard(cast.carol) == ["ticket.reopened", "ticket.reply"]
    assert heard(cast.bob) == ["ticket.back"]
    actions.resolve(ticket=ticket, by=cast.bob, at=later(6), resolution="Now")
    read_log()
    forget()
    actions.reopen(ticket=ticket, by=cast.carol, at=later(7), comment="No")
    read_log()
    assert heard(cast.bob) == mailed(cast.bob) == ["ticket.back", "ticket.answer"]
    assert not heard(cast.carol)


def test_approval_whoever_has_the_authority_is_asked(cast):
    change = a_change(cast)
    read_log()
    forget()
    window = (later(9_000), later(9_060))
    texts = {"plan": "One by one", "test": "Ping", "way_back": "Old firmware"}
    given = {"service": cast.services["vpn"], **texts, "window": window}
    actions.transition(
        ticket=change, verb="submit", by=cast.alice, at=later(2), given=given
    )
    read_log()
    assert heard(cast.frank) == mailed(cast.frank) == ["ticket.approval"]
    assert everybody(cast) == ["frank"]


def test_mention_who_is_named_hears_it_alone_or_with_their_team(cast, ticket):
    said(ticket, "@erin what do you think?", by=cast.bob, public=False)
    read_log()
    assert heard(cast.erin) == mailed(cast.erin) == ["ticket.mention"]
    assert everybody(cast) == ["erin"]
    forget()
    said(ticket, "@desk for you", by=cast.erin, public=False)
    read_log()
    assert everybody(cast) == ["alice", "bob"]
    assert heard(cast.bob) == ["ticket.mention"]


def test_assigned_who_got_it_hears_it_and_who_had_it_in_the_inbox(cast, ticket):
    actions.assign(ticket=ticket, by=cast.alice, at=later(2), owner=cast.erin)
    read_log()
    assert heard(cast.erin) == mailed(cast.erin) == ["ticket.assigned"]
    assert heard(cast.bob) == ["ticket.handed"]
    assert mailed(cast.bob) == []
    assert everybody(cast) == ["bob", "erin"]


def test_offered_asked_declined_and_kept_reach_the_one_they_are_for(cast, ticket):
    actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)
    actions.ask(ticket=ticket, by=cast.dana, at=later(3))
    read_log()
    assert heard(cast.erin) == mailed(cast.erin) == ["ticket.offered"]
    assert heard(cast.bob) == mailed(cast.bob) == ["ticket.asked"]
    forget()
    actions.decline(ticket=ticket, by=cast.erin, at=later(4), comment="Too busy")
    actions.keep(ticket=ticket, by=cast.bob, at=later(5), person=cast.dana)
    read_log()
    assert heard(cast.bob) == heard(cast.dana) == ["ticket.handed"]
    assert everybody(cast) == ["bob", "dana"]


def test_answer_the_owner_hears_the_requester(cast, ticket):
    said(ticket, by=cast.carol)
    read_log()
    assert heard(cast.bob) == mailed(cast.bob) == ["ticket.answer"]
    assert everybody(cast) == ["bob"]


def test_unowned_goes_to_dispatch_in_the_inbox_only_and_not_to_everybody(cast):
    an_incident(cast)
    read_log()
    assert heard(cast.alice) == ["ticket.unowned"]
    assert mailed(cast.alice) == []
    assert everybody(cast) == ["alice", "carol"]
    forget()
    an_incident(cast, by=cast.bob, requester=cast.carol, owner=cast.bob)
    read_log()
    assert everybody(cast) == ["carol"]


def test_watched_only_what_is_public_and_in_the_inbox(cast, ticket):
    actions.watch(ticket=ticket, by=cast.erin, at=later(2))
    said(ticket, "Between us", by=cast.bob, public=False)
    read_log()
    assert everybody(cast) == []
    said(ticket, by=cast.bob)
    read_log()
    assert heard(cast.erin) == ["ticket.watched"]
    assert mailed(cast.erin) == []


def test_of_a_restricted_ticket_only_those_hear_who_may_see_it(cast):
    ticket = an_incident(
        cast, service=cast.services["hr-portal"], team=cast.teams["network"]
    )
    read_log()
    assert everybody(cast) == ["carol"]  # not Alice, who dispatches
    actions.assign(ticket=ticket, by=cast.grace, at=later(2), owner=cast.bob)
    actions.watch(ticket=ticket, by=cast.grace, at=later(2))
    team = {"team": cast.teams["desk"], "owner": cast.erin}
    actions.assign(ticket=ticket, by=cast.grace, at=later(3), **team)
    read_log()
    forget()
    said(ticket, "@bob @alice look", by=cast.grace, public=False)
    read_log()
    assert everybody(cast) == ["alice", "bob"]  # of its team now


def test_the_sight_of_many_is_what_each_of_them_sees(cast):
    """`sees` is `visible_to`, for many at once: for everybody and every kind of row."""
    Organisation.objects.filter(slug="globex").update(shares_tickets=True)
    cast.frank.is_active = False
    cast.frank.save()
    tickets = []
    for restricted in (False, True):
        for owner in (None, cast.bob):
            for team in (None, *cast.teams.values()):
                fields = {"restricted": restricted, "owner": owner, "team": team}
                for asks in (cast.carol, cast.mallory, cast.dana):
                    tickets.append(
                        an_incident(cast, by=cast.grace, requester=asks, **fields)
                    )
    actions.watch(ticket=tickets[-1], by=cast.grace, at=later(2))
    actions.copy_in(ticket=tickets[-2], by=cast.grace, at=later(2), person=cast.carol)
    everything = {t.pk for t in tickets}
    for person in cast.people.values():
        own = Ticket.objects.visible_to(person)
        expected = {(person.pk, pk) for pk in own.values_list("pk", flat=True)}
        assert sees((person.pk, pk) for pk in everything) == expected, person.name


def test_every_line_of_the_book_has_its_words():
    for rule in RULES:
        assert all(str(words) for words in (rule.title, rule.teaches, rule.line))
        assert str(rule.body)
    assert len({rule.order for rule in RULES}) == len(RULES)
