"""One step of a request: done, or not needed this time."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.templating import render
from itsm.requests.actions import finish_task, waive_task
from itsm.tickets.pages.ticket_reads import url_of
from itsm.tickets.pages.ticket_views import changed, who
from itsm.tickets.queries import get_ticket


@login_required
@require_POST
def task(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """`waive` with a reason, or done."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number, type_="request")
    waives = "waive" in request.POST
    reason = request.POST.get("reason", "")
    try:
        if waives:
            waive_task(ticket=ticket, task=pk, by=user, at=at, reason=reason)
        else:
            finish_task(ticket=ticket, task=pk, by=user, at=at)
    except Refused as refused:
        told = {"ticket": ticket, "refused": refused, "url": url_of(ticket)}
        told["typed"] = [("reason", reason)] if reason.strip() else []
        page = "itsm/tickets/ticket_refused.html"
        return render(request, page, told, status=refused.status)
    return changed(request, ticket, _("The step is waived.") if waives else _("Done."))
