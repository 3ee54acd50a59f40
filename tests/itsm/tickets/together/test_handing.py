"""Hand-over with consent: asked, answered, declined, taken back, and told."""

import pytest

from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.together import news
from itsm.tickets.together.models import Handover
from itsm.tickets.verbs import verbs_for
from tests.factories import an_incident, as_, later, resolved, taken
from tests.itsm.checks import forbidden, fresh, invalid, kinds, refused


@pytest.fixture
def ticket(cast):
    """Bob's."""
    return taken(cast)


@pytest.fixture
def asked(cast, ticket):
    """Erin asks Bob for it."""
    return actions.ask(ticket=ticket, by=cast.erin, at=later(2), comment="My router")


@pytest.fixture
def offered(cast, ticket):
    """Bob offers it to Erin."""
    return actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)


def of(person, minute=9):
    asked, told = news.of(person, at=later(minute))
    return [one.words for one in asked], [one.words for one in told]


def verbs(ticket, person):
    names = {one.name for one in verbs_for(fresh(ticket), person, at=later(9))}
    return names & {"take", "ask", "decline", "withdraw", "grant", "keep"}


def test_asking_changes_nothing_but_that_its_owner_is_asked(cast, asked):
    assert fresh(asked).owner == cast.bob
    assert kinds(asked)[-1] == "ask"
    assert of(cast.bob) == (["Erin asks for it"], [])
    assert of(cast.erin) == ([], [])
    assert Comment.objects.get().body == "My router"
    assert not Comment.objects.get().is_public


def test_asking_twice_is_asking_once(cast, asked):
    actions.ask(ticket=asked, by=cast.erin, at=later(3))
    assert kinds(asked).count("ask") == 1
    assert Handover.objects.count() == 1


def test_nobody_is_asked_for_what_is_free_ones_own_or_offered(cast, offered):
    for ticket, by in (
        (an_incident(cast), cast.erin),
        (offered, cast.bob),
        (offered, cast.erin),
    ):
        with refused():
            actions.ask(ticket=ticket, by=by, at=later(3))
    done = resolved(cast)
    with refused():
        actions.ask(ticket=done, by=cast.erin, at=later(3))


def test_its_owner_hands_it_over_and_it_changes_hands_once(cast, asked):
    actions.grant(ticket=asked, by=cast.bob, at=later(3), person=cast.erin)
    now = fresh(asked)
    assert (now.owner, now.handovers) == (cast.erin, 1)
    assert of(cast.bob) == ([], [])
    assert of(cast.erin) == ([], [])
    assert kinds(asked)[-1] == "grant"


def test_its_owner_keeps_it_and_who_asked_is_told_why(cast, asked):
    actions.keep(
        ticket=asked, by=cast.bob, at=later(3), person=cast.erin, comment="Nearly done"
    )
    assert fresh(asked).owner == cast.bob
    assert of(cast.bob) == ([], [])
    _asked, told = news.of(cast.erin, at=later(4))
    assert [(one.words, one.said) for one in told] == [("Bob keeps it", "Nearly done")]


def test_only_its_owner_or_a_lead_answers(cast, asked):
    for verb in (actions.grant, actions.keep):
        with forbidden():
            verb(ticket=asked, by=cast.dana, at=later(3), person=cast.erin)
        with forbidden():
            verb(ticket=asked, by=cast.erin, at=later(3), person=cast.erin)
    actions.grant(ticket=asked, by=cast.alice, at=later(3), person=cast.erin)
    assert fresh(asked).owner == cast.erin
    assert of(cast.bob) == ([], ["Alice moved it; it is no longer yours"])


def test_nothing_is_granted_to_somebody_who_did_not_ask(cast, ticket):
    with invalid():
        actions.grant(ticket=ticket, by=cast.bob, at=later(3), person=cast.erin)
    assert fresh(ticket).owner == cast.bob


def test_wanting_it_oneself_through_assign_asks_and_never_takes(cast, ticket):
    actions.assign(ticket=ticket, by=cast.erin, at=later(2), owner=cast.erin)
    now = fresh(ticket)
    assert (now.owner, now.offered_to) == (cast.bob, None)
    with refused():
        actions.take(ticket=ticket, by=cast.erin, at=later(3))
    assert of(cast.bob) == (["Erin asks for it"], [])


def test_an_offer_is_declined_with_a_reason_and_its_owner_is_told(cast, offered):
    with invalid():
        actions.decline(ticket=offered, by=cast.erin, at=later(3), comment=" ")
    actions.decline(ticket=offered, by=cast.erin, at=later(3), comment="On leave")
    now = fresh(offered)
    assert (now.owner, now.offered_to) == (cast.bob, None)
    assert kinds(offered)[-1] == "decline"
    _asked, told = news.of(cast.bob, at=later(4))
    assert [(t.words, t.said) for t in told] == [
        ("Erin declined; it stays yours", "On leave")
    ]
    with refused():
        actions.take(ticket=offered, by=cast.erin, at=later(4))


def test_only_the_one_it_is_offered_to_declines(cast, offered):
    with refused():
        actions.decline(ticket=offered, by=cast.dana, at=later(3), comment="No")
    assert fresh(offered).offered_to == cast.erin


