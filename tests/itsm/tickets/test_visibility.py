"""Who sees which ticket: every person against every ticket, by a plain restatement."""

from itertools import product

import pytest

from itsm.requests.actions import order
from itsm.tickets import actions
from itsm.tickets.models import Approval, Participant, Ticket
from itsm.tickets.policy import relations
from people.models import Membership, User
from people.policy import Scope, allows
from people.roles import Role
from tests.cast import AT
from tests.factories import a_change, a_problem, an_incident, later, rows
from tests.itsm.checks import inactive


def may_see(user: User, ticket: Ticket) -> bool:
    """1-product.md, "who sees what", word by word and slowly."""
    if not user.is_active:
        return False
    if Role.ADMINISTRATOR in user.roles:
        return True
    works_here = any(role != Role.REQUESTER for role in user.roles)
    if ticket.requester_id == user.pk:
        return True
    if Participant.objects.filter(ticket=ticket, user=user).exists():
        return True
    pending = Approval.objects.filter(ticket=ticket, approver=user, decision="")
    if pending.exists():
        return True
    if works_here:
        in_team = Membership.objects.filter(team=ticket.team_id, user=user).exists()
        return not ticket.restricted or ticket.owner_id == user.pk or in_team
    shares = user.organisation is not None and user.organisation.shares_tickets
    return (
        shares
        and not ticket.restricted
        and ticket.organisation_id == user.organisation_id
    )


def everybody(cast) -> list[User]:
    acme, globex = cast.organisations["acme"], cast.organisations["globex"]
    acme.shares_tickets = True
    acme.save()
    more = [
        ("acme-colleague", [Role.REQUESTER], acme, True),
        ("globex-colleague", [Role.REQUESTER], globex, True),
        ("nobody", [], None, True),
        ("left-agent", [Role.AGENT], None, False),
        ("left-admin", [Role.ADMINISTRATOR], None, False),
        ("left-colleague", [Role.REQUESTER], acme, False),
        ("agent-at-acme", [Role.AGENT], acme, True),
    ]
    for name, roles, organisation, is_active in more:
        User.objects.create(
            email=f"{name}@demo.example",
            name=name,
            roles=roles,
            organisation=organisation,
            is_active=is_active,
            created_at=AT,
        )
    return list(User.objects.select_related("organisation"))


def tickets(cast) -> list[Ticket]:
    """Every way of being on a ticket, each restricted and not."""
    made = []
    teams, owners = [None, *cast.teams.values()], [None, cast.bob, cast.frank]
    for restricted, team, owner in product((False, True), teams, owners):
        for requester in (cast.carol, cast.mallory, cast.dana):
            made += rows(
                cast,
                1,
                restricted=restricted,
                team=team,
                owner=owner,
                requester=requester,
                organisation=requester.organisation,
            )
    for person, restricted in product(
        (cast.mallory, cast.erin, cast.carol), (False, True)
    ):
        for role in Participant.Role.values:
            ticket = rows(cast, 1, restricted=restricted, requester=cast.dana)[0]
            Participant.objects.create(ticket=ticket, user=person, role=role, at=AT)
            made.append(ticket)
        for decision in ("", "approved"):
            ticket = rows(cast, 1, restricted=restricted, requester=cast.dana)[0]
            Approval.objects.create(
                ticket=ticket,
                name="manager",
                authority="manager",
                approver=person,
                asked_at=AT,
                decision=decision,
            )
            made.append(ticket)
    return made


def test_the_queryset_says_what_the_rule_says_for_every_person_and_ticket(cast):
    people, made = everybody(cast), tickets(cast)
    for user in people:
        seen = set(Ticket.objects.visible_to(user).values_list("pk", flat=True))
        for ticket in made:
            says = (user.email, ticket.restricted, ticket.owner, ticket.team)
            assert (ticket.pk in seen) == may_see(user, ticket), says


def test_its_parts_are_together_what_a_person_sees_and_nothing_twice(cast):
    people, _made = everybody(cast), tickets(cast)
    for user in people:
        parts = Ticket.objects.order_by("pk").visible_parts(user)
        found = [pk for part in parts for pk in part.values_list("pk", flat=True)]
        seen = Ticket.objects.visible_to(user).order_by("pk")
        assert sorted(found) == list(seen.values_list("pk", flat=True)), user.email


def test_it_holds_in_joins_and_negations_too(cast):
    everybody(cast)
    tickets(cast)
    for user in (cast.mallory, cast.erin):
        seen = Ticket.objects.visible_to(user)
        joined = seen.filter(requester__email__contains="@", team__isnull=True)
        both = seen.select_related("owner").filter(restricted=True)
        assert set(joined) <= set(seen)
        assert all(may_see(user, ticket) for ticket in both)
        assert seen.count() + Ticket.objects.exclude(pk__in=seen).count() == (
            Ticket.objects.count()
        )


def test_whoever_cannot_see_a_ticket_stands_to_it_in_no_way(cast):
    for user in everybody(cast):
        for ticket in (
            an_incident(cast),
            a_change(cast),
            a_problem(cast),
        ):
            if not may_see(user, ticket) and not user.is_staff:
                assert not relations(user, ticket)
            if not user.is_active:
                assert not any(
                    allows(user, verb, frozenset(Scope))
                    for verb in ("ticket.see", "ticket.comment", "ticket.take")
                )


def test_an_approver_sees_it_only_while_the_decision_is_theirs(cast):
    cast.carol.manager = cast.mallory
    cast.carol.save()
    ticket = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
    assert Ticket.objects.visible_to(cast.mallory).get() == ticket
    actions.transition(
        ticket=ticket, verb="approve", by=cast.mallory, at=later(1), given={}
    )
    assert not Ticket.objects.visible_to(cast.mallory).exists()


def test_a_restricted_ticket_is_hidden_from_the_organisation_that_shares(cast):
    everybody(cast)
    colleague = User.objects.get(email="acme-colleague@demo.example")
    ticket = an_incident(cast)
    assert ticket in Ticket.objects.visible_to(colleague)
    actions.restrict(ticket=ticket, by=cast.grace, at=later(1))
    assert ticket not in Ticket.objects.visible_to(colleague)
    assert ticket in Ticket.objects.visible_to(cast.carol)


@pytest.mark.parametrize("name", ["alice", "carol", "grace"])
def test_whoever_left_sees_nothing(cast, name):
    an_incident(cast)
    assert not Ticket.objects.visible_to(inactive(cast.people[name])).exists()
