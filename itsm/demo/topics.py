"""Tickets of the demo by what they tell of, for rooms that tell more about it."""

from django.db.models import Q, QuerySet

from itsm.demo.stories import VPN_DROPS
from itsm.tickets.models import Ticket

MOST = 9
ABOUT = {
    "vpn": Q(title__in=[title for _who, title in VPN_DROPS]),
    "dns": Q(change__kind__slug="dns-record", state_category="closed"),
    "printing": Q(type="incident", service__slug="printing", state_category="closed"),
    "erp": Q(type="incident", service__slug="erp", handovers__gte=3),
    "shop": Q(type="incident", service__slug="web-shop", title__contains="502"),
    "lockout": Q(type="incident", service__slug="sign-in", category__slug="access"),
}


def found() -> dict[str, list[int]]:
    """The oldest few of each."""
    return {topic: list(_ids(about)[:MOST]) for topic, about in ABOUT.items()}


def _ids(about: Q) -> QuerySet[Ticket, int]:
    return Ticket.objects.filter(about).order_by("pk").values_list("pk", flat=True)
