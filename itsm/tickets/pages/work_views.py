"""The first page of somebody who works here: what to do next."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core import slots
from core.templating import render
from itsm.tickets import work
from itsm.tickets.queries import get_ticket
from itsm.tickets.rail import counts_of
from itsm.tickets.reasons import why_here
from itsm.tickets.rows import Row
from people.pages.doors import page


@page()
def my_work(request: HttpRequest) -> HttpResponse:
    """What to do next; requesters have a page of their own."""
    user: Any = request.user
    if not user.is_staff:
        return Redirect("/portal/")
    at = timezone.now()
    found = work.of(user, at=at)
    first = found.next
    context = {
        "work": found,
        "first": slots.filled("work.first", request, user, at),
        "why": why_here(get_ticket(user, first.number), at=at) if first else None,
        "counted": counts_of(request).all,
        "lists": _lists(found),
    }
    return render(request, "itsm/tickets/work.html", context)


def _lists(found: work.Work) -> list[tuple[str, str, list[Row], bool, str]]:
    """Lists in the order of attention: id, heading, lines, is there more, all."""
    most, mine = work.MOST, "/queue/?view=mine"
    unowned = "/queue/?view=unowned"
    return [
        ("back", _("Back from waiting"), found.back, False, ""),
        ("mine", _("Yours, in order"), found.mine, len(found.mine) == most, mine),
        (
            "unowned",
            _("No owner, in your teams"),
            found.unowned,
            len(found.unowned) == most,
            unowned,
        ),
        (
            "waiting",
            _("Yours, waiting"),
            found.waiting,
            len(found.waiting) == most,
            "",
        ),
    ]
