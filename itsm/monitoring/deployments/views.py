"""A service's page."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from core import reader
from core.reader import gettext as _
from core.templating import render
from itsm.monitoring.alerts import queries as alerts
from itsm.monitoring.alerts import wish as wishes
from itsm.monitoring.alerts.lines import lines_for
from itsm.monitoring.deployments import queries
from itsm.tickets import counts
from itsm.tickets.models import Ticket
from people.models import Service, User
from people.pages.doors import page, who
from people.pages.kinds import get as settings_kind
from people.policy import allows

SHOWN = 8  # open alerts


@require_safe
@page("alert.see")
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, how it does now, and what happened to it. Twelve queries."""
    user, at = who(request), timezone.now()
    row = _get(slug)
    today = reader.local(at).date()
    until = _day(request.GET.get("until", "")) or today
    found = queries.history(row, user, until=min(until, today))
    context = {
        "service": row,
        "teams": sorted(row.support_teams.all(), key=lambda t: t.name),
        "depends_on": sorted(row.depends_on.all(), key=lambda s: s.name),
        "carries": sorted(row.carries.all(), key=lambda s: s.name),
        "windows": queries.windows_of(row, at),
        "at": at,
        "today": today,
        "until": min(until, today),
        "earlier": found.since - timedelta(days=1),
        "later": _later(until, today),
        "history": found,
        "n_open": _open(row, user),
        "may_edit": _may_edit(row, user),
        "may_announce": allows(user, "maintenance.change"),
        **_alerts(row, user),
    }
    return render(request, "itsm/monitoring/service.html", context)


def _alerts(row: Service, user: User) -> dict[str, Any]:
    """Its open alerts, those of one incident folded, and how many there are."""
    rows = wishes.visible_to(user).filter(alerts.OPEN, service=row)
    heads = alerts.folded(rows).select_related(*alerts.RELATED)
    shown = list(heads.order_by("-first_at", "-pk")[:SHOWN])
    n, is_exact = counts.capped(rows)
    return {
        "lines": lines_for(user, shown),
        "n_alerts": str(n) if is_exact else _("1,000+"),
        "wish": wishes.Wish(service=row.slug),
    }


def _open(row: Service, user: User) -> str:
    """Open tickets of it that this person sees, exact to a thousand."""
    seen = Ticket.objects.visible_to(user).open().filter(service=row)
    n, is_exact = counts.capped(seen)
    return str(n) if is_exact else _("1,000+")


def _may_edit(row: Service, user: User) -> bool:
    kind = settings_kind("services")
    return kind is not None and kind.may_change(user, row)


def _day(text: str) -> Any:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1990 <= found.year <= 2200 else None


def _later(until: Any, today: Any) -> Any:
    """The last day of the page of newer days, where there is one."""
    if until >= today:
        return None
    return min(until + timedelta(days=queries.DAYS), today)


def _get(slug: str) -> Service:
    rows = Service.objects.select_related("owner").prefetch_related(
        "support_teams", "depends_on", "carries"
    )
    row = rows.filter(slug=slug).first()
    if row is None:
        raise Http404(_("There is no such service."))
    return row