@pytest.mark.parametrize("who", ["bob", "alice"])
def test_its_owner_or_a_lead_takes_an_offer_back(cast, offered, who):
    actions.withdraw(ticket=offered, by=cast.people[who], at=later(3))
    assert fresh(offered).offered_to is None
    with refused():
        actions.take(ticket=offered, by=cast.erin, at=later(4))
    with refused():
        actions.withdraw(ticket=offered, by=cast.people[who], at=later(5))


def test_others_do_not_take_an_offer_back(cast, offered):
    with forbidden():
        actions.withdraw(ticket=offered, by=cast.dana, at=later(3))


def test_an_owner_is_told_when_somebody_else_offers_their_ticket(cast, ticket):
    actions.assign(ticket=ticket, by=cast.dana, at=later(2), owner=cast.erin)
    assert len(of(cast.bob)[1]) == 1
    assert of(cast.bob)[1][0].startswith("Dana offers it")
    actions.take(ticket=ticket, by=cast.erin, at=later(3))
    assert of(cast.bob) == ([], ["Erin moved it; it is no longer yours"])


def test_whoever_made_somebody_elses_offer_may_take_it_back(cast, ticket):
    actions.assign(ticket=ticket, by=cast.dana, at=later(2), owner=cast.erin)
    actions.withdraw(ticket=ticket, by=cast.dana, at=later(3))
    assert fresh(ticket).offered_to is None
    assert of(cast.bob) == ([], [])


def test_who_offered_it_themselves_needs_no_news_of_the_taking(cast, offered):
    actions.take(ticket=offered, by=cast.erin, at=later(3))
    assert fresh(offered).owner == cast.erin
    assert of(cast.bob) == ([], [])


def test_a_lead_moves_it_at_once_and_its_former_owner_is_told(cast, ticket):
    actions.assign(ticket=ticket, by=cast.alice, at=later(2), owner=cast.erin)
    assert fresh(ticket).owner == cast.erin
    assert of(cast.bob) == ([], ["Alice moved it; it is no longer yours"])
    row = Handover.objects.get()
    bob, erin = as_(cast.bob), as_(cast.erin)
    assert erin.post(f"/handovers/{row.pk}/noted/").status_code == 404
    assert bob.post(f"/handovers/{row.pk}/noted/").status_code == 302
    assert of(cast.bob) == ([], [])


def test_a_question_is_answered_not_noted(cast, asked):
    row = Handover.objects.get()
    assert as_(cast.bob).post(f"/handovers/{row.pk}/noted/").status_code == 404
    assert Handover.objects.exists()


def test_who_asks_asks_the_new_owner_when_it_moves(cast, asked):
    actions.assign(ticket=asked, by=cast.alice, at=later(3), owner=cast.dana)
    assert of(cast.dana)[0] == ["Erin asks for it"]
    assert of(cast.bob)[0] == []


def test_what_one_may_no_longer_see_is_not_told(cast, ticket):
    actions.assign(
        ticket=ticket,
        by=cast.alice,
        at=later(2),
        owner=cast.erin,
        team=cast.teams["network"],
    )
    actions.restrict(ticket=ticket, by=cast.grace, at=later(3))
    assert of(cast.bob) == ([], [])


def test_nothing_is_granted_to_somebody_who_may_no_longer_see_it(cast, asked):
    actions.assign(ticket=asked, by=cast.alice, at=later(3), team=cast.teams["desk"])
    actions.restrict(ticket=asked, by=cast.grace, at=later(3))
    with invalid():
        actions.grant(ticket=asked, by=cast.bob, at=later(4), person=cast.erin)


def test_verbs_are_offered_to_those_who_may(cast, ticket):
    assert verbs(ticket, cast.bob) == set()
    assert verbs(ticket, cast.erin) == {"ask"}
    actions.ask(ticket=ticket, by=cast.erin, at=later(2))
    assert verbs(ticket, cast.bob) == {"grant", "keep"}
    actions.assign(ticket=ticket, by=cast.bob, at=later(3), owner=cast.dana)
    assert verbs(ticket, cast.bob) == {"grant", "keep", "withdraw"}
    assert verbs(ticket, cast.dana) == {"take", "decline"}


def test_my_work_and_the_header_show_it_to_whom_it_concerns(cast, asked):
    bob = as_(cast.bob)
    work = bob.get("/").content.decode()
    assert "Erin asks for it" in work
    assert "My router" in work
    head = bob.get(f"/incidents/{asked.number}/").content.decode()
    assert "Erin asks for this ticket." in head
    assert "Hand over" in head
    seen = as_(cast.dana).get(f"/incidents/{asked.number}/").content.decode()
    assert "Hand over" not in seen
    bob.post(f"/incidents/{asked.number}/do/grant/", {"person": "erin@demo.example"})
    assert Ticket.objects.get(pk=asked.pk).owner == cast.erin


def test_my_work_costs_two_queries_more_for_any_news(
    cast, asked, django_assert_max_num_queries
):
    for _ in range(5):
        other = taken(cast, an_incident(cast, service=cast.services["vpn"]))
        actions.ask(ticket=other, by=cast.erin, at=later(2))
    with django_assert_max_num_queries(2):
        assert len(news.of(cast.bob, at=later(3))[0]) == 6
