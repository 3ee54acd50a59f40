"""Joiner, mover, leaver: one order over teams; exactly the difference; nothing left."""

import pytest

from core import invariants
from core.errors import Forbidden, Invalid, Refused
from itsm.requests.actions import finish_task, order, waive_task
from itsm.requests.fulfilment import answering, bundles, calling
from itsm.requests.models import Automatic, Entitlement, Offering
from itsm.tickets import actions
from tests.factories import later
from tests.itsm.checks import fresh
from tests.itsm.requests.steps import (
    a_profile,
    an_offering,
    automatic,
    step,
    tasks,
)
from tests.itsm.webhooks.receiver import a_receiver

pytestmark = pytest.mark.django_db


class Firm:
    """Offerings, two profiles and the three bundles."""

    def __init__(self, cast, url):
        self.cast = cast
        vpn, mail = cast.services["vpn"], cast.services["e-mail"]
        desk = cast.teams["desk"]
        self.mailbox = an_offering(
            "Mailbox", [automatic("Make it", url)], gives_service=mail, team=desk
        )
        self.remote = an_offering(
            "Remote access",
            [step("Issue the key", 1, "network"), step("Test it", 2, "network")],
            gives_service=vpn,
            gives_role="user",
            team=cast.teams["network"],
        )
        self.books = an_offering(
            "Ledger",
            [step("Give the role", 1, "platform")],
            gives_service=cast.services["sign-in"],
            gives_role="clerk",
            team=cast.teams["platform"],
        )
        self.engineer = a_profile("Engineer", self.mailbox, self.remote)
        self.clerk = a_profile("Clerk", self.mailbox, self.books)
        self.joiner = an_offering(
            "Joiner",
            [
                step("Enter the contract", 1, "supplier-hr", 60),
                step("What the job needs", 2, profile=True),
                step("Welcome them", 3, "desk"),
            ],
            bundle="joiner",
            team=desk,
        )
        self.mover = an_offering("Mover", bundle="mover", team=desk)
        self.leaver = an_offering("Leaver", bundle="leaver", team=desk)

    def order(self, offering, profile=None, minutes=0):
        return order(
            offering=offering,
            by=self.cast.bob,
            requester=self.cast.carol,
            profile=profile,
            at=later(minutes),
        )

    def finish(self, ticket, minutes):
        """All of it by hand, stage by stage, and told."""
        for task in tasks(ticket).values():
            if not task.done_at and not task.waived_reason:
                do = {"ticket": ticket, "task": task.pk, "by": self.cast.bob}
                finish_task(**do, at=later(minutes))
        actions.take(ticket=ticket, by=self.cast.bob, at=later(minutes))
        words = {"resolution": "All of it is there."}
        actions.resolve(ticket=ticket, by=self.cast.bob, at=later(minutes), **words)

    def held(self):
        rows = Entitlement.objects.filter(person=self.cast.carol, ended_at=None)
        return sorted(rows.values_list("service__slug", "role"))


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOW = "127.0.0.1"
    with a_receiver() as found:
        yield found


@pytest.fixture
def firm(cast, receiver):
    return Firm(cast, receiver.url)


def test_a_joiner_fans_out_over_teams_in_stages_with_one_without_hands(
    cast, firm, receiver
):
    ticket = firm.order(firm.joiner, firm.engineer)
    found = tasks(ticket)
    assert [(task.stage, title) for title, task in found.items()] == [
        (1, "Enter the contract"),
        (2, "Mailbox: Make it"),
        (2, "Remote access: Issue the key"),
        (3, "Remote access: Test it"),
        (4, "Welcome them"),
    ]
    teams = {task.team.slug for task in found.values() if task.team}
    assert teams == {"desk", "network"}
    first = found["Enter the contract"]
    finish_task(ticket=ticket, task=first.pk, by=cast.bob, at=later(1))
    assert calling.sweep(clock=lambda: later(1)) == 1
    token = receiver.got[0].told["answer"]["url"].split("/")[-3]
    answering.answer(token=token, ok=True, at=later(2))
    assert tasks(ticket)["Mailbox: Make it"].done_at == later(2)
    firm.finish(ticket, 3)
    assert firm.held() == [("e-mail", ""), ("vpn", "user")]
    assert Entitlement.objects.filter(ticket=ticket).count() == 2


def test_a_failed_step_of_a_joiner_waits_and_is_retried_by_hand(cast, firm, receiver):
    receiver.answer = lambda got: (200, {}, b'{"ok": false, "note": "No licence."}')
    ticket = firm.order(firm.joiner, firm.engineer)
    first = tasks(ticket)["Enter the contract"]
    finish_task(ticket=ticket, task=first.pk, by=cast.bob, at=later(1))
    calling.sweep(clock=lambda: later(1))
    row = Automatic.objects.get(task__ticket=ticket)
    assert row.state == "failed"
    receiver.answer = lambda got: (200, {}, b'{"ok": true}')
    answering.retry(task=row.task, by=cast.bob, at=later(5))
    calling.sweep(clock=lambda: later(5))
    row.refresh_from_db()
    assert row.state == "done"


