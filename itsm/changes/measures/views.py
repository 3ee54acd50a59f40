"""How changes flow: the page, its file, and the changes behind its numbers."""

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.cells import safe
from core.templating import render
from core.wording import duration
from itsm.changes.measures import asked as asking
from itsm.changes.measures import drawing, told
from itsm.changes.measures.asked import Asked
from itsm.changes.measures.queries import behind, measures
from itsm.changes.models import Change
from itsm.tickets import subjects
from people.models import Service, Team
from people.pages.doors import page, who

MOST_BEHIND = 200


@require_safe
@page("change.measures")
def overview(request: HttpRequest) -> HttpResponse:
    """The measures, each with its picture and the table behind it. Eight queries and
    the frame's."""
    asked = _asked(request)
    found = measures(who(request), asked.wish)
    rows, total = told.rows(found, asked), told.total(found, asked)
    context = {
        "asked": asked,
        "total": total,
        "figures": drawing.figures(total, rows) if found.total.deployments else [],
        "tables": [(name, told.TITLES[name], rows[name]) for name in told.TITLES],
        "states": told.states(found, asked, rows["model"]),
        "models": rows["model"],
        "percent": told.percent,
        "number": told.number,
        "duration": duration,
        "export": f"{told.PAGE}export/?{urlencode(asked.given)}",
        **_options(),
    }
    status = 400 if asked.errors else 200
    return render(request, "itsm/changes/measures.html", context, status=status)


def _asked(request: HttpRequest) -> Asked:
    return asking.read(request.GET.dict(), timezone.localdate())


def _options() -> dict[str, Any]:
    """What can be chosen. Two queries."""

    def named(model: Any) -> list[tuple[str, str]]:
        rows = model.objects.filter(is_active=True).order_by("name")
        return list(rows.values_list("slug", "name"))

    return {
        "services": named(Service),
        "teams": named(Team),
        "kinds": Change.Model.choices,
    }


@require_safe
@page("change.measures")
def export(request: HttpRequest) -> HttpResponse:
    """The same numbers as a file; a cell is never a formula."""
    asked = _asked(request)
    found = measures(who(request), asked.wish)
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
        f'attachment; filename="changes-{wish.first}-{wish.last}.csv"'
    )
    return answer


@require_safe
@page("change.measures")
def changes(request: HttpRequest) -> HttpResponse:
    """The changes behind one number, the newest first."""
    asked = _asked(request)
    found = behind(who(request), asked.wish, asked.what, asked.state, MOST_BEHIND + 1)
    labels = dict(Change.Model.choices), dict(Change.Result.choices)
    lines = [
        {
            "number": number,
            "title": title,
            "url": subjects.url(number),
            "model": labels[0].get(model, model),
            "result": labels[1].get(result, result),
            "ended": ended,
            "lead": duration(lead),
            "restored": duration(restored),
            "waited": duration(waited) if waited else "",
            "failed": failed,
            "service": service or "",
        }
        for number, title, model, result, ended, lead, restored, waited, failed, service
        in found[:MOST_BEHIND]
    ]  # fmt: skip
    context = {
        "asked": asked,
        "lines": lines,
        "has_more": len(found) > MOST_BEHIND,
        "state": told.state_names().get(asked.state, asked.state),
        "back": f"{told.PAGE}?{urlencode(asked.given)}",
    }
    status = 400 if asked.errors else 200
    return render(request, "itsm/changes/measured.html", context, status=status)
