"""What tests of decisions share: changes that wait, and how somebody answers."""

from typing import Any

from itsm.tickets.approving.models import Approval, Authority, Vote
from itsm.tickets.approving.voting import vote
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import Cast
from tests.factories import a_change, later
from tests.itsm.changes.test_changes import PLAN

CALM = {"way_back": "tried", "noticed": "nothing", "done_before": "lately"}


def do(ticket: Ticket, verb: str, by: User, minute: float = 5, **raw: Any) -> Ticket:
    """One verb, that many minutes into the morning."""
    return perform(ticket, verb, raw, by=by, at=later(minute))


def waiting(cast: Cast, *, calm: bool = False, **fields: Any) -> Ticket:
    """Alice's change of the VPN that waits for approval; a calm one for a peer."""
    change = a_change(cast, service=cast.services["vpn"], **fields)
    if calm:
        do(change, "edit", cast.alice, 1, **PLAN, answers=CALM)
    return do(change, "submit", cast.alice, 2, **({} if calm else PLAN))


def asked(ticket: Ticket) -> Approval:
    """The one decision that is asked for."""
    return Approval.objects.get(ticket=ticket, decision="")


def names(row: Approval) -> list[str]:
    """Who may answer it, by first name."""
    found = User.objects.filter(pk__in=row.asked).order_by("name")
    return [user.name.lower() for user in found]


def say(
    row: Approval,
    by: User,
    answer: str = "approved",
    words: str = "",
    minute: float = 9,
) -> Ticket:
    """Answer a decision."""
    return vote(approval=row, by=by, at=later(minute), answer=answer, words=words)


def a_group(
    cast: Cast, *members: User, quorum: int = 1, service: str = ""
) -> Authority:
    """A group that decides, for one service or all."""
    slug = f"group-{Authority.objects.count()}"
    group = Authority.objects.create(slug=slug, name=slug, quorum=quorum)
    group.members.set(members)
    if service:
        group.services.add(cast.services[service])
    return group


def said(row: Approval) -> list[tuple[str, str]]:
    """The answers that count, by first name."""
    rows = Vote.objects.filter(approval=row, void_at=None).order_by("pk")
    return [(v.by.name.lower(), v.answer) for v in rows.select_related("by")]
