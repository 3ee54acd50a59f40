"""What orders were charged to whom: by month and cost centre, as a page and a file."""

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.cells import safe
from core.templating import render
from itsm.requests.catalogue import charges
from itsm.requests.catalogue.money import money
from people.pages.doors import page, who
from people.pages.settings import tabs

SHOWN = 200


@require_safe
@page("charge.see")
def listing(request: HttpRequest) -> HttpResponse:
    """One month: what each cost centre owes, and its lines."""
    month = charges.month_of(request.GET.get("month", ""), today=timezone.localdate())
    centre = request.GET.get("centre")
    found = charges.of_month(month)
    shown = found if centre is None else found.filter(cost_centre=centre)
    lines = list(charges.told(shown)[: SHOWN + 1])
    context: dict[str, Any] = {
        "tabs": tabs(who(request), "charges"),
        "month": month,
        "months": charges.months(today=timezone.localdate()),
        "sums": [(one, money(one.total, one.currency)) for one in charges.sums(found)],
        "lines": [(one, money(one.amount, one.currency)) for one in lines[:SHOWN]],
        "more": len(lines) > SHOWN,
        "total": shown.count(),
        "centre": centre,
    }
    return render(request, "itsm/requests/charges.html", context)


@require_safe
@page("charge.see")
def export(request: HttpRequest) -> HttpResponse:
    """The month's lines as CSV; no cell can be a formula."""
    month = charges.month_of(request.GET.get("month", ""), today=timezone.localdate())
    name = f"charges-{month:%Y-%m}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    response.write("\ufeff")  # so that a spreadsheet reads it as UTF-8
    writer = csv.writer(response)
    writer.writerow(charges.COLUMNS)
    for line in charges.told(charges.of_month(month)).iterator(chunk_size=2000):
        writer.writerow([safe(str(cell)) for cell in charges.cells(line)])
    return response
