"""People as a file: saved, looked at before anything happens, and brought in."""

from typing import Any

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.http import HttpResponseRedirect as Redirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import Invalid
from core.templating import render
from people import roster
from people.pages.doors import page
from people.pages.settings import tabs


@require_safe
@page("people.change")
def export(request: HttpRequest) -> HttpResponseBase:
    """Everybody with access, as CSV that can be brought in again."""
    user: Any = request.user
    lines = roster.exported(user)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="people.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@page("people.change")
def bring_in(request: HttpRequest) -> HttpResponse:
    """First what the file would do, then, when that is agreed to, it is done."""
    if request.method != "POST":
        return _page(request)
    text, problem = _text(request)
    if problem:
        return _page(request, status=422, problem=problem)
    user: Any = request.user
    if "apply" not in request.POST:
        found = roster.plan(text, by=user)
        status = 422 if found.faults else 200
        return _page(request, status=status, plan=found, text=text)
    try:
        done = roster.apply(
            text,
            by=user,
            at=timezone.now(),
            shown=request.POST.get("shown", ""),
            invite="invite" in request.POST,
        )
    except Invalid as no:
        found = roster.plan(text, by=user)
        problem = no.detail
        return _page(request, status=422, plan=found, text=text, problem=problem)
    n = done.done
    words = {"new": n["create"], "changed": n["change"], "same": n["same"]}
    sentence = _("%(new)s added, %(changed)s changed, %(same)s as they were.")
    messages.success(request, sentence % words)
    return Redirect("/settings/people/")


def _text(request: HttpRequest) -> tuple[str, str]:
    """The file's text, or why not."""
    file = request.FILES.get("file")
    if file is None:
        text = request.POST.get("text", "")
        return text, "" if text.strip() else _("Choose a file, or paste its lines.")
    if (file.size or 0) > roster.MOST_LETTERS:
        return "", _("The file is too long; split it.")
    raw = file.read()
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), ""
    except UnicodeDecodeError:
        return "", _("This is not a text file; save it as CSV (UTF-8).")


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    user: Any = request.user
    context = {
        "tabs": tabs(user, "people"),
        "columns": roster.COLUMNS,
        "plan": None,
        "text": "",
        "problem": "",
        "most": roster.MOST_ROWS,
        **more,
    }
    response = render(request, "settings/roster.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
