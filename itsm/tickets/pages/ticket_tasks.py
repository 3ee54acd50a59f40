"""A ticket's tasks: adding one, and each of its buttons."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Invalid, Refused
from core.templating import render
from itsm.tickets.checklist import actions
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_reads import url_of
from itsm.tickets.pages.ticket_views import changed, is_htmx
from itsm.tickets.queries import get_ticket
from people.models import User
from people.pages.doors import who

STEPS = {"up": -1, "down": 1}


@login_required
@require_POST
def add(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """One more task: `title`, and perhaps `assignee` (e-mail) and `due_on`."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number, type_=type_)
    try:
        given = {n: v for n, v in _given(request).items() if n in request.POST}
        title = given.pop("title", "")
        actions.add_task(ticket=ticket, by=user, at=at, title=title, **given)
    except Refused as refused:
        return _refused(request, ticket, refused)
    return changed(request, ticket, _("Added."))


@login_required
@require_POST
def change(request: HttpRequest, type_: str, number: str, pk: int) -> HttpResponse:
    """What the button says: waive, reopen, remove, up, down, save; else it is done."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number, type_=type_)
    try:
        said = _do(request, ticket, pk, user, at)
    except Refused as refused:
        return _refused(request, ticket, refused)
    return changed(request, ticket, said)


def _do(request: HttpRequest, ticket: Ticket, pk: int, user: User, at: datetime) -> str:
    form = request.POST
    common: dict[str, Any] = {"ticket": ticket, "task": pk, "by": user, "at": at}
    if "waive" in form:
        actions.waive_task(**common, reason=form.get("reason", ""))
        return _("The step is waived.")
    if "remove" in form:
        actions.remove_task(**common)
        return _("The step is gone.")
    if "reopen" in form:
        actions.change_task(**common, given={"done": False})
        return _("The step is open again.")
    if "move" in form:
        place = form.get("position", "")
        if not (place.isascii() and place.isdigit() and len(place) < 5):
            raise Invalid({"position": [_("Send a place in the list.")]})
        position = int(place) + STEPS.get(form["move"], 0)
        actions.change_task(**common, given={"position": max(position, 0)})
        return _("Moved.")
    if "save" in form:
        actions.change_task(**common, given=_given(request))
        return _("Saved.")
    actions.finish_task(**common)
    return _("Done.")


def _given(request: HttpRequest) -> dict[str, Any]:
    """Title, assignee and due date as the form has them. Raises Invalid."""
    return {
        "title": request.POST.get("title", ""),
        "assignee": person(request.POST.get("assignee", "")),
        "due_on": day(request.POST.get("due_on", "")),
    }


def person(email: str) -> User | None:
    """Somebody by e-mail; None where nobody is named."""
    email = email.replace("\x00", "").strip()
    if not email:
        return None
    found = User.objects.people().filter(email__iexact=email).first()
    if found is None:
        words = _("Nobody has the e-mail %(e)s.") % {"e": email[:100]}
        raise Invalid({"assignee": [words]})
    return found


def day(text: str) -> date | None:
    """A date; None where none is given."""
    if not text.strip():
        return None
    try:
        found = parse_date(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise Invalid({"due_on": [_("Send a date such as 2026-11-01.")]})
    return found


def _refused(request: HttpRequest, ticket: Ticket, refused: Refused) -> HttpResponse:
    names = ("reason", "title")
    told: dict[str, Any] = {"ticket": ticket, "refused": refused, "url": url_of(ticket)}
    typed = [(n, request.POST[n]) for n in names if request.POST.get(n, "").strip()]
    page = "itsm/tickets/ticket_refused.html"
    block = "dialog" if is_htmx(request) else None
    told |= {"typed": typed}
    answer = render(request, page, told, block=block, status=refused.status)
    if block:
        answer.headers["HX-Retarget"] = "#dialog"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer
