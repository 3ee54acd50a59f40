"""What the desk should know of a caller: their open tickets, the services they use."""

from collections.abc import Collection, Mapping

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from core import slots
from itsm.tickets import rows
from itsm.tickets.models import Ticket
from people import find
from people.models import User

SHOWN = 3  # tickets of each person


def known(by: User, ids: Collection[int]) -> Mapping[int, find.Known]:
    """As far as the asking person may see; two queries, however many people."""
    of_them = Ticket.objects.visible_to(by).filter(requester_id__in=ids)
    ranked = Window(
        RowNumber(), partition_by=F("requester_id"), order_by=F("id").desc()
    )
    total = Window(Count("*"), partition_by=F("requester_id"))
    found = list(
        of_them.open()
        .annotate(rank=ranked, total=total)
        .filter(rank__lte=SHOWN)
        .order_by("requester_id", "-id")
        .values_list(*rows.COLUMNS, "requester_id", "total")
    )
    worded = rows.worded((line[:-2] for line in found), at=timezone.now())
    tickets: dict[int, list[rows.Row]] = {}
    totals: dict[int, int] = {}
    for line, row in zip(found, worded, strict=True):
        tickets.setdefault(line[-2], []).append(row)
        totals[line[-2]] = line[-1]
    used = _used(by, ids)
    return {
        pk: find.Known(
            totals.get(pk, 0), tuple(tickets.get(pk, ())), tuple(used.get(pk, ()))
        )
        for pk in ids
    }


def _used(by: User, ids: Collection[int]) -> Mapping[int, list[str]]:
    """Slugs of services by person, the most asked about first."""
    counted = (
        Ticket.objects.visible_to(by)
        .filter(requester_id__in=ids, service__is_active=True)
        .values("requester_id", "service__slug")
        .annotate(n=Count("pk"))
        .order_by("-n", "service__slug")
    )
    used: dict[int, list[str]] = {}
    for line in counted:
        used.setdefault(line["requester_id"], []).append(line["service__slug"])
    return used


def register() -> None:
    """Fill the slot on the page that finds people."""
    slots.fill(find.SLOT, "tickets", known, queries=2)
