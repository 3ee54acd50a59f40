"""What time does to decisions: reminders, others who are asked instead, stand-ins.

Due columns, swept by beat and claimed row by row under the ticket's lock, like the
timers of tickets (`itsm.tickets.timers`).
"""

import logging
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from core.context import Door, through
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.approving import naming, seats
from itsm.tickets.approving.asking import EXPIRED, REPLACED, later, put, refresh
from itsm.tickets.approving.models import Approval, Vote
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from processes.definition import Approval as Rule

log = logging.getLogger(__name__)
BATCH = 200
PENDING = ("ticket__service", "approver__manager", "group")


def sweep(*, at: datetime) -> int:
    """Run what is due at `at`, the oldest first; how many decisions it touched.

    One that fails stops no other and is tried again by the next sweep.
    """
    with through(Door.TIMER):
        pks = list(_due(at).order_by("pk").values_list("pk", flat=True)[:BATCH])
        return sum(_run(pk, at) for pk in pks)


def refresh_all(*, at: datetime) -> int:
    """Who may answer follows absences, delegations, roles and teams; in batches."""
    last, changed = 0, 0
    while True:
        rows = Approval.objects.filter(decision="", pk__gt=last).order_by("pk")
        batch = list(rows.select_related("ticket")[:BATCH])
        if not batch:
            return changed
        changed += refresh(batch, at)
        last = batch[-1].pk


def _due(at: datetime) -> QuerySet[Approval]:
    """Those to remind of, those that expired, and those whose approver left."""
    due = Q(remind_at__lte=at) | Q(expires_at__lte=at) | Q(approver__is_active=False)
    return Approval.objects.filter(due, decision="")


def _run(pk: int, at: datetime) -> int:
    try:
        with act():
            ticket = lock(Approval.objects.select_related("ticket").get(pk=pk).ticket)
            row = _due(at).select_related(*PENDING).filter(pk=pk).first()
            if row is None:
                return 0
            row.ticket = ticket
            _one(row, at)
    except Exception:
        log.exception("the decision %s failed and will be tried again", pk)
        return 0
    return 1


def _one(row: Approval, at: datetime) -> None:
    has_left = row.approver is not None and not row.approver.is_active
    if has_left or (row.expires_at is not None and row.expires_at <= at):
        _ask_others(row, at, why="left" if has_left else "expired")
        return
    rule = rule_of(row)
    row.remind_at = later(at, rule.reminds if rule else None)
    row.save(update_fields=["remind_at"])
    changes = {"approval": (row.pk, row.pk)}
    record(kinds.REMINDED, subject=row.ticket, by=None, at=at, changes=changes)


def rule_of(row: Approval) -> Rule | None:
    """What the ticket's process says of this decision."""
    rules = definition_of(row.ticket).approvals
    return next((rule for rule in rules if rule.name == row.name), None)


def _ask_others(row: Approval, at: datetime, *, why: str) -> None:
    """Somebody else is asked from now on; what others said already stays said."""
    other = _other(row, at)
    row.decision = REPLACED if why == "left" else EXPIRED
    row.decided_at = at
    row.save(update_fields=["decision", "decided_at"])
    put([other], by=None, at=at)
    mine = Vote.objects.filter(approval=row, void_at=None)
    mine.exclude(answer=Vote.Answer.ASKED).update(approval=other)
    changes: dict[str, Any] = {
        "approval": (row.pk, other.pk),
        "approver": (row.approver_id, other.approver_id),
        "why": (None, why),
    }
    record(kinds.EXPIRED, subject=row.ticket, by=None, at=at, changes=changes)


def _other(row: Approval, at: datetime) -> Approval:
    """The same question to whoever comes next: see `naming.instead`, then the group,
    then whoever has the role; personal ones end at the administrators."""
    ticket, rule = row.ticket, rule_of(row)
    tried = _tried(row)
    barred = seats.barred_of([ticket])[ticket.pk]
    person = naming.instead(row, at, but={*barred, *tried})
    authority = row.authority
    group = None
    if person is None and row.approver_id is None:
        authority, group = _wider(row)
    return Approval(
        ticket=ticket,
        name=row.name,
        authority=authority,
        approver=person,
        group=group,
        quorum=row.quorum,
        asked_at=at,
        remind_at=later(at, rule.reminds if rule else None),
        expires_at=later(at, rule.expires if rule else None),
        basis=row.basis,
        former=row.former,
    )


def _wider(row: Approval) -> tuple[str, Any]:
    """Those who are asked after a group, after a role, after the peers."""
    if row.authority == "peer":
        group = naming.group_for("change_authority", row.ticket.service)
        return "change_authority", group
    if row.group_id is not None:
        return row.authority, None
    return "administrator", None


def _tried(row: Approval) -> set[int]:
    """Who was asked for this already and did not answer."""
    rows = Approval.objects.filter(ticket=row.ticket, name=row.name)
    rows = rows.filter(Q(decision__in=(EXPIRED, REPLACED)) | Q(pk=row.pk))
    return set(rows.exclude(approver=None).values_list("approver_id", flat=True))
