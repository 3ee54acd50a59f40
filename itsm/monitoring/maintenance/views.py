"""Maintenance: what runs, what is announced, what was; one, and a new one."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, Refused
from core.templating import render
from itsm.monitoring.alerts import queries as alerts
from itsm.monitoring.alerts.lines import lines_for
from itsm.monitoring.maintenance import actions, queries
from itsm.monitoring.maintenance.forms import MaintenanceForm
from itsm.monitoring.models import Alert, Maintenance
from people import history
from people.pages.doors import page, who
from people.policy import allows, require

SEE = "alert.see"
LIST = "/maintenance/"
FORM = "itsm/monitoring/maintenance_form.html"
MOST = 50
USUAL = timedelta(hours=2)


@require_safe
@page(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    """Running ones on top, then those to come, then the last fifty. Nine queries."""
    user, at = who(request), timezone.now()
    rows = queries.visible_to(user)
    past = queries.over(rows, at)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        past = past.filter(pk__lt=int(before))
    found = queries.windows(past[: MOST + 1], at)
    context = {
        "running": queries.windows(queries.running(rows, at)[:MOST], at),
        "coming": queries.windows(queries.coming(rows, at)[:MOST], at),
        "over": found[:MOST],
        "next": found[MOST - 1].row.pk if len(found) > MOST else None,
        "is_first": not before,
        "may": allows(user, actions.VERB),
    }
    return render(request, "itsm/monitoring/maintenance.html", context)


@page(SEE)
def new(request: HttpRequest) -> HttpResponse:
    """Announce one; a service in the address is chosen already."""
    user, at = who(request), timezone.now()
    require(user, actions.VERB)
    first = {
        "services": request.GET.getlist("service"),
        "starts_at": at,
        "ends_at": at + USUAL,
    }
    form, status = MaintenanceForm(request.POST or None, initial=first), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = actions.announce(by=user, at=at, **form.given())
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("It is announced."))
                return Redirect(f"{LIST}{row.pk}/")
    context = {"form": form, "row": None}
    return render(
        request, "itsm/monitoring/maintenance_form.html", context, status=status
    )


@page(SEE)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One window: to change while it is not over, and what was recorded in it."""
    user, at = who(request), timezone.now()
    row = _get(request, pk)
    form, status = MaintenanceForm(request.POST or None, row=row), 200
    if request.method == "POST":
        require(user, actions.VERB)
        status = 422
        if form.is_valid():
            try:
                actions.change_maintenance(
                    maintenance=row, by=user, at=at, **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    (window,) = queries.windows(Maintenance.objects.filter(pk=row.pk), at)
    context = {
        "form": form,
        "row": row,
        "window": window,
        "about": queries.words(row, [s.name for s in window.services]),
        "lines": lines_for(user, _recorded(row)),
        "most": MOST,
        "may": allows(user, actions.VERB) and not window.is_over,
        "history": history.of(row),
    }
    return render(
        request, "itsm/monitoring/maintenance_form.html", context, status=status
    )


def _recorded(row: Maintenance) -> list[Alert]:
    rows = Alert.objects.filter(queries.recorded(row)).order_by("-first_at", "-pk")
    return list(rows.select_related(*alerts.RELATED)[:MOST])


@require_POST
@page(SEE)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """It is over now."""
    row = _get(request, pk)
    try:
        actions.end_maintenance(maintenance=row, by=who(request), at=timezone.now())
    except Refused as no:
        if no.status == 403:
            raise
        messages.error(request, no.detail)
    else:
        said = _("It is over. What is still open is decided now.")
        messages.success(request, said)
    return Redirect(f"{LIST}{row.pk}/")


def _get(request: HttpRequest, pk: int) -> Maintenance:
    """The one getter."""
    rows: Any = queries.visible_to(who(request)).select_related("source", "by")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such maintenance."))
    return row
