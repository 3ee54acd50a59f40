"""Reading the charge lines: by month (of the installation's time zone), by centre."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from itsm.requests.models import Charge

BACK = 24  # months that are offered
COLUMNS = (
    *("at", "cost_centre", "amount", "currency", "basis"),
    *("offering", "ticket", "requester"),
)


@dataclass(frozen=True, slots=True)
class Total:
    """What one cost centre owes of a month, in one currency."""

    cost_centre: str
    currency: str
    lines: int
    total: Decimal


def month_of(text: str, *, today: date) -> date:
    """The first day of a month such as 2026-05; of this one for anything else."""
    try:
        year, _dash, month = text.partition("-")
        return date(int(year), int(month), 1)
    except ValueError:
        return today.replace(day=1)


def months(*, today: date) -> list[date]:
    """The last two years' months, newest first."""
    index = today.year * 12 + today.month - 1
    return [date((index - n) // 12, (index - n) % 12 + 1, 1) for n in range(BACK)]


def bounds(month: date) -> tuple[datetime, datetime]:
    """From when until before when: the same for whoever asks."""
    zone = ZoneInfo(settings.TIME_ZONE)
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    first, last = (
        timezone.make_aware(datetime.combine(day, time()), zone)
        for day in (month, following)
    )
    return first, last


def of_month(month: date) -> QuerySet[Charge]:
    """The lines of a month."""
    first, last = bounds(month)
    return Charge.objects.filter(at__gte=first, at__lt=last)


def sums(found: QuerySet[Charge]) -> list[Total]:
    """By cost centre and currency; one query."""
    groups = found.order_by().values("cost_centre", "currency")
    rows: Any = groups.annotate(lines=Count("pk"), total=Sum("amount"))
    return [Total(**row) for row in rows.order_by("cost_centre", "currency")]


def told(found: QuerySet[Charge]) -> QuerySet[Charge]:
    """Lines with what they name, oldest first; one query."""
    rows = found.select_related("offering", "ticket__requester")
    return rows.order_by("at", "pk")


def cells(line: Charge) -> Iterable[Any]:
    """A line as a row of COLUMNS."""
    person = line.ticket.requester
    return (
        *(line.at.isoformat(timespec="seconds"), line.cost_centre, line.amount),
        *(line.currency, line.basis, line.offering.name, line.ticket.number),
        person.email if person else "",
    )
