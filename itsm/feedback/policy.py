"""Who may see a piece of feedback, and who answers it."""

from django.db.models import Q, QuerySet

from itsm.feedback.models import Feedback
from itsm.tickets.models import Ticket
from people.models import User
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
