"""Who may see, change and accept an agreement."""

from django.db.models import QuerySet

from itsm.sla.models import Agreement
from people.models import Organisation, Service, User
from people.policy import Scope, allows


def visible_to(user: User) -> QuerySet[Agreement]:
    """All for those who work here; their organisation's for its contact."""
    if allows(user, "agreement.see"):
        return Agreement.objects.all()
    if not user.is_active:
        return Agreement.objects.none()
    return Agreement.objects.filter(
        kind=Agreement.Kind.CUSTOMER, organisation__contact_id=user.pk, is_active=True
    )


def relations(user: User, agreement: Agreement) -> frozenset[Scope]:
    """OWNED: of a service of theirs. NAMED: they speak for the customer."""
    return standing(user, agreement.service, agreement.organisation)


def standing(
    user: User, service: Service | None, organisation: Organisation | None
) -> frozenset[Scope]:
    """What a person is to an agreement about these."""
    found = set()
    if service is not None and service.owner_id == user.pk:
        found.add(Scope.OWNED)
    if organisation is not None and organisation.contact_id == user.pk:
        found.add(Scope.NAMED)
    return frozenset(found)


def owns_a_service(user: User) -> bool:
    """Whether there is a service whose agreements they might make. One query."""
    return Service.objects.filter(owner_id=user.pk).exists()
