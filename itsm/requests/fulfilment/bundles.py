"""Joiner, mover, leaver: what an order gives a person, and what it takes away.

A bundle is one request with stages, not a request with children: see
docs/adr/0018-bundles-are-stages.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import record
from itsm.requests.fulfilment import laying
from itsm.requests.models import Entitlement, Offering, Part, Profile, Request, Task
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN, StateCategory
from people import policy
from people.models import User

Bundle = Offering.Bundle
DONE = (StateCategory.RESOLVED, StateCategory.CLOSED)


@dataclass(frozen=True, slots=True)
class Difference:
    """What would change for a person: offerings they get, things they lose or keep."""

    former: Profile | None = None
    gives: Sequence[Offering] = ()
    takes: Sequence[Entitlement] = ()
    keeps: Sequence[Entitlement] = field(default=())


def check(
    offering: Offering,
    person: User,
    profile: Profile | None,
    *,
    by: User,
    but: Ticket | None = None,
) -> Difference:
    """The difference, where this order (`but`) makes sense. Forbidden or Invalid."""
    policy.require(
        by,
        "bundle.order",
        why=_("Joining, moving and leaving is ordered by the people who work here."),
    )
    others = running_for(person)
    if but is not None:
        others = others.exclude(ticket_id=but.pk)
    if others.exists():
        words = {"name": person.name}
        raise Invalid(
            {"requester": [_("Another such order runs for %(name)s.") % words]}
        )
    leaves = offering.bundle == Bundle.LEAVER
    if not leaves and (profile is None or not profile.is_active):
        raise Invalid({"profile": [_("Choose the profile of the job.")]})
    found = difference(offering, person, profile)
    if offering.bundle == Bundle.MOVER and not (found.gives or found.takes):
        words = {"name": person.name}
        raise Invalid({"profile": [_("Nothing would change for %(name)s.") % words]})
    return found


def difference(offering: Offering, person: User, profile: Profile | None) -> Difference:
    """What the order gives and takes. Four queries at most.

    A mover loses what the former profile gave and the new one does not, and nothing
    that they ordered besides; a leaver loses all there is.
    """
    held = list(
        Entitlement.objects.filter(person=person, ended_at=None)
        .select_related("service", "offering")
        .order_by("service__name", "role")
    )
    if offering.bundle == Bundle.LEAVER or profile is None:
        return Difference(former_of(person), (), held)
    wanted = list(profile.offerings.filter(is_active=True).order_by("name"))
    former = former_of(person) if offering.bundle == Bundle.MOVER else None
    before = list(former.offerings.all()) if former else []
    new, old = {one.pk for one in wanted}, {one.pk for one in before}
    has = {one.offering_id for one in held}
    gives = [one for one in wanted if one.pk not in has and one.pk not in old]
    gone = old - new
    return Difference(
        former=former,
        gives=gives,
        takes=[one for one in held if one.offering_id in gone],
        keeps=[one for one in held if one.offering_id not in gone],
    )


def former_of(person: User) -> Profile | None:
    """The profile that the last joiner or mover of a person gave them; one query."""
    last = fulfilled_for(person).select_related("profile", "offering").first()
    if last is None or last.offering is None or last.offering.bundle == Bundle.LEAVER:
        return None
    return last.profile


def fulfilled_for(person: User) -> QuerySet[Request]:
    """A person's bundles that are done, the last first."""
    rows = Request.objects.filter(
        ticket__requester=person, ticket__state_category__in=DONE
    )
    return (
        rows.exclude(offering=None)
        .exclude(offering__bundle="")
        .order_by("-ticket__resolved_at", "-ticket_id")
    )


def running_for(person: User) -> QuerySet[Request]:
    """A person's bundles that are not done yet."""
    rows = Request.objects.filter(
        ticket__requester=person, ticket__state_category__in=OPEN
    )
    return rows.exclude(offering=None).exclude(offering__bundle="")


def has_left(person: User) -> bool:
    """Whether the last bundle of a person took everything; one query."""
    last = fulfilled_for(person).values_list("offering__bundle", flat=True).first()
    return last == Bundle.LEAVER


def also_take(held: Entitlement, *, at: datetime) -> None:
    """Something given while its person is leaving: their leaver takes it too."""
    rows = running_for(held.person).filter(offering__bundle=Bundle.LEAVER)
    row = rows.select_related("ticket").first()
    if row is None:
        return
    ticket = lock(row.ticket)
    tasks = Task.objects.filter(ticket=ticket)
    stage = tasks.exclude(part__takes=None).values_list("stage", flat=True).first()
    last = tasks.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    (task,) = laying.lay(ticket, [laying.taking(held, stage or 1)], first=place)
    changes = {"task": (None, task.pk), "task_state": (None, "open")}
    record(kinds.TASK, subject=ticket, by=None, at=at, changes=changes)


def left_over(ticket: Ticket, row: Request) -> list[Entitlement]:
    """What a leaver still holds; empty is the proof that nothing is left."""
    if row.offering is None or row.offering.bundle != Bundle.LEAVER:
        return []
    rows = Entitlement.objects.filter(person_id=ticket.requester_id, ended_at=None)
    return list(rows.select_related("service").order_by("service__name", "role"))


def check_waiving(part: Part) -> None:
    """Of a leaver nothing may stay. Raises Forbidden."""
    orders = Request.objects.filter(ticket_id=part.task.ticket_id)
    leaves = orders.filter(offering__bundle=Bundle.LEAVER)
    if part.takes is not None and part.takes.ended_at is None and leaves.exists():
        raise Forbidden(
            _("Whoever leaves keeps nothing: it has to be taken away, not waived.")
        )
