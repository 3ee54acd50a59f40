"""Asking in the portal: a report in three questions, an order from the catalogue."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, Refused
from core.once import sent_once
from core.templating import render
from itsm.knowledge import queries as knowledge
from itsm.portal import actions, drafts, outages, queries, words
from itsm.portal.forms import OrderForm, ReportForm
from itsm.requests.models import Offering
from itsm.tickets.actions import approvals
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


@page()
def catalogue(request: HttpRequest) -> HttpResponse:
    """Everything that can be ordered."""
    found = queries.offerings()
    wanted = request.GET.get("q", "").strip()
    shown = [o for o in found if wanted.lower() in f"{o.name} {o.description}".lower()]
    context = {"offerings": shown, "total": len(found), "wanted": wanted}
    return render(request, "itsm/portal/catalogue.html", context)


@page()
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """One thing of the catalogue: what you get, who has to say yes, and the order."""
    user: Any = request.user
    offering = get_object_or_404(
        Offering.objects.select_related("service__owner", "approver"),
        slug=slug,
        is_active=True,
    )
    draft = drafts.of_order(slug)
    kept = drafts.typed(user, draft)
    form = OrderForm(request.POST or None, initial=kept)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                number = _order(request, user, offering, form)
            except Refused as no:
                form.add_error(None, no.detail)
            else:
                messages.success(request, _("Ordered: %(n)s.") % {"n": number})
                return Redirect(reverse("portal-ticket", args=[number]))
        status = 422
    context = {
        "offering": offering,
        "within": words.within(offering.promise),
        "form": form,
        "draft": draft,
        "kept": kept.get("said", ""),
        "yes": _who_says_yes(offering, user),
    }
    return render(request, "itsm/portal/order.html", context, status=status)


def _order(request: HttpRequest, user: Any, offering: Offering, form: OrderForm) -> str:
    """The number of what was ordered, now or when the same form came before."""
    at, files = timezone.now(), sent_files(request)

    def work() -> str:
        more = form.cleaned_data["more"]
        made = actions.order(
            offering=offering, by=user, at=at, description=more, files=files
        )
        return made.number

    return sent_once(request, work, user_id=user.pk, at=at)


def _who_says_yes(offering: Offering, user: Any) -> str:
    """Whose approval an order needs, in words; empty where it needs none."""
    if not offering.approval:
        return ""
    who = approvals.who_decides(
        offering.approval,
        requester=user,
        service=offering.service,
        named=offering.approver,
    )
    if who is None:
        return approvals.stands_in(offering.approval)
    if who == user.manager:
        return _("%(name)s, your manager, is asked first.") % {"name": who.name}
    return _("%(name)s is asked first.") % {"name": who.name}
