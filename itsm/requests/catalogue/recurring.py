"""Orders that come again: begun with an order, swept by beat, ended by hand.

One that cannot be ordered any more (it is no longer offered, the person left, the form
asks something new) ends with the reason, and the person finds it on their page.
"""

import logging
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.context import Door, through
from core.errors import Forbidden, Invalid, Refused, WrongState
from core.log import act, record
from core.reader import speaking
from itsm.requests.catalogue import months as days
from itsm.requests.models import Offering, Recurring
from itsm.tickets.models import Ticket
from people import policy
from people.models import User
from people.policy import Scope

log = logging.getLogger(__name__)
EVERY = (1, 2, 3, 6, 12, 24)  # months that are offered
BATCH = 100


def begin(
    *,
    offering: Offering,
    requester: User,
    by: User,
    at: datetime,
    months: int,
    answers: dict[str, Any],
) -> Recurring:
    """Order it again every so many months. Belongs inside the first order."""
    if not offering.can_recur:
        raise Invalid({"every_months": [_("This is ordered once only.")]})
    if months not in EVERY:
        known = ", ".join(map(str, EVERY))
        raise Invalid({"every_months": [_("Choose one of: %(w)s.") % {"w": known}]})
    first = timezone.localdate(at)
    row = Recurring.objects.create(
        offering=offering,
        requester=requester,
        by=by,
        answers=answers,
        months=months,
        first_on=first,
        next_on=days.after(first, months, first),
        created_at=at,
    )
    record(
        "recurring.begin", subject=row, by=by, at=at, changes={"months": (None, months)}
    )
    return row


def visible_to(user: User) -> QuerySet[Recurring]:
    """Those for them and those they ordered; administrators see all."""
    if policy.allows(user, "recurring.end"):
        return Recurring.objects.all()
    return Recurring.objects.filter(Q(requester=user) | Q(by=user))


def end(*, recurring: Recurring, by: User, at: datetime) -> Recurring:
    """It does not come again. Raises Forbidden, WrongState."""
    with act():
        row = Recurring.objects.select_for_update().get(pk=recurring.pk)
        is_theirs = by.pk in (row.requester_id, row.by_id)
        own = frozenset({Scope.OWN} if is_theirs else ())
        policy.require(by, "recurring.end", own)
        if row.ended_at is not None:
            raise WrongState(_("It has ended already."))
        _end(row, by, at, "")
    return row


def _end(row: Recurring, by: User | None, at: datetime, why: str) -> None:
    row.ended_at, row.ended_why = at, why[:500]
    row.save(update_fields=["ended_at", "ended_why"])
    record("recurring.end", subject=row, by=by, at=at, changes={"ended": (None, True)})


def sweep(*, at: datetime, batches: int = 10) -> int:
    """Order what is due on this day, oldest first; how many orders.

    Several sweeps may run at once; one that fails stops no other.
    """
    ordered = 0
    today, tried = timezone.localdate(at), set[int]()
    with through(Door.TIMER):
        for _n in range(batches):
            due = _due(today).exclude(pk__in=tried).values_list("pk", flat=True)
            pks = list(due[:BATCH])
            tried.update(pks)
            ordered += sum(_run(pk, today, at) for pk in pks)
            if len(pks) < BATCH:
                break
    return ordered


def _due(today: date) -> QuerySet[Recurring]:
    rows = Recurring.objects.filter(next_on__lte=today, ended_at=None)
    return rows.order_by("next_on", "pk")


def _run(pk: int, today: date, at: datetime) -> int:
    """One order in its own action; 1 where it came to that."""
    try:
        with act():
            rows = Recurring.objects.select_for_update(skip_locked=True, of=("self",))
            rows = rows.select_related("offering", "requester", "by")
            row = rows.filter(pk=pk, next_on__lte=today, ended_at=None).first()
            if row is None:
                return 0
            _order(row, at)
            row.next_on = days.after(row.first_on, row.months, today)
            row.save(update_fields=["next_on"])
    except Refused as refused:
        _give_up(pk, refused, at)
        return 0
    except Exception:
        log.exception("the recurring order %s failed and will be tried again", pk)
        return 0
    return 1


def _order(row: Recurring, at: datetime) -> Ticket:
    from itsm.requests.actions import order  # it begins these

    if not row.requester.is_active:
        raise Forbidden(_("Whom it was for has left."))
    by = row.by if row.by.is_active else row.requester
    with speaking(row.requester.language):
        return order(
            offering=row.offering,
            by=by,
            requester=row.requester,
            at=at,
            answers=row.answers,
            recurring=row,
        )


def _give_up(pk: int, refused: Refused, at: datetime) -> None:
    with act(), transaction.atomic():
        row = Recurring.objects.select_for_update().filter(pk=pk, ended_at=None).first()
        if row is not None:
            _end(row, None, at, refused.detail)
