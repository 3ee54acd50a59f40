"""Nobody approves their own work, by whatever door they come and whatever they are."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from itsm.tickets import actions
from itsm.tickets.approving.delegating import delegate
from itsm.tickets.approving.sweeping import refresh_all
from itsm.tickets.approving.voting import vote
from itsm.tickets.bulk import acting as bulk
from itsm.tickets.checklist.models import Task
from itsm.tickets.doors import perform
from itsm.tickets.models import Approval, Ticket
from people.models import Absence, Service, User
from people.roles import Role
from tests.cast import AT, Cast
from tests.factories import a_change, a_machine, a_token, as_, later
from tests.itsm.approving.checks import CALM, a_group, asked, do, names, waiting
from tests.itsm.changes.test_changes import PLAN
from tests.itsm.checks import fresh

# Whoever made it: a role that could decide, were it somebody else's.
MAKERS = ("requester", "owner", "author", "doer", "program")


def made_by(cast: Cast, maker: str, who: User) -> Ticket:
    """A risky change that waits for the authority, and that this person made."""
    vpn = cast.services["vpn"]
    now = timezone.now() - timedelta(minutes=10)
    by = cast.alice
    fields = {"service": vpn, "at": now}
    if maker == "requester":
        by = who
    elif maker == "owner":
        fields["owner"] = who
    elif maker == "program":
        by = a_machine(cast, owner=who, roles=[Role.AGENT])
    change = a_change(cast, by=by, **fields)
    if maker == "author":
        perform(change, "edit", {"plan": "Mine"}, by=who, at=now)
    if maker == "doer":
        Task.objects.create(ticket=change, position=0, title="Do it", assignee=who)
    start = now + timedelta(days=3)
    window = {
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
    }
    texts = {k: v for k, v in PLAN.items() if k != "window"}
    if maker == "author":
        del texts["plan"]
    perform(change, "submit", {**texts, "window": window}, by=cast.alice, at=now)
    return fresh(change)


# Doors: each tries to approve and must leave the change where it is --------------


def by_action(cast: Cast, change: Ticket, who: User) -> None:
    row = asked(change)
    vote(approval=row, by=who, at=timezone.now(), answer="approved")


def by_perform(cast: Cast, change: Ticket, who: User) -> None:
    perform(change, "approve", {}, by=who, at=timezone.now())


def by_page(cast: Cast, change: Ticket, who: User) -> None:
    sent = {"approval": asked(change).pk, "answer": "approve"}
    answer = as_(who).post(f"/changes/{change.number}/approval/", sent)
    assert answer.status_code == 403


def by_ticket_page(cast: Cast, change: Ticket, who: User) -> None:
    answer = as_(who).post(f"/changes/{change.number}/do/approve/")
    assert answer.status_code == 403


def by_mail_link(cast: Cast, change: Ticket, who: User) -> None:
    url = f"/changes/{change.number}/approval/?answer=approve"
    assert Client().get(url).status_code == 302  # to sign in
    told = as_(who).get(url)
    assert told.status_code == 200
    assert 'value="approve"' not in told.content.decode()


def over_rest(address: str, body: Callable[[Ticket], dict]) -> Callable[..., None]:
    def door(cast: Cast, change: Ticket, who: User) -> None:
        answer = Client().post(
            address.format(n=change.number),
            body(change),
            content_type="application/json",
            headers={"Authorization": f"Bearer {a_token(who)}"},
        )
        assert answer.status_code == 403, answer.content

    return door


def by_bulk(cast: Cast, change: Ticket, who: User) -> None:
    batch = bulk.start(
        numbers=[change.number], verb="approve", fields={}, by=who, at=timezone.now()
    )
    bulk.go(batch)


def by_table(cast: Cast, change: Ticket, who: User) -> None:
    found = Client().get(
        f"/api/now/table/change_request?number={change.number}",
        headers={"Authorization": f"Bearer {a_token(who)}"},
    )
    (row,) = found.json()["result"]
    Client().patch(
        f"/api/now/table/change_request/{row['sys_id']}",
        {"approval": "approved", "state": "scheduled"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {a_token(who)}"},
    )


def by_delegate(cast: Cast, change: Ticket, who: User) -> None:
    """Who made it lets somebody else say yes in their place."""
    now = timezone.now()
    until = now + timedelta(days=1)
    delegate(giver=who, to=cast.bob, by=who, at=now, starts_at=now, ends_at=until)
    by_action(cast, change, cast.bob)


def by_being_a_delegate(cast: Cast, change: Ticket, who: User) -> None:
    """Somebody who may decide lets who made it do so."""
    now = timezone.now()
    until = now + timedelta(days=1)
    dana = cast.dana
    delegate(giver=dana, to=who, by=dana, at=now, starts_at=now, ends_at=until)
    by_action(cast, change, who)


def by_cover(cast: Cast, change: Ticket, who: User) -> None:
    now = timezone.now()
    Absence.objects.create(
        user=cast.dana,
        cover=who,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        made_at=now,
    )
    refresh_all(at=now)
    by_action(cast, change, who)


def by_a_shared_group(cast: Cast, change: Ticket, who: User) -> None:
    group = a_group(cast, who, cast.dana, service="vpn")
    Approval.objects.filter(ticket=change).update(group=group)
    refresh_all(at=timezone.now())
    by_action(cast, change, who)


def by_taking_it_in_again(cast: Cast, change: Ticket, who: User) -> None:
    """Another ticket of theirs is merged into it, or it into another."""
    other = a_change(cast, by=cast.bob, at=timezone.now())
    actions.merge(ticket=other, into=change, by=cast.bob, at=timezone.now())
    by_action(cast, change, who)


DOORS = {
    "action": by_action,
    "perform": by_perform,
    "page": by_page,
    "ticket page": by_ticket_page,
    "mail link": by_mail_link,
    "approvals over REST": over_rest(
        "/api/v1/approvals/",
        lambda change: {"approval": asked(change).pk, "answer": "approved"},
    ),
    "approve over REST": over_rest("/api/v1/changes/{n}/approve/", lambda _c: {}),
    "verbs over REST": over_rest("/api/v1/changes/{n}/verbs/approve/", lambda _c: {}),
    "bulk": by_bulk,
    "table": by_table,
    "their delegate": by_delegate,
    "as a delegate": by_being_a_delegate,
    "as a cover": by_cover,
    "in a shared group": by_a_shared_group,
    "with a merged ticket": by_taking_it_in_again,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("maker", MAKERS)
def test_who_made_it_approves_it_by_no_door(cast: Cast, maker: str, door: str):
    from core.errors import Refused

    cast.dana.roles = [*cast.dana.roles, Role.CHANGE_AUTHORITY.value]
    cast.dana.save(update_fields=["roles"])
    change = made_by(cast, maker, cast.frank)
    assert "frank" not in names(asked(change))
    with suppress(Refused):
        DOORS[door](cast, change, cast.frank)
    assert fresh(change).state == "approval"
    assert asked(change).decision == ""
    vote(approval=asked(change), by=cast.dana, at=timezone.now(), answer="approved")
    assert fresh(change).state == "scheduled"  # by somebody else it goes


def test_whoever_made_it_is_told_why_it_is_not_theirs(cast: Cast):
    change = made_by(cast, "author", cast.frank)
    told = as_(cast.frank).get(f"/changes/{change.number}/approval/")
    assert "You wrote what is decided on, so somebody else decides." in (
        told.content.decode()
    )


def test_a_requester_s_report_who_delegates_back_ends_at_an_administrator(cast: Cast):
    """Frank asks; Erin, who reports to him, owns the data and lets Frank decide."""
    from itsm.requests.actions import order

    cast.dana.manager = cast.frank
    cast.dana.save(update_fields=["manager"])
    delegate(
        giver=cast.dana,
        to=cast.frank,
        by=cast.dana,
        at=AT,
        starts_at=AT,
        ends_at=later(60),
    )
    role = cast.offerings["application-role"]
    ticket = order(offering=role, by=cast.frank, at=later(1))
    assert names(asked(ticket)) == ["dana"]
    mine = order(offering=role, by=cast.dana, at=later(2))
    # The data's owner asks; her manager is asked for her.
    assert names(asked(mine)) == ["frank"]
    cast.frank.manager = cast.dana  # a circle
    cast.frank.save(update_fields=["manager"])
    cast.frank.is_active = False
    cast.frank.save(update_fields=["is_active"])
    circle = order(offering=role, by=cast.dana, at=later(3))
    assert names(asked(circle)) == ["grace"]


def test_an_administrator_does_not_fill_in_for_themselves(cast: Cast):
    from itsm.requests.actions import order

    ticket = order(offering=cast.offerings["new-laptop"], by=cast.grace, at=AT)
    assert names(asked(ticket)) == []
    with pytest.raises(Exception, match="somebody else decides"):
        perform(ticket, "approve", {}, by=cast.grace, at=later(1))


# Peers ---------------------------------------------------------------------------


def reviewed(cast: Cast, by: User, reviewer: str, author: str = "") -> Ticket:
    """A calm change whose pipeline says who reviewed it."""
    evidence = [{"kind": "merge_review", "by": reviewer, "url": "https://git/1"}]
    if author:
        evidence[0]["author"] = author
    change = a_change(
        cast,
        by=by,
        service=cast.services["vpn"],
        requester=cast.alice,
        detail={"evidence": evidence, "answers": CALM},
    )
    return do(change, "submit", by, 2, **PLAN)


@pytest.fixture
def pipeline(cast: Cast) -> User:
    return a_machine(cast, owner=cast.bob, roles=[Role.AGENT])


def test_a_merge_review_is_the_peer_s_yes(cast: Cast, pipeline: User):
    change = reviewed(cast, pipeline, "erin@demo.example")
    row = Approval.objects.get(ticket=change)
    assert (row.decision, row.decided_by, fresh(change).state) == (
        "approved",
        cast.erin,
        "scheduled",
    )
    assert row.votes.get().words == "https://git/1"


@pytest.mark.parametrize(
    ("reviewer", "author"),
    [
        ("alice@demo.example", ""),  # she asked for it
        ("erin@demo.example", "Erin@demo.example"),  # she wrote what is merged
        ("bob@demo.example", ""),  # the pipeline is his
        ("nobody@demo.example", ""),
    ],
)
def test_a_review_by_who_made_it_counts_for_nothing(
    cast: Cast, pipeline: User, reviewer: str, author: str
):
    change = reviewed(cast, pipeline, reviewer, author)
    assert fresh(change).state == "approval"


def test_a_review_that_a_person_claims_counts_for_nothing(cast: Cast):
    change = reviewed(cast, cast.alice, "erin@demo.example")
    assert fresh(change).state == "approval"
    do(change, "approve", cast.erin)
    assert fresh(change).state == "scheduled"


def test_peers_are_those_of_the_ticket_s_team_and_of_the_service(cast: Cast):
    change = waiting(cast, calm=True, team=cast.teams["desk"])
    assert names(asked(change)) == ["bob", "erin"]
    assert Service.objects.get(slug="vpn").support_teams.get().slug == "network"
