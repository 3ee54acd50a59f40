"""The tickets of an absent owner go to their cover before the next promise falls due.

What is not due until they are back waits for them, and so does what their cover may
not see.
"""

from datetime import datetime

from core.context import Door, through
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import save, set_fields
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN
from people.models import Absence, User
from people.rotas import reading
from people.rotas.reading import Standing

BATCH = 200  # tickets handed over by one sweep


def sweep(*, at: datetime) -> int:
    """Hand over what falls due while its owner is away; how many tickets."""
    away = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at)
    people = reading.away(set(away.values_list("user_id", flat=True)), at)
    done = 0
    with through(Door.TIMER):
        for standing in people.values():
            if done < BATCH:
                done += _hand_over(standing, at)
    return done


def _hand_over(standing: Standing, at: datetime) -> int:
    cover = User.objects.filter(pk=standing.cover_id or 0, is_active=True).first()
    if cover is None or not cover.is_staff:
        return 0
    due = Ticket.objects.visible_to(cover).filter(
        owner_id=standing.user_id,
        state_category__in=[c.value for c in OPEN],
        next_due_at__lt=standing.ends_at,
    )
    pks = list(due.order_by("next_due_at").values_list("pk", flat=True)[:BATCH])
    return sum(_give(pk, standing, cover, at) for pk in pks)


def _give(pk: int, standing: Standing, cover: User, at: datetime) -> int:
    """One ticket in its own action; 1 where it changed hands."""
    with act():
        ticket = lock(Ticket(pk=pk))
        if ticket.owner_id != standing.user_id or ticket.state_category not in OPEN:
            return 0
        if not Ticket.objects.visible_to(cover).filter(pk=pk).exists():
            return 0  # restricted since
        changes = set_fields(ticket, {"owner": cover, "offered_to": None})
        ticket.handovers += 1
        save(ticket, at=at, fields=["owner", "offered_to", "handovers"])
        record(kinds.ASSIGN, subject=ticket, by=None, at=at, changes=changes)
    return 1
