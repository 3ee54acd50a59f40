"""One's own account: name, time zone, keys, tokens."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.templating import render
from people import actions
from people.forms import ProfileForm, TokenForm
from people.models import ApiToken
from people.pages.doors import page

KEYS = {  # action: (words, key)
    "next": (_("Next in the list"), "j"),
    "previous": (_("Previous in the list"), "k"),
    "select": (_("Select"), "x"),
    "take": (_("Take"), "t"),
    "assign": (_("Assign"), "a"),
    "reply": (_("Reply"), "r"),
    "note": (_("Internal note"), "n"),
    "wait": (_("Wait"), "w"),
    "resolve": (_("Resolve"), "e"),
    "link": (_("Link"), "l"),
    "new": (_("New ticket"), "c"),
    "search": (_("Search"), "/"),
    "help": (_("Show all keys"), "?"),
}


@page()
def account(request: HttpRequest) -> HttpResponse:
    """See and change; `what` names the form that was sent."""
    doing = {"profile": _profile, "keys": _keys, "token": _token}
    if request.method == "POST" and request.POST.get("what") in doing:
        return doing[request.POST["what"]](request)
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    user: Any = request.user
    first = {name: getattr(user, name) for name in ProfileForm.base_fields}
    chosen = (user.keys or {}).get("map", {})
    context = {
        "profile": ProfileForm(initial=first),
        "token": TokenForm(),
        "keys": [
            {"name": name, "label": words, "key": chosen.get(name, key), "usual": key}
            for name, (words, key) in KEYS.items()
        ],
        "keys_off": bool((user.keys or {}).get("off")),
        "tokens": list(
            ApiToken.objects.filter(user=user, revoked_at=None).order_by("-pk")
        ),
        "frame": "base.html" if user.is_staff else "portal_base.html",
        **more,
    }
    response = render(request, "people/account.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            actions.change_account(
                user=user, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            _tell(form, no)
        else:
            messages.success(request, _("Saved."))
            return Redirect("/account/")
    return _page(request, 422, profile=form)


def _keys(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    chosen = {
        name: key
        for name, (_words, usual) in KEYS.items()
        if (key := request.POST.get(f"key-{name}", "").strip()) and key != usual
    }
    wish = {"off": "off" in request.POST, "map": chosen}
    everything = [chosen.get(name, usual) for name, (_words, usual) in KEYS.items()]
    try:
        if len(set(everything)) != len(everything):
            raise Invalid({"keys": [str(_("Two actions have the same key."))]})
        actions.change_account(user=user, by=user, at=timezone.now(), keys=wish)
    except Invalid as no:
        typed = [
            {
                "name": name,
                "label": words,
                "key": request.POST.get(f"key-{name}", ""),
                "usual": usual,
            }
            for name, (words, usual) in KEYS.items()
        ]
        more = {"keys": typed, "keys_off": wish["off"], "keys_problem": no.detail}
        return _page(request, 422, **more)
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
            _tell(form, no)
        else:
            return _page(request, secret=secret)
    return _page(request, 422, token=form)


def _tell(form: Any, no: Invalid) -> None:
    for name, sentences in no.errors.items():
        form.add_error(name if name in form.fields else None, sentences)
