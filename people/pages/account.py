"""One's own account: name, time zone, keys, tokens."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core import slots
from core.errors import Invalid
from core.templating import render
from people import account_actions, actions, sessions
from people.delivery.queries import own_pause
from people.forms import ProfileForm, TokenForm
from people.keys import KEYS
from people.models import ApiToken
from people.pages.doors import page
from people.rotas import absence_views, feed_views
from people.rotas.forms import AbsenceForm
from people.second_step import kinds_of
from people.sign_on import is_linked


@page()
def account(request: HttpRequest) -> HttpResponse:
    """See and change; `what` names the form that was sent."""
    doing = {"profile": _profile, "keys": _keys, "token": _token}
    if request.user.is_staff:
        doing |= {"absence": _absence, "duty-link": _duty_link}
    if request.method == "POST" and request.POST.get("what") in doing:
        return doing[request.POST["what"]](request)
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    user: Any = request.user
    first = {name: getattr(user, name) for name in ProfileForm.base_fields}
    context = {
        "profile": ProfileForm(initial=first),
        "token": TokenForm(),
        "keys": _keyboard((user.keys or {}).get("map", {})),
        "keys_off": bool((user.keys or {}).get("off")),
        "tokens": list(
            ApiToken.objects.filter(user=user, revoked_at=None).order_by("-pk")
        ),
        "devices": _devices(request),
        "second_step": kinds_of(user),
        "is_linked": is_linked(user),
        "duty": absence_views.own(user) if user.is_staff else None,
        "absence": AbsenceForm(),
        "mail_paused": own_pause(user),
        "panels": slots.filled("account", user),
        "frame": "base.html" if user.is_staff else "portal_base.html",
        **more,
    }
    response = render(request, "people/account.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _devices(request: HttpRequest) -> list[dict[str, Any]]:
    """Where one is signed in, this browser first."""
    user: Any = request.user
    here = request.session.session_key
    found = [
        {
            "pk": row.pk,
            "browser": sessions.device(row.agent)[0] or _("A browser"),
            "system": sessions.device(row.agent)[1],
            "ip": row.ip,
            "seen_at": row.seen_at,
            "opened_at": row.opened_at,
            "here": row.session_key == here,
        }
        for row in sessions.of(user)
    ]
    return sorted(found, key=lambda device: not device["here"])


def _profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            account_actions.change_account(
                user=user, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect("/account/")
    return _page(request, 422, profile=form)


def _absence(request: HttpRequest) -> HttpResponse:
    again = absence_views.add_own(request)
    if again is not None:
        return _page(request, 422, absence=again)
    messages.success(request, _("Saved."))
    return Redirect("/account/#duty")


def _duty_link(request: HttpRequest) -> HttpResponse:
    secret = feed_views.renew_link(request, None)
    if not secret:
        return Redirect("/account/#duty")
    return _page(request, duty_secret=feed_views.feed_url(request, secret))


def _keyboard(chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """What can have a key, with the one it has."""
    return [
        {"name": name, "label": words, "key": chosen.get(name, key), "usual": key}
        for name, (words, key) in KEYS.items()
    ]


def _keys(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    typed = {name: request.POST.get(f"key-{name}", "") for name in KEYS}
    chosen = {
        name: key
        for name, (_words, usual) in KEYS.items()
        if (key := typed[name].strip()) and key != usual
    }
    wish = {"off": "off" in request.POST, "map": chosen}
    try:
        account_actions.change_account(user=user, by=user, at=timezone.now(), keys=wish)
    except Invalid as no:
        more = {"keys_off": wish["off"], "keys_problem": no.detail}
        return _page(request, 422, keys=_keyboard(typed), **more)
    messages.success(request, _("Saved."))
    return Redirect("/account/#keys")


def _token(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            _row, secret = actions.issue_token(
                user=user, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            return _page(request, secret=secret)
    return _page(request, 422, token=form)
