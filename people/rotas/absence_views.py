"""Absences in settings, and one's own duty and absences in the account."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Invalid
from core.templating import render
from people import policy
from people.models import Absence, Membership, Rota, User
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.rotas import absence_actions, queries
from people.rotas.forms import AbsenceForm, OthersAbsenceForm

SHOWN, FAR = 6, timedelta(days=62)


@page("rota.see")
def listing(request: HttpRequest) -> HttpResponse:
    """Who is away now and later, and for whoever leads a form for somebody else."""
    user, at = who(request), timezone.now()
    may_all = policy.allows(user, "absence.change")
    form = OthersAbsenceForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if _add(form, user):
            messages.success(request, _("Saved."))
            return Redirect("/settings/absences/")
        status = 422
    rows = list(queries.absences_ahead(at))
    context = {
        "tabs": tabs(user, "absences"),
        "form": form,
        "rows": [(row, row.starts_at <= at) for row in rows],
        "mine": None if may_all else led(user),
        "may_add": may_all or bool(user.led_team_ids),
    }
    return render(request, "settings/absences.html", context, status=status)


def _add(form: Any, by: User) -> bool:
    """Enter the absence that was typed; whether it was possible."""
    if not form.is_valid():
        return False
    given = dict(form.cleaned_data)
    user = given.pop("user", None) or by
    try:
        absence_actions.add_absence(user=user, by=by, at=timezone.now(), **given)
    except Invalid as no:
        form.add_refusal(no.errors)
        return False
    return True


def led(user: User) -> set[int]:
    """Whose absences this person may change: their own, and of those they lead."""
    rows = Membership.objects.filter(team_id__in=user.led_team_ids)
    return {user.pk, *rows.values_list("user_id", flat=True)}


@page("rota.see")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change when, who covers, the note."""
    user, at = who(request), timezone.now()
    row = _absence(pk)
    policy.require(user, "absence.change", absence_actions.relations(row.user, user))
    first = {name: getattr(row, name) for name in AbsenceForm.base_fields}
    form = AbsenceForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                absence_actions.change_absence(
                    absence=row, by=user, at=at, **form.cleaned_data
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(_home(row, user))
        status = 422
    context = {"tabs": tabs(user, "absences"), "form": form, "row": row}
    context["home"] = _home(row, user)
    return render(request, "settings/absence.html", context, status=status)


@require_POST
@page("rota.see")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Back again, or not away after all."""
    row, user = _absence(pk), who(request)
    absence_actions.end_absence(absence=row, by=user, at=timezone.now())
    messages.success(request, _("The absence is over."))
    return Redirect(_home(row, user))


def _absence(pk: int) -> Absence:
    row = Absence.objects.select_related("user", "cover").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such absence."))
    return row


def _home(row: Absence, user: User) -> str:
    return "/account/#duty" if row.user_id == user.pk else "/settings/absences/"


def own(user: User) -> dict[str, Any]:
    """What the account shows of one's duty: shifts, proposals, absences, the link."""
    at = timezone.now()
    found = queries.shifts_of(user, at, at + FAR)
    names = queries.names_in(shift for _rota, shift in found)
    mine = Absence.objects.filter(user=user, ends_at__gt=at).select_related("cover")
    used = Rota.objects.filter(is_active=True)
    return {
        "shifts": [(r, queries.bar(shift, names)) for r, shift in found[:SHOWN]],
        "more": max(len(found) - SHOWN, 0),
        "swaps": queries.swaps(used, at, of=user),
        "absences": queries.with_spans(mine.order_by("starts_at")),
        "link": user.duty_links.filter(rota=None).first(),
        "now": at,
    }


def add_own(request: HttpRequest) -> AbsenceForm | None:
    """Enter one's own absence; the form again where it was not possible."""
    form = AbsenceForm(request.POST)
    return None if _add(form, who(request)) else form
