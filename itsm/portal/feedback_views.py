"""Feedback as the requester gives it: one tap in the portal, or by a mail's link."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.templating import render
from itsm.feedback import actions, forms, queries
from itsm.tickets.queries import get_ticket
from people.pages.doors import page


@require_POST
@page()
def give(request: HttpRequest, number: str) -> HttpResponse:
    """One tap on a face; what is added afterwards comes the same way."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    try:
        given = forms.given(request.POST)
        actions.give(ticket=ticket, by=user, at=timezone.now(), **given)
    except Refused as no:
        messages.error(request, no.detail)
    else:
        if "words" in request.POST:
            messages.success(request, _("Thank you. A person reads it and answers."))
    return Redirect(reverse("portal-ticket", args=[ticket.number]) + "#feedback")


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same without signing in, for whoever has the signed link.

    Opening it records nothing: mail programs open links by themselves.
    """
    asked = queries.ask_of(token)
    problem, done = None, False
    if request.method == "POST":
        try:
            given = forms.given(request.POST)
            actions.give_by_link(ask=asked, at=timezone.now(), **given)
            done = True
        except Refused as no:
            problem = no
    context = {
        "ticket": asked.ticket,
        "piece": queries.of_ticket(asked.ticket),
        "token": token,
        "problem": problem,
        "done": done,
        "faces": forms.faces(),
        "efforts": forms.efforts(),
        "chosen": request.GET.get("s", ""),
    }
    status = problem.status if problem else 200
    return render(request, "itsm/portal/feedback.html", context, status=status)