def test_a_mover_changes_exactly_the_difference(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    own = an_offering("Own", gives_service=cast.services["printing"])
    extra = order(offering=own, by=cast.carol, at=later(2))
    actions.take(ticket=extra, by=cast.bob, at=later(2))
    actions.resolve(ticket=extra, by=cast.bob, at=later(2), resolution="There.")
    change = bundles.difference(firm.mover, cast.carol, firm.clerk)
    assert change.former == firm.engineer
    assert [one.name for one in change.gives] == ["Ledger"]
    assert [one.service.slug for one in change.takes] == ["vpn"]
    assert [one.service.slug for one in change.keeps] == ["e-mail", "printing"]
    ticket = firm.order(firm.mover, firm.clerk, 3)
    assert list(tasks(ticket)) == ["Ledger: Give the role", "Take away: user, VPN"]
    firm.finish(ticket, 4)
    assert firm.held() == [("e-mail", ""), ("printing", ""), ("sign-in", "clerk")]
    assert bundles.former_of(cast.carol) == firm.clerk


def test_a_mover_to_the_same_job_changes_nothing_and_says_so(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    with pytest.raises(Invalid, match="Nothing would change"):
        firm.order(firm.mover, firm.engineer, 2)


def test_a_step_of_a_mover_that_is_waived_takes_nothing(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    ticket = firm.order(firm.mover, firm.clerk, 2)
    task = tasks(ticket)["Take away: user, VPN"]
    common = {"ticket": ticket, "by": cast.erin, "at": later(3)}
    waive_task(**common, task=task.pk, reason="On call until May.")
    firm.finish(ticket, 4)
    assert ("vpn", "user") in firm.held()


def test_a_leaver_ends_with_nothing(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    ticket = firm.order(firm.leaver, minutes=2)
    found = tasks(ticket)
    assert sorted(found) == ["Take away: access, E-mail", "Take away: user, VPN"]
    assert found["Take away: user, VPN"].team == cast.teams["network"]
    row = fresh(ticket).request
    assert len(bundles.left_over(ticket, row)) == 2
    firm.finish(ticket, 3)
    assert firm.held() == []
    assert bundles.left_over(ticket, row) == []
    ended = Entitlement.objects.values_list("ended_why", flat=True)
    assert set(ended) == {"order"}
    assert doctor() == []


def test_nothing_of_a_leaver_is_waived(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    ticket = firm.order(firm.leaver, minutes=2)
    task = tasks(ticket)["Take away: user, VPN"]
    common = {"ticket": ticket, "by": cast.bob, "at": later(3)}
    with pytest.raises(Forbidden, match="keeps nothing"):
        waive_task(**common, task=task.pk, reason="They are nice.")
    with pytest.raises(Refused):
        actions.resolve(**common, resolution="Done.")


def test_what_is_given_while_somebody_leaves_is_taken_too(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    other = order(offering=firm.books, by=cast.carol, at=later(2))
    leaver = firm.order(firm.leaver, minutes=3)
    firm.finish(other, 4)
    assert "Take away: clerk, Sign-in" in tasks(leaver)
    firm.finish(leaver, 5)
    assert firm.held() == []


def test_whoever_has_left_is_given_nothing_any_more(cast, firm):
    late = order(offering=firm.books, by=cast.carol, at=later(1))
    firm.finish(firm.order(firm.leaver, minutes=2), 3)
    with pytest.raises(Refused, match="has left"):
        firm.finish(late, 4)
    assert doctor() == []


def test_doctor_finds_somebody_who_left_with_something(cast, firm):
    firm.finish(firm.order(firm.joiner, firm.engineer), 1)
    firm.finish(firm.order(firm.leaver, minutes=2), 3)
    Entitlement.objects.update(ended_at=None)
    assert len(doctor()) == 2


def test_a_joiner_that_is_cancelled_gives_nothing(cast, firm):
    ticket = firm.order(firm.joiner, firm.engineer)
    actions.cancel(ticket=ticket, by=cast.bob, at=later(1), comment="Stays away.")
    assert firm.held() == []
    assert firm.order(firm.joiner, firm.engineer, 2)


def test_what_of_a_joiner_is_waived_is_not_given(cast, firm):
    ticket = firm.order(firm.joiner, firm.engineer)
    found = tasks(ticket)
    common = {"ticket": ticket, "by": cast.bob, "at": later(1)}
    waive_task(**common, task=found["Mailbox: Make it"].pk, reason="Has one.")
    firm.finish(ticket, 2)
    assert firm.held() == [("vpn", "user")]


def test_who_may_order_a_bundle_and_what_it_needs(cast, firm):
    with pytest.raises(Forbidden):
        order(offering=firm.leaver, by=cast.carol, at=later(0))
    with pytest.raises(Invalid, match="profile"):
        firm.order(firm.joiner)
    firm.order(firm.joiner, firm.engineer)
    with pytest.raises(Invalid, match="Another such order"):
        firm.order(firm.leaver)


def test_whose_order_it_is_cannot_cancel_their_leaving(cast, firm):
    ticket = firm.order(firm.leaver)
    with pytest.raises(Forbidden):
        actions.cancel(ticket=ticket, by=cast.carol, at=later(1), comment="I stay.")
    assert Offering.objects.get(slug="leaver").bundle == "leaver"


def doctor():
    checks = {one.name: one for one in invariants.registered()}
    return checks["entitlements.left"].check()
