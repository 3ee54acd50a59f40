"""How promises were kept: the page, its file, and the tickets behind its numbers."""

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.cells import safe
from core.templating import render
from itsm.sla import asked as asking
from itsm.sla import report_rows as told
from itsm.sla.asked import Asked
from itsm.sla.checking import PRIORITY_NAMES
from itsm.sla.lengths import short
from itsm.sla.models import ClockKind, ClockState
from itsm.sla.reporting import OUTCOMES, behind, report
from itsm.tickets import subjects
from itsm.tickets.states import TicketType
from people.models import Organisation, Service, Team
from people.pages.doors import page, who

MOST_BEHIND = 200


@require_safe
@page("promise.report")
def overview(request: HttpRequest) -> HttpResponse:
    """Kept and missed, beside what stands beside it. Seven queries and the frame's."""
    asked = _asked(request)
    found = report(who(request), asked.wish)
    rows = told.rows(found, asked)
    context = {
        "asked": asked,
        "total": told.total(found, asked),
        "tables": [(name, told.TITLES[name], rows[name]) for name in told.TITLES],
        "sentence": told.sentence(found, rows),
        "watermelons": told.watermelons(rows),
        "chart": told.chart(rows) if len(rows["week"]) > 1 else None,
        "percent": told.percent,
        "short": short,
        "mark": told.mark,
        "kind": told.kind_words(asked),
        "export": f"{told.PAGE}export/?{urlencode(asked.given)}",
        **_options(),
    }
    status = 400 if asked.errors else 200
    return render(request, "itsm/sla/report.html", context, status=status)


def _asked(request: HttpRequest) -> Asked:
    return asking.read(request.GET.dict(), timezone.localdate())


def _options() -> dict[str, Any]:
    """What can be chosen. Three queries."""

    def named(model: Any) -> list[tuple[str, str]]:
        rows = model.objects.filter(is_active=True).order_by("name")
        return list(rows.values_list("slug", "name"))

    return {
        "kinds": ClockKind.choices,
        "types": TicketType.choices,
        "priorities": [(name, name) for name in PRIORITY_NAMES],
        "services": named(Service),
        "teams": named(Team),
        "organisations": named(Organisation),
    }


@require_safe
@page("promise.report")
def export(request: HttpRequest) -> HttpResponse:
    """The same numbers as a file; a cell is never a formula."""
    asked = _asked(request)
    found = report(who(request), asked.wish)
    rows = told.rows(found, asked)
    lines = [("all", told.total(found, asked))]
    lines += [(name, row) for name in told.TITLES for row in rows[name]]
    file = io.StringIO()
    written = csv.writer(file)
    written.writerow(["by", *told.told(lines[0][1])])
    for name, row in lines:
        values = [name, *told.told(row).values()]
        written.writerow([safe("" if v is None else str(v)) for v in values])
    wish = asked.wish
    answer = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="promises-{wish.kind}-{wish.first}-{wish.last}.csv"'
    )
    return answer


@require_safe
@page("promise.report")
def tickets(request: HttpRequest) -> HttpResponse:
    """The tickets behind one number, the newest first."""
    asked = _asked(request)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    found = behind(who(request), asked.wish, outcome, MOST_BEHIND + 1)
    lines = [
        {
            "number": number,
            "title": title,
            "url": subjects.url(number),
            "counted": counted,
            "target": short(target),
            "used": short(used),
            "state": ClockState(state).label,
        }
        for number, title, counted, target, used, state in found[:MOST_BEHIND]
    ]
    context = {
        "asked": asked,
        "lines": lines,
        "has_more": len(found) > MOST_BEHIND,
        "outcome": outcome,
        "kind": told.kind_words(asked),
        "back": f"{told.PAGE}?{urlencode(asked.given)}",
    }
    return render(request, "itsm/sla/behind.html", context)
