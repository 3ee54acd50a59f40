"""Reads that actions and doors share. Page-shaped reads live beside their pages."""

from contextlib import suppress
from typing import Any, cast

from django.db import connection
from django.http import Http404
from django.utils.translation import gettext as _

from core import log, prepared
from core.errors import Invalid
from itsm.tickets.asking import ask_for
from itsm.tickets.joining.models import FormerNumber
from itsm.tickets.models import Ticket
from itsm.tickets.states import PREFIXES, TicketType
from people.models import User

RELATED = (
    *("requester", "owner", "offered_to", "team"),
    *("service", "organisation", "category", "parent"),
)
UNREAD = (  # wide, and shown nowhere beside a ticket
    "process_version__definition",
    *(f"{who}__{what}" for who in RELATED[:3] for what in ("password", "keys")),
    *(
        f"parent__{column.name}"
        for column in Ticket._meta.concrete_fields
        if column.name not in {"id", "number", "title"}
    ),
)


def get_ticket(user: User, number: str, *, type_: str | None = None) -> Ticket:
    """The one getter: a ticket this person may see. Raises Http404 otherwise.

    One query; the definition itself is not read (it is cached by version). A number
    that it had before it was converted finds it too: its `number` then differs.
    """

    def build(tickets: Any, number: str) -> Any:
        found = tickets.filter(number=number, **({"type": type_} if type_ else {}))
        related = found.select_related("process_version__process", *RELATED)
        return related.defer(*UNREAD)

    key = ("ticket", type_)
    found = () if "\x00" in number else ask_for(user, key, build, number=number.upper())
    ticket = next(iter(found), None)
    if ticket is None and (current := current_number(number)):
        with suppress(Http404):  # which would tell what it is called now
            ticket = get_ticket(user, current)
    if ticket is None:
        raise Http404(_("There is no ticket %(number)s for you.") % {"number": number})
    return ticket


def current_number(number: str) -> str:
    """What a ticket that had this number is called now; empty where none had it."""
    if "\x00" in number:
        return ""
    rows = FormerNumber.objects.filter(number=number.upper()[:16])
    return rows.values_list("ticket__number", flat=True).first() or ""


def lock(ticket: Ticket) -> Ticket:
    """The ticket's row as it is now, locked until the action ends.

    A ticket that this action locked before is answered as the one instance that it
    knows, whichever the caller brings. Where we had to
    wait, PostgreSQL answers the ticket's newest row beside related rows as they were
    before: those are dropped and read anew when asked for. A version of the process
    that changed meanwhile makes the join empty, so that the second look finds it.
    """
    held = log.open_act().held
    if ticket.pk in held:
        return cast("Ticket", held[ticket.pk])
    found = _locked(ticket.pk) or _locked(ticket.pk)
    if not found:
        raise Ticket.DoesNotExist
    locked: Ticket = found[0]
    for name in RELATED:
        known = locked._state.fields_cache.get(name)
        if (known.pk if known else None) != getattr(locked, f"{name}_id"):
            locked._state.fields_cache.pop(name, None)
    held[locked.pk] = locked
    return locked


def _locked(pk: int) -> list[Ticket]:
    """Its row with what it refers to; each verb begins with this, so it is prepared."""

    def build(pk: int) -> Any:
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        related = rows.select_related("process_version__process", *RELATED)
        return related.defer("process_version__definition").filter(pk=pk)

    return prepared.instances("lock of a ticket", build, pk=pk)


def hold(ticket: Ticket) -> None:
    """Say that the open action made this row itself, so that it need not lock it."""
    log.open_act().held[ticket.pk] = ticket


def next_number(type_: str) -> str:
    """The next number of a practice. Gaps are possible: a number is never reused."""
    prefix = PREFIXES[TicketType(type_)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval('itsm_number_{prefix.lower()}')")
        return f"{prefix}-{cursor.fetchone()[0]}"


def visible_number(user: User, number: str, *, field: str) -> Ticket:
    """A ticket somebody named in a field; Invalid where it is not theirs to see."""
    asked, seen = str(number).strip().upper(), Ticket.objects.visible_to(user)
    found = None if "\x00" in asked else seen.filter(number=asked).first()
    if found is None and (current := current_number(asked)):
        found = seen.filter(number=current).first()
    if found is None:
        raise Invalid(
            {field: [_("There is no ticket %(number)s.") % {"number": number}]}
        )
    return found
