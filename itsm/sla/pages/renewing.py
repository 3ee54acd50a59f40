"""One click on a page that lists what is owed: the next word, by a time."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Refused
from itsm.sla.renewing import renew_update
from itsm.tickets.pages import posted
from itsm.tickets.queries import get_ticket
from people.pages.doors import page, who


@require_POST
@page("ticket.queue")
def renew(request: HttpRequest, number: str) -> HttpResponse:
    """Promise it, and back to My work, where it can be undone while there is time."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number)
    try:
        until = posted.next_word(request.POST)
        renew_update(ticket=ticket, by=user, at=at, until=until or at)
    except Refused as refused:
        messages.error(request, refused.detail)
        return HttpResponseRedirect("/")
    if "undo" in request.POST:
        messages.success(request, _("%(n)s is due as before.") % {"n": ticket.number})
        return HttpResponseRedirect("/")
    told = {"renewed": ticket.number, "former": request.POST.get("former", "")}
    return HttpResponseRedirect(f"/?{urlencode(told)}")
