"""What an order gives when it is fulfilled, and takes when a task of it is done."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from core.errors import Forbidden, WrongState
from itsm.requests.entitlements import giving
from itsm.requests.fulfilment import bundles
from itsm.requests.models import Offering, Part, Request
from itsm.tickets.models import Ticket
from people.models import User

if TYPE_CHECKING:
    from core.models import Event


def settled(task: int, state: str, event: "Event") -> None:
    """A task is done: what it takes is taken. Waived: where that may be."""
    if state not in {"done", "waived"}:
        return
    rows = Part.objects.filter(task_id=task, takes__isnull=False)
    part = rows.select_related("task", "takes__person", "takes__service").first()
    if part is None or part.takes is None:
        return
    if state == "waived":
        bundles.check_waiving(part)
    else:
        giving.take(part.takes, by=_actor(event), at=event.at, why=giving.ORDER)


def fulfilled(ticket: Ticket, row: Request, *, event: "Event") -> None:
    """The order is done: its person holds what it gives."""
    person = ticket.requester
    if person is None:
        return
    for offering in _gives(ticket, row):
        if offering.gives_service is None:
            continue
        if bundles.has_left(person):
            words = {"name": person.name, "what": offering.name}
            raise WrongState(
                _("%(name)s has left and gets nothing: cancel “%(what)s”.") % words
            )
        held = giving.give(
            person=person,
            service=offering.gives_service,
            role=offering.gives_role,
            lasts=offering.gives_for,
            ticket=ticket,
            offering=offering,
            by=_actor(event),
            at=event.at,
        )
        bundles.also_take(held, at=event.at)


def check_cancelling(ticket: Ticket, row: Request | None, event: "Event") -> None:
    """Somebody's joining, moving or leaving is not theirs to cancel."""
    bundle = row.offering.bundle if row and row.offering else ""
    if bundle and event.actor_id == ticket.requester_id:
        raise Forbidden(_("Whoever ordered it for you cancels it."))


def _gives(ticket: Ticket, row: Request) -> list[Offering]:
    """The offering itself; of a bundle those with a task that was not waived."""
    if row.offering is None or not row.offering.bundle:
        return [row.offering] if row.offering else []
    done = Part.objects.filter(task__ticket=ticket, task__waived_reason="")
    pks = done.exclude(offering=None).values("offering_id")
    return list(Offering.objects.filter(pk__in=pks).select_related("gives_service"))


def _actor(event: "Event") -> User | None:
    """Who did it; None where it happened by itself."""
    return User.objects.filter(pk=event.actor_id).first() if event.actor_id else None
