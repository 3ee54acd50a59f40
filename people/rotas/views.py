"""The pages of rotas in settings: the list, one rota, its form."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.templating import render
from people import history, policy
from people.models import Rota
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.rotas import actions, board, forms, queries, specs
from people.rotas.forms import LayerForms, RotaForm


@page("rota.see")
def listing(request: HttpRequest) -> HttpResponse:
    """All rotas with who is on duty now; what is missing comes first."""
    user, at = who(request), timezone.now()
    lines = queries.in_use(user, at)
    rest = queries.rotas(user).filter(is_active=False).order_by("name")
    context = {
        "tabs": tabs(user, "rotas"),
        "lines": lines,
        "gaps": [(line, gap) for line in lines for gap in line.gaps],
        "retired": list(rest),
        "may_add": bool(user.led_team_ids) or policy.allows(user, "rota.change"),
    }
    return render(request, "settings/rotas.html", context)


@page("rota.see")
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One rota: who is on duty, the weeks ahead, what was changed about them."""
    return rota_page(request, find(request, slug))


def rota_page(request: HttpRequest, rota: Rota, *, secret: str = "") -> HttpResponse:
    """The page; `secret` is the address of its calendar, shown once."""
    user, at = who(request), timezone.now()
    may = actions.may_change(rota, user)
    context = {
        "tabs": tabs(user, "rotas"),
        "rota": rota,
        "may": may,
        **board.of(rota, _monday(request, at), at, user),
        "link": user.duty_links.filter(rota=rota).first(),
        "secret": secret,
        "history": history.of(rota) if may else [],
    }
    response = render(request, "settings/rota.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _monday(request: HttpRequest, at: datetime) -> datetime:
    """The week that was asked for, else the one it is."""
    try:
        day = parse_date(request.GET.get("from", ""))
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 2200:
        return queries.monday_of(at)
    noon = datetime(day.year, day.month, day.day, 12)
    return queries.monday_of(timezone.make_aware(noon))


def find(request: HttpRequest, slug: str) -> Rota:
    """The rota of this address, as far as it is this person's to see."""
    rows = queries.rotas(who(request)).select_related("team")
    rota = rows.filter(slug=slug).first()
    if rota is None:
        raise Http404(_("There is no such rota."))
    return rota


@page("rota.see")
def new(request: HttpRequest) -> HttpResponse:
    """A rota more."""
    user = who(request)
    if not (user.led_team_ids or policy.allows(user, "rota.change")):
        raise Forbidden(_("Whoever leads a team makes its rota."))
    return _edit(request, None, actions.create_rota)


@page("rota.see")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """A rota's fields and layers."""
    rota = find(request, slug)
    if not actions.may_change(rota, who(request)):
        raise Forbidden(_("Whoever leads the team changes its rota."))

    def change(**given: Any) -> Rota:
        return actions.change_rota(rota=rota, **given)

    return _edit(request, rota, change)


def _edit(
    request: HttpRequest, rota: Rota | None, save: Callable[..., Rota]
) -> HttpResponse:
    user, at = who(request), timezone.now()
    known = actions.newest_layers(rota) if rota else []
    monday = queries.monday_of(at).date()
    first = forms.layers_initial([specs.of_row(row) for row in known], monday)
    form = RotaForm(request.POST or None, row=rota, by=user)
    layers = LayerForms(request.POST or None, initial=first, prefix="layers")
    status = 200
    if request.method == "POST":
        if form.is_valid() and layers.is_valid():
            given = [spec for one in layers.forms if (spec := one.spec())]
            try:
                row = save(by=user, at=at, layers=given, **form.given())
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(f"/settings/rotas/{row.slug}/")
        status = 422
    context = {
        "tabs": tabs(user, "rotas"),
        "rota": rota,
        "form": form,
        "layers": layers,
        "words": queries.position_words,
    }
    return render(request, "settings/rota_form.html", context, status=status)
