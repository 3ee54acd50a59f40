"""What can be ordered: adding and changing it. Orders: `itsm.requests.orders`."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.icons import names as icons
from core.log import act, record
from itsm.requests.catalogue.standing import require_offering, require_service
from itsm.requests.models import Offering
from itsm.requests.orders import order
from itsm.tickets.checklist.actions import finish_task, waive_task
from people.changes import (
    Given,
    as_made,
    new_slug,
    put,
    put_many,
    require_known,
    require_name,
)
from people.models import User
from people.roles import Role

__all__ = [
    "change_offering",
    "create_offering",
    "finish_task",
    "order",
    "waive_task",
]
OFFERING_TEXTS = frozenset({"name", "description", "tasks"})
OFFERING_FIELDS = OFFERING_TEXTS | {
    *("service", "team", "approval", "approver", "promise", "is_active"),
    *("category", "icon", "for_roles", "asks_manager_over", "needs", "can_recur"),
}
MANY = "for_organisations"
NAMED = frozenset({Offering.Approval.DATA_OWNER, Offering.Approval.HR})


def create_offering(*, by: User, at: datetime, name: str, **more: Any) -> Offering:
    """Put something into the catalogue; a service's owner may, for that service.

    Raises Forbidden, Invalid.
    """
    given = {"name": name, "promise": timedelta(hours=8), **more}
    organisations = given.pop(MANY, None)
    with act():
        require_service(by, given.get("service"))
        _check_offering(given, given)
        offering = Offering(slug=new_slug(Offering, name), **given)
        offering.save()
        changes = as_made({"slug": offering.slug, **given}, OFFERING_TEXTS)
        changes |= put_many(offering, MANY, organisations)
        record("offering.create", subject=offering, by=by, at=at, changes=changes)
    return offering


def change_offering(
    *, offering: Offering, by: User, at: datetime, **given: Any
) -> Offering:
    """Change what is offered; orders that run keep what they were ordered with."""
    organisations = given.pop(MANY, None)
    with act():
        offering = require_offering(offering, by)
        if "service" in given:
            require_service(by, given["service"])
        held = {name: getattr(offering, name) for name in OFFERING_FIELDS}
        _check_offering(given, {**held, **given})
        changes = put(offering, given, texts=OFFERING_TEXTS, by=by, at=at)
        changes |= put_many(offering, MANY, organisations)
        if changes:
            record("offering.change", subject=offering, by=by, at=at, changes=changes)
    return offering


def _check_offering(given: Given, whole: Given) -> None:
    """Names, known fields, a promise, and somebody to say yes where one has to."""
    require_known(given, OFFERING_FIELDS)
    require_name(given)
    if whole["promise"] <= timedelta(0):
        raise Invalid({"promise": [_("Promise a time that is longer than nothing.")]})
    if given.get("icon") and given["icon"] not in icons():
        raise Invalid({"icon": [_("There is no such icon.")]})
    if not set(given.get("for_roles") or ()) <= set(Role.values):
        raise Invalid({"for_roles": [_("There is no such role.")]})
    limit = given.get("asks_manager_over")
    if limit is not None and not 0 <= limit < 10**8:
        raise Invalid({"asks_manager_over": [_("Write an amount, or nothing.")]})
    _check_approval(whole)


def _check_approval(whole: Given) -> None:
    if whole.get("approval") in NAMED and whole.get("approver") is None:
        raise Invalid({"approver": [_("Name the person who says yes.")]})
    if whole.get("approval") == Offering.Approval.SERVICE_OWNER:
        service = whole.get("service")
        if service is None or service.owner_id is None:
            raise Invalid({"service": [_("Choose a service that has an owner.")]})
