"""Stories as a file: out as CSV; in from CSV or Jira's, after a look at what comes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from backlog.exchange import actions, columns, reading, writing
from backlog.standing import get_process, require_on
from backlog.stories import listing
from core.errors import Invalid, Refused
from core.templating import render
from core.uploads import came_whole
from people.pages.doors import page, who
from people.policy import require
from processes.models import Process

SHOWN = 20  # rows of the dry run


@require_safe
@page()
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the list shows, as CSV."""
    user = who(request)
    process = get_process(user, slug)
    require(user, "export.make")
    rows = listing.all_of(process, user, listing.Wish.read(request.GET))
    name = f"stories-{process.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        writing.lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def import_(request: HttpRequest, slug: str) -> HttpResponse:
    """A file; then what its columns are, with what would come of it; then the doing."""
    user = who(request)
    process = get_process(user, slug)
    require_on(user, "story.write", process)
    context: dict[str, Any] = {"process": process, "problem": None, "table": None}
    if request.method != "POST":
        return render(request, "backlog/exchange/import.html", context)
    try:
        text = _text(request)
        table = reading.table(text)
        mapping = _mapping(request, table)
        if request.POST.get("do") == "import":
            return _import(request, process, table, mapping)
        context |= _dry_run(text, table, mapping, process)
    except Refused as no:
        context["problem"] = no
        return render(
            request, "backlog/exchange/import.html", context, status=no.status
        )
    return render(request, "backlog/exchange/import.html", context)


def _text(request: HttpRequest) -> str:
    if not came_whole(request):
        raise Invalid({"file": [_("The file broke off on its way; send it again.")]})
    file = request.FILES.get("file")
    if file is not None:
        return reading.decode(file.read(reading.LARGEST + 1))
    return reading.decode(request.POST.get("text", "").encode())


def _mapping(request: HttpRequest, table: reading.Table) -> dict[int, str]:
    """As somebody chose, else by the heads."""
    if "mapped" not in request.POST:
        return columns.guess(table.heads)
    chosen = {
        place: name
        for place in range(len(table.heads))
        if (name := request.POST.get(f"c{place}", "")) in columns.FIELDS
    }
    if len(set(chosen.values())) < len(chosen):
        raise Invalid({"mapped": [_("Two columns are the same field.")]})
    return chosen


def _dry_run(
    text: str, table: reading.Table, mapping: dict[int, str], process: Process
) -> dict[str, Any]:
    rows = reading.read(table, mapping, process)
    return {
        "table": table,
        "text": text,
        "mapping": mapping,
        "fields": columns.FIELDS,
        "rows": rows[:SHOWN],
        "more": rows[SHOWN:],
        "new": [row for row in rows if not (row.wrong or row.left)],
        "left": [row for row in rows if row.left],
        "wrong": [row for row in rows if row.wrong],
    }


def _import(
    request: HttpRequest,
    process: Process,
    table: reading.Table,
    mapping: dict[int, str],
) -> HttpResponse:
    made = actions.import_stories(
        process=process,
        by=who(request),
        at=timezone.now(),
        table=table,
        mapping=mapping,
    )
    said = ngettext("%(n)s story came in.", "%(n)s stories came in.", len(made))
    messages.success(request, said % {"n": len(made)})
    return Redirect(f"/backlog/{process.slug}/")
