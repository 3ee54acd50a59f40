"""Who may see a piece of feedback, and who answers it."""

from django.db.models import Q, QuerySet

from itsm.feedback.models import Feedback
from itsm.tickets.models import Ticket
from people.models import Membership, User
from people.policy import Scope
from people.roles import Role


def visible_to(user: User) -> QuerySet[Feedback]:
    """One's own, given or about one's own work; one's team's and services', as lead
    or owner; all for administrators. Never of a ticket that one may not see.
    """
    rows = Feedback.objects.all()
    if not user.is_active:
        return rows.none()
    if user.has_role(Role.ADMINISTRATOR):
        return rows
    theirs = Q(person_id=user.pk)
    if user.is_staff:
        theirs |= Q(owner_id=user.pk) | Q(ticket__owner_id=user.pk)
        theirs |= Q(ticket__team_id__in=user.led_team_ids)
        theirs |= Q(ticket__service__owner_id=user.pk)
    return rows.filter(theirs, ticket__in=Ticket.objects.visible_to(user))


def relations(user: User, piece: Feedback) -> frozenset[Scope]:
    """OWNED: it is theirs to answer. LED: a team they lead worked on it."""
    found = {Scope.SEEN}
    if user.is_staff:
        leads = piece.ticket.team_id in user.led_team_ids
        service = piece.ticket.service
        owns = service is not None and service.owner_id == user.pk
        if leads or owns or piece.owner_id == user.pk:
            found.add(Scope.OWNED)
        if leads:
            found.add(Scope.LED)
    return frozenset(found)


def owner_of(ticket: Ticket) -> User | None:
    """Who answers: a lead of its team, its service's owner, a lead of its service.

    Reads only, at most two queries; None where nobody is named.
    """
    leads = Membership.objects.filter(is_lead=True, user__is_active=True)
    if ticket.team_id is not None:
        of_team = leads.filter(team_id=ticket.team_id).select_related("user")
        if lead := of_team.order_by("pk").first():
            return lead.user
    service = ticket.service
    if service is None:
        return None
    if service.owner is not None and service.owner.is_active:
        return service.owner
    found = leads.filter(team__in=service.support_teams.all()).select_related("user")
    lead = found.order_by("pk").first()
    return lead.user if lead else None
