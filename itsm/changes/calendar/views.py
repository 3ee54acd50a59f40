"""The change calendar's pages, and its feed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.templating import render
from itsm.changes.calendar import feed, link_actions, offers
from itsm.changes.calendar.board import Board, meetings
from itsm.changes.calendar.content import between, public_holidays
from itsm.changes.calendar.frame import MONTH, WEEKLY, Wish, frame
from itsm.changes.calendar.heads import head
from itsm.tickets.queries import get_ticket
from people.models import User
from people.pages.doors import page, who

SEE = "freeze.see"
TEMPLATE = "itsm/changes/calendar.html"
NEXT = 10  # collisions told in full


@require_safe
@page(SEE)
def calendar(request: HttpRequest) -> HttpResponse:
    """The month, a week or the list."""
    return _calendar(request, Wish.read(request.GET.dict()))


def _calendar(request: HttpRequest, wish: Wish, address: str = "") -> HttpResponse:
    """The page; `address` is that of its feed, shown once. Twelve queries."""
    user, at = who(request), timezone.now()
    today = timezone.localdate(at)
    shown = frame(wish.view, wish.day or today)
    found = between(user, wish, *shown.span(timezone.get_current_timezone()))
    holidays = public_holidays(shown.first, shown.last)
    board = Board(found, shown, wish, holidays, today)
    met = meetings(found, at)
    context: dict[str, Any] = {
        **head(user, wish, shown, today),
        "count": board.count,
        "weeks": board.weeks() if wish.view == MONTH else (),
        "lanes": board.lanes() if wish.view == WEEKLY else (),
        "days": board.days() if wish.view not in (MONTH, WEEKLY) else (),
        "board": board,
        "met": met[:NEXT],
        "all_met": len(met),
        "secret": address,
    }
    response = render(request, TEMPLATE, context)
    if address:
        response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@page(SEE)
def link(request: HttpRequest) -> HttpResponse:
    """Make, renew or revoke one's own secret address."""
    user, at = who(request), timezone.now()
    wish = Wish.read(request.POST.dict())
    if "revoke" in request.POST:
        link_actions.revoke_link(user=user, by=user, at=at)
        messages.success(request, _("That address works no longer."))
        return Redirect(wish.url() + "#subscribe")
    secret = link_actions.make_link(user=user, by=user, at=at)
    base = request.build_absolute_uri("/")
    return _calendar(request, wish, feed.address(base, secret, wish))


@require_safe
def ical(request: HttpRequest, token: str) -> HttpResponse:
    """What calendar programs read; the secret in the address is all they have."""
    content = feed.by_secret(token, request.GET.dict(), timezone.now())
    if content is None:
        raise Http404(_("This calendar is not there any more."))
    response = HttpResponse(content, content_type=feed.TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="changes.ics"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
@page()
def in_the_way(request: HttpRequest, number: str) -> HttpResponse:
    """What one change collides with, beside its ticket or as a page."""
    user: User = who(request)
    ticket = get_ticket(user, number)
    if ticket.type != "change" or not user.is_staff:
        raise Http404(_("There is no such change."))
    offer = offers.of_ticket(ticket, user, timezone.now())
    block = "found" if request.headers.get("HX-Request") else None
    context = {"ticket": ticket, "offer": offer}
    return render(request, "itsm/changes/in_the_way.html", context, block=block)
