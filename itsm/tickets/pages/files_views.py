"""`/files/<id>/<name>`: a ticket's file, for those who see the ticket."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.tickets.models import Attachment, Ticket
from itsm.tickets.serving import may_read, serve
from people.pages.doors import page


def url(kept: Attachment) -> str:
    """Where a page links to a file."""
    return reverse("file", args=[kept.pk, kept.name])


@require_safe
@page()
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """The file; 410 and a sentence where it was removed, 404 where it is not theirs."""
    user: Any = request.user
    kept = Attachment.objects.filter(pk=pk).first()
    sees = kept and Ticket.objects.visible_to(user).filter(pk=kept.ticket_id).exists()
    if kept is None or not sees or not may_read(user, kept):
        raise Http404(_("There is no such file for you."))
    if kept.redacted_at is not None:
        return render(request, "itsm/tickets/file_gone.html", status=410)
    return serve(kept)
