"""Rotas as calendars: to download, and at secret addresses."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people.models import Rota
from people.pages.doors import page, who
from people.rotas import absence_actions, feeds
from people.rotas.views import find, rota_page


@page("rota.see")
def download(request: HttpRequest, slug: str) -> HttpResponse:
    """The rota as an iCalendar file."""
    rota = find(request, slug)
    return _ical(feeds.of_rota(rota, timezone.now()), f"{rota.slug}.ics")


@page("rota.see")
def download_mine(request: HttpRequest) -> HttpResponse:
    """One's own shifts as an iCalendar file."""
    return _ical(feeds.of_person(who(request), timezone.now()), "duty.ics")


def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What calendar programs read; the secret in the address is all they have."""
    found = feeds.by_secret(token, timezone.now())
    if found is None:
        raise Http404(_("This calendar is not there any more."))
    return _ical(found, "duty.ics")


def _ical(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=feeds.TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@page("rota.see")
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Make, renew or revoke one's own secret address of a rota."""
    rota = find(request, slug)
    secret = renew_link(request, rota)
    if not secret:
        return Redirect(f"/settings/rotas/{rota.slug}/#calendar")
    return rota_page(request, rota, secret=feed_url(request, secret))


def renew_link(request: HttpRequest, rota: Rota | None) -> str:
    """A new secret; empty where it was only revoked."""
    user, at = who(request), timezone.now()
    if "revoke" not in request.POST:
        return absence_actions.make_link(user=user, by=user, at=at, rota=rota)
    for row in user.duty_links.filter(rota=rota):
        absence_actions.revoke_link(link=row, by=user, at=at)
    messages.success(request, _("That address works no longer."))
    return ""


def feed_url(request: HttpRequest, secret: str) -> str:
    """The address a calendar program is given."""
    return request.build_absolute_uri(f"/duty/{secret}.ics")
