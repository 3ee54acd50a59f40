"""What the ticket's room tells of itself: open tickets and late timers."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from core import gauges
from itsm.tickets import timers
from itsm.tickets.count_models import TicketCount, TicketCountDelta


def register() -> None:
    """Join core's measures."""
    gauges.timer("tickets", lambda at: timers.seconds_late(at=at))
    gauges.gauge("beeline_open_tickets", "Open tickets, unrestricted", open_tickets)


def open_tickets(at: datetime) -> Mapping[gauges.Labels, float]:
    """By type and category of state, from the maintained counts; two queries."""
    found: dict[gauges.Labels, float] = defaultdict(float)
    for model in (TicketCount, TicketCountDelta):
        rows = model.objects.values_list("type", "state_category").annotate(Sum("n"))
        for type_, category, n in rows:
            found[(("type", type_), ("category", category))] += n or 0
    return found
