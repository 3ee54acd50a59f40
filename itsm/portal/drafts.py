"""What requesters typed and did not send: kept as it is for those who work here."""

from typing import Any

from django.db.models import Q

from itsm.tickets.drafts import actions, places, reading
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_composer import kept_words
from people.models import User

REPORT, ORDER, REPLY = "report", "order", "reply"  # the forms
MOST = 5
OURS = Q(form__in=(REPORT, REPLY)) | Q(form__startswith=f"{ORDER}-")


def of_order(slug: str) -> str:
    """The form that orders one thing."""
    return f"{ORDER}-{slug}"


def typed(user: User, form: str) -> dict[str, Any]:
    """What was left in a form without a ticket, and `said`: that it is kept."""
    draft = actions.read(user, None, form)
    return {} if draft is None else {**draft.fields, "said": kept_words(draft.at)}


def on_ticket(user: User, ticket: Ticket) -> dict[str, Any]:
    """What was left in the forms of a ticket's page, and `said`; one query."""
    found = actions.on(user, ticket)
    words = {form: found[form].fields.get("comment", "") for form in found}
    reply = found.get(REPLY)
    if reply is None:
        return words
    return {**words, REPLY: reply.body, "said": kept_words(reply.at)}


def left(user: User) -> list[reading.Left]:
    """Reports, orders and answers that were begun, newest first; one query."""
    visible = Ticket.objects.visible_to(user)
    return reading.left(user, visible, most=MOST, only=OURS)


def _order(form: str) -> str:
    return f"/portal/{form.replace('-', '/', 1)}/"


def register() -> None:
    """Say which forms keep drafts, and where each stands."""
    told = ("what", "more")
    places.add(REPORT, places.Form("ticket.open", told, lambda _f: "/portal/report/"))
    places.add(ORDER, places.Form("ticket.open", ("more", "a.*"), _order))
    places.add_on_ticket(REPLY, lambda number: f"/portal/{number}/#composer")
