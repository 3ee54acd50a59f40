"""A customer's agreements, for whoever speaks for the customer: read and accept."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused, WrongState
from core.templating import render
from itsm.sla import actions, queries, words
from itsm.sla.policy import relations
from people.pages.doors import page, who
from people.policy import Scope


@require_safe
@page()
def mine(request: HttpRequest) -> HttpResponse:
    """What is promised to this person's organisation."""
    user, today = who(request), timezone.localdate()
    rows = [
        row
        for row in queries.agreements(user)
        if Scope.NAMED in relations(user, row) and row.is_active
    ]
    cards = [
        {"line": line, "table": words.table(line.row)}
        for line in queries.lines(rows, today)
    ]
    return render(request, "itsm/sla/portal.html", {"cards": cards})


@require_POST
@page()
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    """The customer's yes; only this counts, a link from a mail does not."""
    user = who(request)
    agreement = queries.agreements(user).filter(slug=slug).first()
    if agreement is None:
        raise Http404(_("There is no such agreement for you."))
    try:
        actions.accept_agreement(agreement=agreement, by=user, at=timezone.now())
    except WrongState as no:
        messages.info(request, no.detail)
    except Refused:
        raise
    else:
        messages.success(request, _("Thank you. It is accepted."))
    return Redirect(reverse("portal-agreements"))
