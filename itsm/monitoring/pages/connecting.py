"""How a tool is told to report: its key, lines to copy, and whether it was heard."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.monitoring import keys
from itsm.monitoring.models import Reception, Source
from itsm.monitoring.snippets import TOOLS, tool_of
from itsm.monitoring.source_actions import VERB
from itsm.monitoring.source_subjects import find
from itsm.monitoring.source_words import why
from people.pages.doors import page, who
from people.pages.settings import tabs


@require_safe
@page(VERB)
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """The key, and what to do in the tool that was chosen, or that was heard last."""
    row = find(who(request), slug)
    last = _last(row)
    asked = request.GET.get("tool", "")
    tool = tool_of(asked if asked in TOOLS or last is None else last.format)
    key = keys.read(row)
    context = {
        "tabs": tabs(who(request), "sources"),
        "row": row,
        "tool": tool,
        "tools": TOOLS.values(),
        "key": key,
        "address": tool.address(key),
        "snippet": tool.snippet(key),
        **_heard(row, last),
    }
    return render(request, "itsm/sources/connect.html", context)


@require_safe
@page(VERB)
def heard(request: HttpRequest, slug: str) -> HttpResponse:
    """The line that waits for the first event; asked every two seconds."""
    row = find(who(request), slug)
    context = {"row": row, **_heard(row, _last(row))}
    return render(request, "itsm/sources/connect.html", context, block="heard")


def _last(row: Source) -> Reception | None:
    rows = Reception.objects.filter(source=row).defer("body", "headers")
    return rows.order_by("-pk").first()


def _heard(row: Source, last: Reception | None) -> dict[str, Any]:
    """When it was heard last, and what could not be taken, which helps to find out."""
    refused = row.lines.order_by("-last_at", "-pk").first() if last is None else None
    return {"last": last, "refused": refused and why(refused.code, refused.about)}
