"""What one field of a ticket was, from the log: who changed it, when, and to what."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.templating import render
from itsm.tickets import field_history
from itsm.tickets.pages import ticket_reads
from itsm.tickets.pages.ticket_views import is_htmx
from itsm.tickets.queries import get_ticket
from people.pages.doors import who


@login_required
@require_GET
def history(request: HttpRequest, type_: str, number: str, field: str) -> HttpResponse:
    """The wordings and values of one field, newest first; for those who work here."""
    user = who(request)
    ticket = get_ticket(user, number)
    if not user.is_staff:
        return HttpResponseRedirect(f"/portal/{ticket.number}/")
    label = field_history.label_of(ticket, field)
    if not label:
        raise Http404(_("There is no such field."))
    told: dict[str, Any] = {
        "ticket": ticket,
        "url": ticket_reads.url_of(ticket),
        "label": label,
        "changes": field_history.of(ticket, field, user),
    }
    page = "itsm/tickets/ticket_history.html"
    return render(request, page, told, block="dialog" if is_htmx(request) else None)
