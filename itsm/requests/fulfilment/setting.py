"""What an offering does when it is ordered: its steps, what it gives, its bundle."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.requests.fulfilment import steps
from itsm.requests.models import Offering
from people import policy
from people.changes import put, require_known
from people.models import Team, User
from people.policy import Scope

FIELDS = frozenset({"steps", "gives_service", "gives_role", "gives_for", "bundle"})
TEXTS = frozenset({"gives_role"})


def set_fulfilment(
    *, offering: Offering, by: User, at: datetime, **given: Any
) -> Offering:
    """Change it; orders that run keep the tasks they were ordered with.

    `steps` as somebody sent them, see `itsm.requests.fulfilment.steps`. Raises
    Forbidden, Invalid.
    """
    require(by, offering)
    given = _checked(offering, given)
    with act():
        rows = Offering.objects.select_for_update(of=("self",))
        offering = rows.select_related("service").get(pk=offering.pk)
        require(by, offering)
        changes = put(offering, given, texts=TEXTS, by=by, at=at)
        if "steps" in changes:  # sealed secrets are not the log's
            old, new = changes["steps"]
            changes["steps"] = (len(old), len(new))
        if changes:
            record("offering.change", subject=offering, by=by, at=at, changes=changes)
    return offering


def require(by: User, offering: Offering) -> None:
    """Raise Forbidden unless the person administers, or owns its service."""
    policy.require(by, "offering.change", _scopes(by, offering))


def may(by: User, offering: Offering) -> bool:
    """Whether they may change it, and so read the addresses that are called."""
    return policy.allows(by, "offering.change", _scopes(by, offering))


def _scopes(by: User, offering: Offering) -> frozenset[Scope]:
    service = offering.service
    owns = service is not None and service.owner_id == by.pk
    return frozenset({Scope.OWNED} if owns else ())


def _checked(offering: Offering, given: Mapping[str, Any]) -> dict[str, Any]:
    """Looks addresses up, so it comes before the transaction."""
    require_known(given, FIELDS)
    found = dict(given)
    if "steps" in given:
        teams = list(Team.objects.filter(is_active=True).values_list("slug", flat=True))
        read = steps.read(given["steps"], teams=teams, former=steps.of(offering))
        found["steps"] = [step.kept() for step in read]
        bundle = given.get("bundle", offering.bundle)
        if any(step.profile for step in read) and not bundle:
            words = _("Only a bundle has a place for what a profile gives.")
            raise Invalid({"steps": [words]})
    lasts = given.get("gives_for")
    if lasts is not None and lasts.total_seconds() <= 0:
        raise Invalid({"gives_for": [_("Give it for longer than nothing.")]})
    return found
