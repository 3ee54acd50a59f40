"""Saying who is on duty instead: overrides, and swaps of turns."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Forbidden, Invalid
from core.templating import render
from people.models import Rota, RotaOverride, RotaSwap, User
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.rotas import actions, queries, reading, swap_actions
from people.rotas.forms import OverrideForm, SwapForm
from people.rotas.views import find


@page("rota.see")
def override(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody instead, for a while."""
    user, at, rota = who(request), timezone.now(), find(request, slug)
    if not actions.may_change(rota, user):
        raise Forbidden(_("Whoever leads the team says who is on duty instead."))
    positions = [row.position for row in actions.newest_layers(rota)]
    form = OverrideForm(positions, request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.override(rota=rota, by=user, at=at, **form.cleaned_data)
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(f"/settings/rotas/{rota.slug}/")
        status = 422
    context = {"tabs": tabs(user, "rotas"), "rota": rota, "form": form}
    context["people"] = _suggested(rota)
    return render(request, "settings/rota_override.html", context, status=status)


def _suggested(rota: Rota) -> list[User]:
    """Who most likely steps in: the team, and whoever is on the rota."""
    ids = {pk for row in actions.newest_layers(rota) for pk in row.people}
    team = User.objects.filter(memberships__team=rota.team_id) if rota.team_id else ()
    ids |= {user.pk for user in team}
    return list(User.objects.people().filter(pk__in=ids).order_by("name"))


@require_POST
@page("rota.see")
def end_override(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an override back."""
    row = RotaOverride.objects.select_related("rota").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such override."))
    actions.remove_override(override=row, by=who(request), at=timezone.now())
    messages.success(request, _("It goes on by the order of turns."))
    return Redirect(f"/settings/rotas/{row.rota.slug}/")


@page("rota.see")
def swap(request: HttpRequest, slug: str) -> HttpResponse:
    """Propose a swap of two turns; whoever leads does it at once."""
    user, at, rota = who(request), timezone.now(), find(request, slug)
    may = actions.may_change(rota, user)
    span = (at, at + queries.AHEAD)
    rules = reading.plans(Rota.objects.filter(pk=rota.pk), *span)
    turns = queries.turns_ahead(rules[0][1], at) if rules else []
    names = queries.Names.of(turn.holder for turn in turns)
    form = SwapForm(turns, names.people, None if may else user.pk, request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            one, other = form.turn("one"), form.turn("other")
            try:
                found = swap_actions.propose_swap(
                    rota=rota, by=user, at=at, one=one, other=other
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _swapped(found))
                return Redirect(f"/settings/rotas/{rota.slug}/")
        status = 422
    context = {"tabs": tabs(user, "rotas"), "rota": rota, "form": form, "may": may}
    context["has_turn"] = any(turn.holder == user.pk for turn in turns)
    return render(request, "settings/rota_swap.html", context, status=status)


def _swapped(row: RotaSwap) -> str:
    if row.state == RotaSwap.State.AGREED:
        return _("Swapped.")
    words = {"name": row.other_user.name}
    return _("%(name)s is asked; until then everything stays as it is.") % words


ANSWERS: dict[str, Callable[..., RotaSwap]] = {
    "accept": swap_actions.accept_swap,
    "decline": swap_actions.decline_swap,
    "withdraw": swap_actions.withdraw_swap,
    "undo": swap_actions.undo_swap,
}


@require_POST
@page("rota.see")
def answer_swap(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept, decline, withdraw or undo a swap."""
    row = RotaSwap.objects.select_related("rota").filter(pk=pk).first()
    if row is None or verb not in ANSWERS:
        raise Http404(_("There is no such swap."))
    ANSWERS[verb](swap=row, by=who(request), at=timezone.now())
    messages.success(request, _("Saved."))
    if request.POST.get("back") == "account":
        return Redirect("/account/#duty")
    return Redirect(f"/settings/rotas/{row.rota.slug}/")
