"""Who may have what: by role and organisation of the person it is for."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from itsm.requests.models import Offering
from people.models import User
from people.roles import Role


def roles_of(person: User) -> list[str]:
    """Their roles; everybody can be a requester."""
    return sorted({*person.roles, Role.REQUESTER.value})


def may_have(
    person: User, *, roles: Collection[str], organisations: Collection[int]
) -> bool:
    """Whether an offering for these roles and organisations is for this person.

    Empty means everybody.
    """
    fits_role = not roles or not set(roles).isdisjoint(roles_of(person))
    return fits_role and (not organisations or person.organisation_id in organisations)


def is_for(offering: Offering, person: User) -> bool:
    """The same, asked of an offering; one query."""
    organisations = offering.for_organisations.values_list("pk", flat=True)
    return may_have(person, roles=offering.for_roles, organisations=organisations)


def for_person(person: User) -> QuerySet[Offering]:
    """What is offered to a person. Who joins, moves or leaves does not order that."""
    theirs = Q(for_roles=[]) | Q(for_roles__overlap=roles_of(person))
    named = Offering.for_organisations.through.objects.filter(offering=OuterRef("pk"))
    own = named.filter(organisation=person.organisation_id)
    rows = Offering.objects.filter(is_active=True, bundle="")
    return rows.filter(theirs, ~Exists(named) | Exists(own))


def visible_to(user: User) -> QuerySet[Offering]:
    """What they may look at: staff order for others, so they see all that is offered.

    Everybody else sees what they may order, for themselves or for who reports to them.
    """
    if user.is_staff:
        return Offering.objects.filter(is_active=True)
    return for_person(user)


def may_order_for(by: User, person: User) -> bool:
    """For oneself, for anybody as staff, for who reports to them as their manager."""
    if by.pk == person.pk or by.is_staff:
        return True
    return person.manager_id == by.pk and not by.is_machine


def why_not(offering: Offering, person: User, *, by: User) -> str:
    """Why this is nothing for them; empty where it is. One query."""
    if not offering.is_active:
        return _("This is no longer offered.")
    if is_for(offering, person):
        return ""
    if by.pk == person.pk:
        return _("This is not offered to you.")
    return _("This is not offered to %(name)s.") % {"name": person.name}
