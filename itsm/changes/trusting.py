"""Trust that is earned or lost: a record that crosses a bound makes a proposal.

Nothing else changes by itself; a person decides (`itsm.changes.kinds.standing`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.log import record as log
from itsm.changes import records
from itsm.changes.models import Kind, Proposal
from itsm.changes.trust import STANDARD, Record, speaks_for
from processes.control import Trust
from processes.queries import NoVersion, definition_for

DECLINED, ACCEPTED, LAPSED = "declined", "accepted", "lapsed"
MOST_NAMED = 50  # changes that failed, named in the evidence


def rules() -> Trust | None:
    """The bounds of the process that is live; None where records earn nothing."""
    try:
        return definition_for("change", ticket_key="")[1].trust
    except NoVersion:
        return None


def assess(kinds: Iterable[int | None], *, at: datetime) -> None:
    """Look at these kinds' records again, by their ids. Inside an action."""
    wanted = {pk for pk in kinds if pk is not None}
    bounds = rules() if wanted else None
    if bounds is None:
        return
    rows = Kind.objects.select_for_update(of=("self",), no_key=True)
    for kind in rows.filter(pk__in=wanted).order_by("pk"):
        _assess(kind, bounds, at)


def _assess(kind: Kind, bounds: Trust, at: datetime) -> None:
    record = records.of_kind(kind)
    speaks = speaks_for(bounds, kind.standing, record)
    waiting = Proposal.objects.filter(kind=kind, decision="").first()
    if waiting is not None and waiting.to == speaks:
        return
    if waiting is not None:
        _lapse(waiting, at)
    if speaks and not _was_declined(kind, speaks, record, bounds):
        _propose(kind, speaks, record, at)


def _was_declined(kind: Kind, to: str, record: Record, bounds: Trust) -> bool:
    """Whether somebody said no to the same, and little has happened since.

    Enough is so many changes more as it takes at least, or one more that failed.
    """
    last = kind.proposals.exclude(decision="").order_by("-pk").first()
    if last is None or last.to != to or last.decision != DECLINED:
        return False
    if to == STANDARD:
        return record.ended < last.evidence["ended"] + bounds.least
    return record.failed <= last.evidence["failed"]


def _propose(kind: Kind, to: str, record: Record, at: datetime) -> None:
    failed = records.ended().filter(kind=kind, failed=True).order_by("-ended_at")
    evidence: dict[str, Any] = {
        "ended": record.ended,
        "failed": record.failed,
        "bound": round(record.bound, 4),
        "changes": list(failed.values_list("pk", flat=True)[:MOST_NAMED]),
    }
    made = Proposal.objects.create(
        kind=kind, to=to, former=kind.standing, evidence=evidence, proposed_at=at
    )
    told = {name: (None, evidence[name]) for name in ("ended", "failed", "bound")}
    changes = {"kind": (None, kind.pk), "standing": (kind.standing, to), **told}
    log("change_proposal.make", subject=made, by=None, at=at, changes=changes)


def _lapse(proposal: Proposal, at: datetime) -> None:
    """The record no longer speaks for it."""
    proposal.decision, proposal.decided_at = LAPSED, at
    proposal.save(update_fields=["decision", "decided_at"])
    changes = {"decision": (None, LAPSED)}
    log("change_proposal.lapse", subject=proposal, by=None, at=at, changes=changes)
