"""Giving, confirming and ending what somebody holds. It is held once, or renewed."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.requests.entitlements import kinds
from itsm.requests.models import Entitlement, Offering
from itsm.tickets.models import Ticket
from people import policy
from people.models import Service, User
from people.policy import Scope

HALF_YEAR = timedelta(days=182)
ORDER, EXPIRED, OWNER = "order", "expired", "owner"  # why one ended
RELATED = ("person", "service", "offering", "ticket")


def give(
    *,
    person: User,
    service: Service,
    role: str = "",
    lasts: timedelta | None = None,
    ticket: Ticket | None = None,
    offering: Offering | None = None,
    by: User | None,
    at: datetime,
) -> Entitlement:
    """What an order gave; who holds it already has it for longer."""
    until = None if lasts is None else at + lasts
    with act():
        held = _locked(person=person, service=service, role=role, ended_at=None)
        if held is not None:
            return _renew(held, until, ticket, offering, by, at)
        held = Entitlement.objects.create(
            person=person,
            service=service,
            role=role,
            ticket=ticket,
            offering=offering,
            given_at=at,
            expires_at=until,
            confirm_by=at + HALF_YEAR,
        )
        changes: dict[str, tuple[Any, Any]] = {
            "person": (None, person.pk),
            "service": (None, service.pk),
            "expires_at": (None, _iso(until)),
        }
        if ticket is not None:
            changes["order"] = (None, ticket.pk)
        record(kinds.GIVE, subject=held, by=by, at=at, changes=changes)
    return held


def _renew(
    held: Entitlement,
    until: datetime | None,
    ticket: Ticket | None,
    offering: Offering | None,
    by: User | None,
    at: datetime,
) -> Entitlement:
    """Longer, never shorter; what came from no order is this one's now."""
    if held.offering is None and offering is not None:
        held.offering, held.ticket = offering, held.ticket or ticket
        held.save(update_fields=["offering", "ticket"])
    if held.expires_at is None or (until is not None and until <= held.expires_at):
        return held
    changes: dict[str, Any] = {"expires_at": (_iso(held.expires_at), _iso(until))}
    held.expires_at, held.warned_at = until, None
    if ticket is not None:
        changes["order"] = (held.ticket_id, ticket.pk)
        held.ticket = ticket
    held.save(update_fields=["expires_at", "warned_at", "ticket"])
    record(kinds.RENEW, subject=held, by=by, at=at, changes=changes)
    return held


def grant(
    *,
    person: User,
    service: Service,
    role: str = "",
    lasts: timedelta | None = None,
    by: User,
    at: datetime,
) -> Entitlement:
    """Note what somebody holds without an order, by the service's owner.

    Raises Forbidden, Invalid.
    """
    require_owner(by, service)
    if not person.is_active or person.is_machine:
        raise Invalid({"person": [_("Choose a person who has access.")]})
    role = " ".join(role.replace("\x00", "").split())
    if len(role) > 100:
        raise Invalid({"role": [_("At most %(n)s characters.") % {"n": 100}]})
    return give(person=person, service=service, role=role, lasts=lasts, by=by, at=at)


def confirm(*, entitlement: Entitlement, by: User, at: datetime) -> Entitlement:
    """It is still needed; the owner of its service says so for half a year.

    Repeated it changes nothing. Raises Forbidden, WrongState.
    """
    with act():
        held = _running(entitlement)
        require_owner(by, held.service)
        if held.confirmed_at == at:
            return held
        changes = {"confirm_by": (_iso(held.confirm_by), _iso(at + HALF_YEAR))}
        held.confirm_by, held.confirmed_at, held.confirmed_by = at + HALF_YEAR, at, by
        held.asked_at = held.overdue_at = None
        held.save()
        record(kinds.CONFIRM, subject=held, by=by, at=at, changes=changes)
    return held


def end(*, entitlement: Entitlement, by: User, at: datetime) -> Entitlement:
    """It is not needed any more, says the owner. Raises Forbidden, WrongState."""
    with act():
        held = _running(entitlement)
        require_owner(by, held.service)
        return take(held, by=by, at=at, why=OWNER)


def take(held: Entitlement, *, by: User | None, at: datetime, why: str) -> Entitlement:
    """It ends, and why; what has ended stays as it is."""
    with act():
        found = _locked(pk=held.pk)
        if found is None or found.ended_at is not None:
            return held
        found.ended_at, found.ended_why = at, why
        found.save(update_fields=["ended_at", "ended_why"])
        changes = {"why": (None, why), "person": (found.person_id, None)}
        record(kinds.END, subject=found, by=by, at=at, changes=changes)
    return found


def require_owner(by: User, service: Service) -> None:
    """Raise Forbidden unless the person answers for this service, or administers."""
    owns = service.owner_id == by.pk
    why = _("The owner of %(service)s decides who holds it.") % {
        "service": service.name
    }
    scopes = frozenset({Scope.OWNED} if owns else ())
    policy.require(by, "entitlement.confirm", scopes, why=why)


def _running(entitlement: Entitlement) -> Entitlement:
    found = _locked(pk=entitlement.pk)
    if found is None or found.ended_at is not None:
        raise WrongState(_("This has ended."))
    return found


def _locked(**which: Any) -> Entitlement | None:
    rows = Entitlement.objects.select_for_update(of=("self",))
    return rows.select_related(*RELATED).filter(**which).first()


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
