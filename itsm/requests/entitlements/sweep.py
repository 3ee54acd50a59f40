"""What falls due of entitlements: warned of, ended, to be confirmed, not confirmed.

Rows are claimed with SKIP LOCKED and marked in the transaction that records it, so
that each is told once whatever crashes.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from core.context import Door, through
from core.log import act, record
from itsm.requests.entitlements import giving, kinds
from itsm.requests.models import Entitlement

WARNS = timedelta(days=14)  # before it expires
ASKS = timedelta(days=30)  # before it has to be confirmed
BATCH = 500


def sweep(*, at: datetime) -> int:
    """All that is due; how many entitlements that was."""
    with through(Door.TIMER):
        return _expire(at) + _warn(at) + _ask(at) + _complain(at)


def _expire(at: datetime) -> int:
    """The time of these is over."""
    with act():
        rows = _claim(expires_at__lte=at)
        for held in rows:
            giving.take(held, by=None, at=at, why=giving.EXPIRED)
    return len(rows)


def _warn(at: datetime) -> int:
    """Who holds it hears two weeks before."""
    with act():
        rows = _claim(expires_at__lte=at + WARNS, warned_at=None)
        for held in rows:
            held.warned_at = at
            told = held.expires_at.isoformat() if held.expires_at else None
            changes = {"expires_at": (None, told)}
            record(kinds.EXPIRING, subject=held, by=None, at=at, changes=changes)
        Entitlement.objects.bulk_update(rows, ["warned_at"])
    return len(rows)


def _ask(at: datetime) -> int:
    """The owner of each service is asked once for all of it."""
    with act():
        rows = _claim(confirm_by__lte=at + ASKS, asked_at=None)
        _tell_owners(kinds.ASKED, rows, at)
        for held in rows:
            held.asked_at = at
        Entitlement.objects.bulk_update(rows, ["asked_at"])
    return len(rows)


def _complain(at: datetime) -> int:
    """What nobody confirmed stays, and is told; see ADR 0018 why it does not end."""
    with act():
        rows = _claim(confirm_by__lte=at, overdue_at=None)
        _tell_owners(kinds.UNCONFIRMED, rows, at)
        for held in rows:
            held.overdue_at = at
        Entitlement.objects.bulk_update(rows, ["overdue_at"])
    return len(rows)


def _claim(**due: Any) -> list[Entitlement]:
    rows = Entitlement.objects.select_for_update(skip_locked=True, of=("self",))
    return list(rows.filter(ended_at=None, **due).order_by("pk")[:BATCH])


def _tell_owners(kind: str, rows: list[Entitlement], at: datetime) -> None:
    """One event for each service, on the first of its entitlements."""
    by_service: defaultdict[int, list[Entitlement]] = defaultdict(list)
    for held in rows:
        by_service[held.service_id].append(held)
    for service, some in by_service.items():
        changes = {"service": (None, service), "count": (None, len(some))}
        record(kind, subject=some[0], by=None, at=at, changes=changes)
