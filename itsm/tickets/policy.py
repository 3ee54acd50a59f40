"""How a person stands to a ticket: the scopes that hold, and the engine's actors."""

from django.utils.translation import gettext as _

from core.context import Door, current
from itsm.tickets.approving.seats import PERSONAL
from itsm.tickets.models import Approval, Participant, Ticket
from itsm.tickets.reckoning import definition_of
from people.models import User
from people.policy import Scope, allows, require
from people.roles import Role

__all__ = ["PERSONAL", "actors", "allows", "leads", "relations", "require_on"]


def relations(user: User, ticket: Ticket) -> frozenset[Scope]:
    """The scopes of the policy table that hold between a person and a ticket.

    At most two queries, and none for the ticket's own requester.
    """
    found = set()
    if _is_theirs(user, ticket):
        found.add(Scope.OWN)
    if _is_approver(user, ticket):
        found.add(Scope.NAMED)
    if user.is_staff:
        found.add(Scope.SEEN)
        if leads(user, ticket):
            found.add(Scope.LED)
    return frozenset(found)


def require_on(user: User | None, verb: str, ticket: Ticket) -> None:
    """Raise Forbidden unless the table allows the verb; a timer (None) always may."""
    if user is None:
        return
    standing = relations(user, ticket)
    if verb == "ticket.transition" and allows(user, "ticket.approve", standing):
        return  # the definition says which verb an approver may use
    why = _("You can see %(number)s, but this is not yours to do.") % {
        "number": ticket.number
    }
    require(user, verb, standing, why=why)


def leads(user: User, ticket: Ticket) -> bool:
    """Whether the person leads the team that works on it."""
    return ticket.team_id is not None and ticket.team_id in user.led_team_ids


def actors(user: User | None, ticket: Ticket) -> frozenset[str]:
    """What a person is to the engine: agent, requester, lead …

    Which decisions are theirs is said by their names (`planning.Scene.deciding`).
    A machine that reports through a token acts as the person of its token; one whose
    events come in through its own door is a source.
    """
    if user is None:
        return frozenset({"timer"})
    found = set()
    if _is_theirs(user, ticket):
        found.add("requester")
    if user.is_machine and current().door == Door.SOURCE:
        return frozenset(found | {"source"})
    if user.is_staff:
        found.add("agent")
        if leads(user, ticket):
            found.add("lead")
    for role in (
        Role.DISPATCHER,
        Role.CHANGE_AUTHORITY,
        Role.PROCESS_OWNER,
        Role.ADMINISTRATOR,
    ):
        if user.has_role(role):
            found.add(role.value)
    if user.pk in {ticket.requester_id, ticket.owner_id}:
        found.discard(Role.CHANGE_AUTHORITY.value)  # nobody approves their own
    return frozenset(found)


def _is_approver(user: User, ticket: Ticket) -> bool:
    """Whether a decision of this ticket is asked of the person now."""
    return bool(asked_of(user, ticket))


def asked_of(user: User, ticket: Ticket) -> list[Approval]:
    """The pending decisions that this person is among those asked for."""
    rows = approvals_of(ticket)
    return [row for row in rows if not row.decision and user.pk in row.asked]


def approvals_of(ticket: Ticket) -> list[Approval]:
    """The ticket's decisions, asked and given; read once per instance.

    No query where its process knows no approvals.
    """
    if not definition_of(ticket).approvals:
        return []
    if ticket.approval_rows is None:
        rows = Approval.objects.filter(ticket_id=ticket.pk).order_by("id")
        ticket.approval_rows = list(rows)
    return ticket.approval_rows


def _is_theirs(user: User, ticket: Ticket) -> bool:
    """They requested it, or are copied on and do not work here."""
    if ticket.requester_id == user.pk:
        return True
    return not user.is_staff and _is_copied(user, ticket)


def _is_copied(user: User, ticket: Ticket) -> bool:
    return Participant.objects.filter(ticket_id=ticket.pk, user_id=user.pk).exists()
