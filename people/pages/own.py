"""Small things of one's own account, each one POST: devices, presence, look, tour."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme as is_ours
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import Invalid
from people import account_actions
from people.models import SignIn
from people.pages.doors import page


def _back(request: HttpRequest, otherwise: str = "/account/") -> HttpResponse:
    """To the page the form stood on, if that is one of ours; a script needs none."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    came = request.headers.get("Referer", "")
    if not is_ours(came, allowed_hosts={request.get_host()}):
        return Redirect(otherwise)
    parts = urlsplit(came)
    path = "/" + parts.path.lstrip("/")
    return Redirect(f"{path}?{parts.query}" if parts.query else path)


@require_POST
@page()
def end_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one of one's browsers out."""
    user: Any = request.user
    row = SignIn.objects.filter(pk=pk, user=user).first()
    if row is None:
        raise Http404(_("There is no such device."))
    account_actions.end_session(sign_in=row, by=user, at=timezone.now())
    messages.success(request, _("That device is signed out."))
    return Redirect("/account/#signing-in")


@require_POST
@page()
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user: Any = request.user
    here = request.session.session_key or ""
    ended = account_actions.end_other_sessions(
        user=user, by=user, at=timezone.now(), here=here
    )
    words = ngettext(
        "%(num)s other device is signed out.",
        "%(num)s other devices are signed out.",
        ended,
    )
    messages.success(request, words % {"num": ended})
    return Redirect("/account/#signing-in")


@require_POST
@page("people.see")
def presence(request: HttpRequest) -> HttpResponse:
    """Whether one may be asked now; `minutes` says for how long that holds."""
    user: Any = request.user
    at = timezone.now()
    minutes = request.POST.get("minutes", "")
    known = minutes.isascii() and minutes.isdigit() and len(minutes) < 6
    until = at + timedelta(minutes=int(minutes)) if known and int(minutes) else None
    try:
        account_actions.set_presence(
            user=user,
            by=user,
            at=at,
            presence=request.POST.get("presence", ""),
            until=until,
        )
    except Invalid as no:
        messages.error(request, no.detail)
    return _back(request)


@require_POST
@page()
def look(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device says."""
    user: Any = request.user
    theme = request.POST.get("theme", "")
    account_actions.change_account(user=user, by=user, at=timezone.now(), theme=theme)
    return _back(request)


@require_POST
@page()
def tour(request: HttpRequest) -> HttpResponse:
    """On to a step of the tour; 5 is its end, 1 begins it in the queue."""
    user: Any = request.user
    step = request.POST.get("step", "")
    number = int(step) if step in {"0", "1", "2", "3", "4", "5"} else 5
    account_actions.set_tour(user=user, by=user, step=number)
    if number == 1 and user.is_staff:
        return Redirect("/queue/")
    return _back(request, "/")
