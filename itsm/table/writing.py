"""Writing a ticket: fields that differ from what it has go to the verbs they belong to.

Everything in one action: texts, triage, whose it is, its parent, the move to another
state, and what is said. A ticket that has ended is moved first, so that the rest can
be done to it. Nothing is set past a verb, so what no verb can do is refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import act
from itsm.requests.actions import order
from itsm.table import sent
from itsm.table.moving import MOVE_FIELDS, move, wish_for
from itsm.table.tables import Table
from itsm.tickets import actions, details
from itsm.tickets.api.fields import CREATE_ANYBODY
from itsm.tickets.api.views import as_arguments, read_new
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN
from people.models import User

Given = dict[str, Any]
SORTED = ("impact", "urgency", "category", "service")
HANDED = ("owner", "team")
ONCE = ("requester", "organisation", "external_ref", "channel", "offering")
ORDERED = frozenset({"offering", "title", "description", "requester"})


def create(table: Table, raw: Mapping[str, Any], *, by: User, at: datetime) -> int:
    """Open a ticket; answers its id. Raises Forbidden, Invalid, WrongState."""
    given = {name: value for name, value in sent.read(raw).items() if value}
    new = sent.ours(table, given, by, {})
    said = {name: new.pop(name, "") for name in ("comments", "work_notes")}
    later = {name: new.pop(name) for name in MOVE_FIELDS if name in new}
    wish = wish_for(table, given, later)
    _require_may_say(said, by)
    try:
        with act():
            ticket = _open(table, new, by, at)
            if wish is not None and not wish.is_met_by(ticket):
                move(ticket, wish, said, by=by, at=at)
            elif later:
                _only_with_a_move(later)
            _say(ticket, said, by, at)
    except Invalid as no:
        raise sent.renamed(no, table, given) from no
    return int(ticket.pk)


def change(
    table: Table,
    pk: int,
    raw: Mapping[str, Any],
    current: Mapping[str, str],
    *,
    by: User,
    at: datetime,
) -> None:
    """Change what differs from `current`, the record as the program reads it.

    Raises Forbidden, Invalid, WrongState.
    """
    takes = sent.takes(table)
    given = {
        name: value
        for name, value in sent.read(raw).items()
        if name in takes and _differs(value, current.get(name, ""))
    }
    new = sent.ours(table, given, by, current)
    said = {name: new.pop(name, "") for name in ("comments", "work_notes")}
    _require_may_say(said, by)
    try:
        with act():
            _change(table, Ticket(pk=pk), given, new, said, by, at)
    except Invalid as no:
        raise sent.renamed(no, table, given) from no


def cancel(pk: int, *, by: User, at: datetime) -> None:
    """What a deletion comes to: it ends, nothing is erased. Raises Forbidden …"""
    words = {"comment": _("Cancelled by a program: it was deleted there.")}
    with act():
        perform(lock(Ticket(pk=pk)), "cancel", words, by=by, at=at)


def _differs(value: str, current: str) -> bool:
    return value.replace("\r\n", "\n") != current


def _change(
    table: Table,
    ticket: Ticket,
    given: sent.Sent,
    new: Given,
    said: dict[str, str],
    by: User,
    at: datetime,
) -> None:
    ticket = lock(ticket)
    if once := [name for name in ONCE if name in new]:
        raise Invalid({name: [_("This is said when it is opened.")] for name in once})
    moved = {name: new.pop(name) for name in MOVE_FIELDS if name in new}
    wish = wish_for(table, given, moved)
    if wish is not None and wish.is_met_by(ticket):
        wish = None
    has_ended = ticket.state_category not in OPEN
    if wish is not None and has_ended:
        move(ticket, wish, said, by=by, at=at)
    _set(ticket, new, by, at)
    if wish is not None and not has_ended:
        move(ticket, wish, said, by=by, at=at)
    elif wish is None and moved:
        _only_with_a_move(moved)
    _say(ticket, said, by, at)


def _set(ticket: Ticket, new: Given, by: User, at: datetime) -> None:
    """Texts, triage, whose it is, its parent: each by its own verb."""
    triage = {name: new.pop(name) for name in SORTED if name in new}
    handing = {name: new.pop(name) for name in HANDED if name in new}
    has_parent, parent = "parent" in new, new.pop("parent", None)
    if new:
        perform(ticket, "edit", new, by=by, at=at)
    if triage:
        perform(ticket, "triage", triage, by=by, at=at)
    if handing:
        perform(ticket, "assign", handing, by=by, at=at)
    if has_parent:
        verb, above = ("link", parent) if parent else ("unlink", ticket.parent)
        number = getattr(above, "number", above)
        words = {"kind": "parent", "number": number}
        perform(ticket, verb, words, by=by, at=at)


def _say(ticket: Ticket, said: Mapping[str, str], by: User, at: datetime) -> None:
    """A public comment, a note: whatever a move has not said already."""
    for name, is_public in (("comments", True), ("work_notes", False)):
        if said[name].strip():
            words = {"body": said[name], "public": is_public}
            perform(ticket, "comment", words, by=by, at=at)


def _require_may_say(said: Mapping[str, str], by: User) -> None:
    """A requester's note would be public: it is refused rather than shown."""
    if said["work_notes"].strip() and not by.is_staff:
        raise Forbidden(_("Work notes are for the people who work here."))


def _only_with_a_move(moved: Given) -> None:
    sentence = _("This is said with the state that it belongs to; send that too.")
    raise Invalid({name: [sentence] for name in moved})


def _open(table: Table, new: Given, by: User, at: datetime) -> Ticket:
    """One domain call: an order from the catalogue, or a ticket in free words."""
    type_ = table.ticket_type
    detail = details.of(type_)
    own = detail.fields if detail else ()
    if not by.is_staff and new.keys() - {*CREATE_ANYBODY, *own}:
        raise Forbidden(_("The people who work here decide who takes it, and when."))
    given = read_new(new, by, type_)
    if given.get("offering") is not None:
        if more := sorted(given.keys() - ORDERED):
            raise Invalid({name: [_("The offering decides this.")] for name in more})
        words = {name: value for name, value in given.items() if value is not None}
        return order(by=by, at=at, **words)
    return actions.open_ticket(type=type_, by=by, at=at, **as_arguments(given, type_))
