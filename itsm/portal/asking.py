"""Asking in the portal: a report in three questions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid
from core.once import sent_once
from core.templating import render
from itsm.knowledge import queries as knowledge
from itsm.portal import actions, drafts, outages, queries
from itsm.portal.forms import ReportForm
from itsm.tickets.pages.uploads import sent_files
from people.pages.doors import page


@page()
def report(request: HttpRequest) -> HttpResponse:
    """Three questions, then a person takes it."""
    user: Any = request.user
    services = queries.services_for(user)
    if request.method != "POST":
        first, kept = _begun(request, user)
        form = ReportForm(initial=first, services=services)
        return _report(request, form, **kept)
    form = ReportForm(request.POST, services=services)
    beside = "beside" in request.POST
    if form.is_valid():
        try:
            number = _send(request, user, form, beside=beside)
        except Invalid as no:
            form.add_error(None, no.detail)
        else:
            return Redirect(reverse("portal-ticket", args=[number]) + "?new")
    other = _first_words(drafts.typed(user, drafts.REPORT)) if beside else ""
    return _report(request, form, status=422, other=other)


def _send(request: HttpRequest, user: Any, form: ReportForm, *, beside: bool) -> str:
    """The number of what was reported, now or when the same form came before."""
    at, files, given = timezone.now(), sent_files(request), form.given()

    def work() -> str:
        made = actions.report(by=user, at=at, given=given, files=files, beside=beside)
        return made.number

    return sent_once(request, work, user_id=user.pk, at=at)


def _begun(request: HttpRequest, user: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the form at first, and what the page says of a draft.

    Words that come from the first page begin another report: one that was left
    half-way stays kept beside it until it is gone on with or discarded.
    """
    what, typed = request.GET.get("what", "")[:250], drafts.typed(user, drafts.REPORT)
    if typed and what not in ("", typed.get("what", "")):
        return {"what": what}, {"other": _first_words(typed)}
    return {"what": what, **typed}, {"kept": typed.get("said", "")}


def _first_words(typed: dict[str, Any]) -> str:
    return str(typed.get("what") or typed.get("more") or "")


def _report(
    request: HttpRequest,
    form: ReportForm,
    status: int = 200,
    *,
    kept: str = "",
    other: str = "",
) -> HttpResponse:
    """The questions, with what is known about the first answer."""
    user: Any = request.user
    typed = str(form["what"].value() or "")
    context = {
        "form": form,
        "typed": typed,
        "answers": knowledge.answers(user, typed),
        "known": outages.fitting(user, typed, at=timezone.now()),
        "draft": drafts.REPORT,
        "kept": kept,
        "other": other,
    }
    return render(request, "itsm/portal/report.html", context, status=status)
