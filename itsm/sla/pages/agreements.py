"""Agreements among the settings: the list, one, a new one, and trying out."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Forbidden, Invalid, Refused
from core.templating import render
from itsm.sla import actions, queries, words
from itsm.sla.forms import AgreementForm, TryForm, steps_of
from itsm.sla.models import Agreement
from itsm.sla.policy import owns_a_service, relations
from itsm.sla.trying import what_holds
from people import history
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.policy import Scope, allows

LIST = "/settings/agreements/"


@require_safe
@page("agreement.see")
def listing(request: HttpRequest) -> HttpResponse:
    """All of them: for whom, the targets at a glance, accepted or not, until when."""
    user = who(request)
    rows = queries.agreements(user)
    context = {
        "tabs": tabs(user, "agreements"),
        "lines": queries.lines(rows, timezone.localdate()),
        "may_add": _may_add(request),
    }
    return render(request, "itsm/sla/agreements.html", context)


@page("agreement.see")
def new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    if not _may_add(request):
        raise Forbidden(_("Agreements are made by service owners and administrators."))
    return _form(request, None)


@page("agreement.see")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """One: to change for those who may, to read for the others."""
    agreement = _get(request, key)
    if not _may_change(request, agreement):
        if request.method == "POST":
            raise Forbidden(_("Its service's owner and administrators change this."))
        return _shown(request, agreement)
    return _form(request, agreement)


def _form(request: HttpRequest, row: Agreement | None) -> HttpResponse:
    """Show it, take it, or show it again with what was wrong or one step more."""
    if request.method != "POST":
        return _page(request, AgreementForm(row=row), steps_of(row), row)
    wants_more = "more" in request.POST
    form = AgreementForm(request.POST, row=row)
    steps = steps_of(row, request.POST, more=wants_more)
    if wants_more:
        form.errors.clear()
        for one in steps.forms:
            one.errors.clear()
        return _page(request, form, steps, row)
    if form.is_valid() & steps.is_valid():
        try:
            saved = _save(request, row, form, steps)
        except Invalid as no:
            form.add_refusal(no.errors)
            said = no.errors.get("escalations", ())
            return _page(request, form, steps, row, problem=" ".join(said), status=422)
        messages.success(request, _("Saved."))
        return Redirect(f"{LIST}{saved.slug}/")
    return _page(request, form, steps, row, status=422)


def _save(
    request: HttpRequest, row: Agreement | None, form: AgreementForm, steps: Any
) -> Agreement:
    by, at = who(request), timezone.now()
    given = {**form.given(), "escalations": steps.given()}
    if row is None:
        return actions.create_agreement(by=by, at=at, **given)
    return actions.change_agreement(agreement=row, by=by, at=at, **given)


def _page(
    request: HttpRequest,
    form: AgreementForm,
    steps: Any,
    row: Agreement | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "tabs": tabs(who(request), "agreements"),
        "form": form,
        "steps": steps,
        "row": row,
        "problem": problem,
        **(_about(request, row) if row else {}),
    }
    return render(request, "itsm/sla/agreement_form.html", context, status=status)


def _about(request: HttpRequest, row: Agreement) -> dict[str, Any]:
    user = who(request)
    is_open = row.accepted_at is None and row.organisation is not None
    head, body = words.table(row)
    return {
        "standing": words.standing(row, timezone.localdate()),
        "about": words.about(row),
        "validity": words.validity(row),
        "head": head,
        "body": body,
        "sentences": words.steps(row),
        "note": queries.note_of(row),
        "may_accept": is_open
        and row.kind == Agreement.Kind.CUSTOMER
        and allows(user, "agreement.accept", relations(user, row)),
        "today": timezone.localdate(),
        "history": history.of(row),
    }


def _shown(request: HttpRequest, row: Agreement) -> HttpResponse:
    context = {
        "tabs": tabs(who(request), "agreements"),
        "row": row,
        **_about(request, row),
    }
    return render(request, "itsm/sla/agreement.html", context)


@require_POST
@page("agreement.see")
def accept(request: HttpRequest, key: str) -> HttpResponse:
    """An administrator says that the customer accepted, and who."""
    agreement = _get(request, key)
    note = request.POST.get("note", "").replace("\x00", "")
    try:
        actions.accept_agreement(
            agreement=agreement, by=who(request), at=timezone.now(), note=note
        )
    except Forbidden:
        raise
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, _("It is accepted."))
    return Redirect(f"{LIST}{agreement.slug}/")


@require_POST
@page("agreement.see")
def end(request: HttpRequest, key: str) -> HttpResponse:
    """It ends today."""
    agreement = _get(request, key)
    try:
        actions.end_agreement(agreement=agreement, by=who(request), at=timezone.now())
    except Forbidden:
        raise
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, _("Today is its last day."))
    return Redirect(f"{LIST}{agreement.slug}/")


@require_safe
@page("agreement.see")
def try_out(request: HttpRequest) -> HttpResponse:
    """What would hold for such a ticket, and why."""
    asked = "priority" in request.GET
    form = TryForm(request.GET if asked else None)
    context: dict[str, Any] = {
        "tabs": tabs(who(request), "agreements"),
        "form": form,
        "lines": None,
        "why": [],
    }
    if asked and form.is_valid():
        given = dict(form.cleaned_data)
        at = _at(given.pop("on"))
        found = what_holds(**given, at=at)
        context |= {"lines": words.tried(found), "why": found.why}
    return render(request, "itsm/sla/try.html", context)


def _at(day: Any) -> datetime:
    """Noon of a day, which is that day in most calendars; now without one."""
    if day is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))


def _get(request: HttpRequest, key: str) -> Agreement:
    """The one getter."""
    found = queries.agreements(who(request)).filter(slug=key).first()
    if found is None:
        raise Http404(_("There is no such agreement for you."))
    return found


def _may_add(request: HttpRequest) -> bool:
    """Administrators, and whoever owns a service: for that one."""
    user = who(request)
    owned = frozenset({Scope.OWNED})
    return allows(user, "agreement.change") or (
        allows(user, "agreement.change", owned) and owns_a_service(user)
    )


def _may_change(request: HttpRequest, agreement: Agreement) -> bool:
    user = who(request)
    return allows(user, "agreement.change", relations(user, agreement))
