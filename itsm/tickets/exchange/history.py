"""A ticket's past, in the shape every source brings it into."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itsm.tickets.states import Channel, TicketType


@dataclass(slots=True)
class Step:
    """One row of the source: everything the ticket was after it.

    `values` holds at least the `TRACKED` fields; whatever else it holds is kept in
    the events' changes as well. Ids for rows of ours, plain values otherwise.
    """

    at: datetime
    actor: int | None
    values: dict[str, Any]


TRACKED = (
    "state",
    "wait_reason",
    "team",
    "owner",
    "requester",
    "service",
    "category",
    "impact",
    "urgency",
    "priority",
)


@dataclass(slots=True)
class History:
    """One ticket from its first row to its last; `ref` is the source's number."""

    ref: str
    type: TicketType
    title: str
    steps: list[Step]
    description: str = ""
    channel: str = Channel.AGENT
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    resolution: str = ""
    resolution_code: str = ""
    handovers: int | None = None  # None: counted from the changes of team
    reopens: int | None = None  # None: counted from the reopenings
    extra: dict[str, Any] = field(default_factory=dict)
    rows: int = 0  # of the source
