"""The promises of a ticket beside it, and what its head says of the next one.

One prepared query. How often it stood still is counted in the events that the page has
read already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import prepared, slots
from core.reader import gettext as _
from itsm.sla.models import Clock, ClockKind
from itsm.sla.owed import URGENT, offer_of
from itsm.sla.rules import Looked
from itsm.sla.standing import Source, Stand, stands
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.subjects import url
from itsm.tickets.timeline_rows import Happened

COLUMNS = (
    *("kind", "party_id", "cycle", "state", "agreement_id", "calendar_id"),
    *("target", "used", "since", "due_at", "started_at", "ended_at", "missed_at"),
)
SQL = f"""
    SELECT {", ".join(f"c.{name}" for name in COLUMNS)},
        coalesce(a.name, ''), coalesce(calendar.name, ''), coalesce(team.name, '')
    FROM itsm_clock c
    LEFT JOIN itsm_agreement a ON a.id = c.agreement_id
    LEFT JOIN people_calendarversion version ON version.id = c.calendar_id
    LEFT JOIN people_calendar calendar ON calendar.id = version.calendar_id
    LEFT JOIN people_team team ON team.id = c.party_id
    WHERE c.ticket_id = %(ticket)s ORDER BY c.cycle DESC, c.id LIMIT 200
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Promises:
    """The panel. `share` is how much of the next promise's working time is left."""

    template: str
    stands: list[Stand]
    pauses: int
    why: str  # the page that says it all
    share: float | None
    work: str
    open: str
    head: str = ""  # what stands in the head of the page besides
    slips: Stand | None = None  # a word that is nearly due, or over
    offer: datetime | None = None


def clocks_of(ticket: Ticket) -> list[tuple[Clock, Source]]:
    """Its clocks and where they come from; one query."""
    found = []
    for row in prepared.select(SQL, ticket=ticket.pk):
        own, names = row[: len(COLUMNS)], row[len(COLUMNS) :]
        clock = Clock(ticket_id=ticket.pk, **dict(zip(COLUMNS, own, strict=True)))
        found.append((clock, Source(*names)))
    return found


def promises(
    *, ticket: Ticket, events: Iterable[Happened], at: datetime
) -> Promises | None:
    """The panel, and what the head needs; None where nothing was ever promised."""
    rules = Looked()
    who = ticket.requester.name if ticket.requester else _("the requester")
    found = stands(clocks_of(ticket), rules, at=at, who=who)
    if not found:
        return None
    due = next((s for s in found if s.kind == ticket.next_due_kind), None)
    return Promises(
        template="itsm/sla/panel.html",
        stands=found,
        pauses=pauses(ticket, events),
        why=f"{url(ticket.number)}promises/",
        share=due.share if due else None,
        work=due.work if due else "",
        open=due.open if due else "",
        **_slipping(found, at),
    )


def _slipping(found: Iterable[Stand], at: datetime) -> dict[str, Any]:
    """What the head says of a word that will lapse, and what one click promises."""
    slips = (s for s in found if s.kind == ClockKind.UPDATE and s.level in URGENT)
    one = next(slips, None)
    if one is None:
        return {}
    return {"head": "itsm/sla/slipping.html", "slips": one, "offer": offer_of(at)}


def pauses(ticket: Ticket, events: Iterable[Happened]) -> int:
    """How often its promise of a solution stood still, as far as these events say."""
    states = definition_of(ticket).states
    times, was, reason = 0, False, ""
    for event in events:
        changes: Any = event.changes
        reason = changes.get("wait_reason", (None, reason))[1] or ""
        if "state" not in changes:
            continue
        state = states.get(changes["state"][1])
        waits = state.reasons.get(reason) if state else None
        pauses = waits is not None and ClockKind.RESOLUTION in waits.pauses
        times += pauses and not was
        was = pauses
    return times


def register() -> None:
    """Fill the ticket page's place for promises."""
    slots.fill("ticket.promises", "sla", promises, order=10, queries=1)
