"""The page of one's files: their progress, the download."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from core.errors import Refused
from core.reader import language
from core.templating import render
from itsm.tickets.exports import actions
from itsm.tickets.exports.models import Export
from people.models import User
from people.pages.doors import page, who

TEMPLATE = "itsm/exports/list.html"
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
SHOWN = 50


@page("export.make")
def exports(request: HttpRequest) -> HttpResponse:
    """See one's files; POST asks for another."""
    user, at = who(request), timezone.now()
    if request.method == "POST":
        try:
            actions.start(
                by=user,
                at=at,
                address=request.POST.get("list", ""),
                format=request.POST.get("format", ""),
                title=request.POST.get("title", "").replace("\x00", ""),
                language=language() or "",
            )
        except Refused as no:
            messages.error(request, no.detail)
        return Redirect("/exports/")
    files = list(Export.objects.filter(by=user).order_by("-pk")[:SHOWN])
    told = {
        "files": [(file, actions.is_ready(file, at=at)) for file in files],
        "is_busy": any(not file.is_over for file in files),
    }
    block = "files" if request.htmx else None  # type: ignore[attr-defined]
    return render(request, TEMPLATE, told, block=block)


@page("export.make")
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself, for the one person who asked for it."""
    user, at = who(request), timezone.now()
    export = actions.get_export(user, pk)
    return sent(export, user, at)


def sent(export: Export, user: User, at: Any) -> StreamingHttpResponse:
    """A file as an answer; it is never shown in the browser."""
    parts = actions.fetch(export=export, by=user, at=at)
    name = actions.file_name(export)
    return StreamingHttpResponse(
        (part.encode() for part in parts),
        content_type=TYPES[export.format],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
