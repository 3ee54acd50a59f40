"""What an open ticket page says and asks about those who look at it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Invalid
from core.templating import render
from itsm.tickets.queries import get_ticket
from itsm.tickets.together import news, presence, words
from people.pages.doors import page as signed_in

HERE = "itsm/tickets/together_here.html"
DOINGS = frozenset({"", presence.LEFT, *presence.DOINGS})


@require_http_methods(["GET", "POST"])
@signed_in("ticket.queue")
def here(request: HttpRequest, number: str) -> HttpResponse:
    """POST says that this tab is here, types or leaves; both answer who else is."""
    user: Any = request.user
    at = timezone.now()
    ticket = get_ticket(user, number)
    if request.method == "POST":
        tab, doing = request.POST.get("tab", ""), request.POST.get("doing", "")
        if not presence.TAB.fullmatch(tab) or doing not in DOINGS:
            raise Invalid({"doing": [_("Say which tab this is and what it does.")]})
        presence.say(ticket, user, tab=tab, doing=doing, at=at)
    found = presence.others(ticket, user, at=at)
    told = {"others": found, "said": words.here(found)}
    response = render(request, HERE, told)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in("ticket.queue")
def noted(request: HttpRequest, pk: int) -> HttpResponse:
    """What they were told about a hand-over is read."""
    user: Any = request.user
    if not news.noted(user, pk):
        raise Http404(_("There is nothing here for you."))
    return HttpResponseRedirect("/")
