"""Ordering from the catalogue; its tasks are worked off as any ticket's are."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.requests.models import Offering, Profile
from itsm.tickets.actions import open_ticket
from itsm.tickets.checklist.actions import finish_task, waive_task
from itsm.tickets.models import Ticket
from people import policy
from people.changes import (
    Given,
    as_made,
    new_slug,
    put,
    require_known,
    require_name,
)
from people.models import User
from people.policy import Scope

__all__ = [
    "change_offering",
    "create_offering",
    "finish_task",
    "order",
    "waive_task",
]
OFFERING_TEXTS = frozenset({"name", "description", "tasks"})
OFFERING_FIELDS = OFFERING_TEXTS | {
    *("service", "team", "approval", "approver", "promise", "is_active")
}
NAMED = frozenset({Offering.Approval.DATA_OWNER, Offering.Approval.HR})


def order(
    *,
    offering: Offering,
    by: User,
    at: datetime,
    requester: User | None = None,
    description: str = "",
    title: str = "",
    profile: Profile | None = None,
) -> Ticket:
    """Order something from the catalogue, for oneself or (staff) for somebody.

    `profile` is the new job's, of a joiner or mover.
    """
    if not offering.is_active:
        raise Invalid({"offering": [_("This is no longer offered.")]})
    return open_ticket(
        type="request",
        title=title or offering.name,
        description=description,
        by=by,
        at=at,
        requester=requester,
        service=offering.service,
        team=offering.team,
        detail={"offering": offering, "profile": profile},
    )


def create_offering(*, by: User, at: datetime, name: str, **more: Any) -> Offering:
    """Put something into the catalogue; a service's owner may, for that service.

    Raises Forbidden, Invalid.
    """
    given = {"name": name, "promise": timedelta(hours=8), **more}
    with act():
        _require_offering(by, given.get("service"))
        _check_offering(given, given)
        offering = Offering(slug=new_slug(Offering, name), **given)
        offering.save()
        changes = as_made({"slug": offering.slug, **given}, OFFERING_TEXTS)
        record("offering.create", subject=offering, by=by, at=at, changes=changes)
    return offering


def change_offering(
    *, offering: Offering, by: User, at: datetime, **given: Any
) -> Offering:
    """Change what is offered; orders that run keep what they were ordered with."""
    with act():
        offering = (
            Offering.objects.select_for_update(of=("self",))
            .select_related("service")
            .get(pk=offering.pk)
        )
        _require_offering(by, offering.service)
        if "service" in given:
            _require_offering(by, given["service"])
        held = {name: getattr(offering, name) for name in OFFERING_FIELDS}
        _check_offering(given, {**held, **given})
        changes = put(offering, given, texts=OFFERING_TEXTS, by=by, at=at)
        if changes:
            record("offering.change", subject=offering, by=by, at=at, changes=changes)
    return offering


def _require_offering(by: User, service: Any) -> None:
    owns = service is not None and service.owner_id == by.pk
    scopes = frozenset({Scope.OWNED} if owns else ())
    policy.require(by, "offering.change", scopes)


def _check_offering(given: Given, whole: Given) -> None:
    """Names, known fields, a promise, and somebody to say yes where one has to."""
    require_known(given, OFFERING_FIELDS)
    require_name(given)
    if whole["promise"] <= timedelta(0):
        raise Invalid({"promise": [_("Promise a time that is longer than nothing.")]})
    if whole.get("approval") in NAMED and whole.get("approver") is None:
        raise Invalid({"approver": [_("Name the person who says yes.")]})
    if whole.get("approval") == Offering.Approval.SERVICE_OWNER:
        service = whole.get("service")
        if service is None or service.owner_id is None:
            raise Invalid({"service": [_("Choose a service that has an owner.")]})
