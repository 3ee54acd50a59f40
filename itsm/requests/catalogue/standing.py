"""Who may change what is offered: administrators, and its service's owner."""

from typing import Any

from itsm.requests.models import Offering
from people import policy
from people.models import User
from people.policy import Scope


def scopes(by: User, service: Any) -> frozenset[Scope]:
    """How this person stands to something of this service."""
    owns = service is not None and service.owner_id == by.pk
    return frozenset({Scope.OWNED} if owns else ())


def require_service(by: User, service: Any) -> None:
    """Raise Forbidden where they may not offer something of this service."""
    policy.require(by, "offering.change", scopes(by, service))


def may_change(offering: Offering, by: User) -> bool:
    """Whether they may change it; its service has to be at hand."""
    return policy.allows(by, "offering.change", scopes(by, offering.service))


def require_offering(offering: Offering, by: User) -> Offering:
    """The offering, locked, where this person may change it. Raises Forbidden."""
    rows = Offering.objects.select_for_update(of=("self",)).select_related("service")
    found: Offering = rows.get(pk=offering.pk)
    require_service(by, found.service)
    return found
