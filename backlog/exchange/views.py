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
    try:
        if request.method == "POST":
            text = _text(request)
            table = reading.table(text)
            mapping = _mapping(request, table)
            context |= {"table": table, "text": text, "mapping": mapping}
            _require_apart(mapping)
            if request.POST.get("do") == "import":
                _require_seen(request, mapping)
                return _import(request, process, table, mapping)
    except Refused as no:
        context["problem"] = no
    if context["table"]:
        context |= _dry_run(process, context["table"], context["mapping"])
    problem = context["problem"]
    status = problem.status if problem else 200
    return render(request, "backlog/exchange/import.html", context, status=status)


def _text(request: HttpRequest) -> str:
    if not came_whole(request):
        raise Invalid({"file": [_("The file broke off on its way; send it again.")]})
    file = request.FILES.get("file")
    if file is not None:
        return reading.decode(file.read(reading.LARGEST + 1))
    text = request.POST.get("text", "").encode()  # a form's line ends are longer
    return reading.decode(text, 2 * reading.LARGEST)


def _mapping(request: HttpRequest, table: reading.Table) -> dict[int, str]:
    """As somebody chose, else by the heads."""
    if "mapped" not in request.POST:
        return columns.guess(table.heads)
    return {
        place: name
        for place in range(len(table.heads))
        if (name := request.POST.get(f"c{place}", "")) in columns.FIELDS
    }


def _require_apart(mapping: dict[int, str]) -> None:
    chosen = list(mapping.values())
    for name in chosen:
        if chosen.count(name) > 1:
            said = _("Two columns are “%(field)s”; leave one of them out.")
            words = {"field": columns.FIELDS[name]}
            raise Invalid({"mapped": [said % words]})


def _require_seen(request: HttpRequest, mapping: dict[int, str]) -> None:
    """Nothing is written that nobody looked at."""
    if request.POST.get("seen", _said(mapping)) != _said(mapping):
        said = _("The columns have changed: look at what would come of it now.")
        raise Invalid({"mapped": [said]})


def _said(mapping: dict[int, str]) -> str:
    return " ".join(f"{place}:{mapping[place]}" for place in sorted(mapping))


def _dry_run(
    process: Process, table: reading.Table, mapping: dict[int, str]
) -> dict[str, Any]:
    """What would come of the rows, once a column is the title."""
    is_titled = "title" in mapping.values()
    rows = reading.read(table, mapping, process) if is_titled else []
    new = [row for row in rows if row.comes]
    smooth = [row for row in new if not row.notes]
    places = range(len(table.heads))
    return {
        "is_titled": is_titled,
        "seen": _said(mapping),
        "fields": columns.FIELDS,
        "taken": [place for place in places if place in mapping],
        "others": [place for place in places if place not in mapping],
        "new": new,
        "wrong": [row for row in rows if row.wrong],
        "changed": [row for row in new if row.notes],
        "smooth": smooth[:SHOWN],
        "more": len(smooth[SHOWN:]),
        "left": [row for row in rows if row.left and not row.wrong],
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
    words = [said % {"n": len(made)}]
    if rest := len(table.rows) - len(made):
        said = ngettext("%(n)s row was left out.", "%(n)s rows were left out.", rest)
        words.append(said % {"n": rest})
    messages.success(request, " ".join(words))
    return Redirect(f"/backlog/{process.slug}/")
