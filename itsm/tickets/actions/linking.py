"""How tickets belong together, and who follows them."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import save, set_fields
from itsm.tickets.models import Link, Participant, Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import LinkKind
from people import queries as visible
from people.models import User

PARENT = "parent"
KINDS = (PARENT, *LinkKind.values)


def link(*, ticket: Ticket, by: User, at: datetime, kind: str, to: Ticket) -> Ticket:
    """Link it to another ticket the person can see. Linking twice changes nothing."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.link", ticket)
        _check(ticket, kind, to)
        told = {"kind": kind, "ticket": to.pk}
        former = None
        if kind == PARENT:
            if ticket.parent_id is not None:
                former = {"kind": kind, "ticket": ticket.parent_id}
            if not set_fields(ticket, {"parent": to}):
                return ticket
        elif kind == LinkKind.RELATED and _is_linked(to, ticket, kind):
            return ticket  # it holds in both directions
        else:
            _row, created = Link.objects.get_or_create(
                source=ticket, target=to, kind=kind, defaults={"at": at, "by": by}
            )
            if not created:
                return ticket
        save(ticket, at=at, fields=["parent"])
        changes = {"link": (former, told)}
        record(kinds.LINK, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def unlink(*, ticket: Ticket, by: User, at: datetime, kind: str, to: Ticket) -> Ticket:
    """Take a link away again, from whichever side it was made."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.link", ticket)
        if kind == PARENT and ticket.parent_id == to.pk:
            set_fields(ticket, {"parent": None})
        elif kind == PARENT or not _delete(ticket, kind, to):
            raise Invalid(
                {"number": [_("There is no such link to %(n)s.") % {"n": to.number}]}
            )
        save(ticket, at=at, fields=["parent"])
        changes = {"link": ({"kind": kind, "ticket": to.pk}, None)}
        record(kinds.UNLINK, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def watch(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Follow it."""
    return _join(ticket, by, by, at, Participant.Role.WATCHER, "ticket.watch")


def unwatch(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Follow it no longer."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.watch", ticket)
        gone, _rows = Participant.objects.filter(
            ticket=ticket, user=by, role=Participant.Role.WATCHER
        ).delete()
        if gone:
            changes = {"watcher": (by.pk, None)}
            record(kinds.UNWATCH, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def copy_in(*, ticket: Ticket, by: User, at: datetime, person: User) -> Ticket:
    """Copy somebody on: they see it and may answer.

    Who does not work here copies people of their own organisation only, and hears the
    same about a stranger's address as about nobody's.
    """
    return _join(ticket, by, person, at, Participant.Role.COPIED, "ticket.copy")


def _join(
    ticket: Ticket, by: User, person: User, at: datetime, role: str, verb: str
) -> Ticket:
    with act():
        ticket = lock(ticket)
        require_on(by, verb, ticket)
        if person != by and not visible.people(by).filter(pk=person.pk).exists():
            raise Invalid({"person": [visible.nobody(by, person.email)]})
        _row, created = Participant.objects.get_or_create(
            ticket=ticket, user=person, role=role, defaults={"at": at}
        )
        if created:
            kind = kinds.WATCH if role == Participant.Role.WATCHER else kinds.COPY
            changes = {str(role): (None, person.pk)}
            record(kind, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def _check(ticket: Ticket, kind: str, to: Ticket) -> None:
    if kind not in KINDS:
        raise Invalid(
            {"kind": [_("Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS)}]}
        )
    if ticket.pk == to.pk:
        raise Invalid({"number": [_("A ticket cannot be linked to itself.")]})
    if kind == PARENT and _is_below(to, ticket):
        raise Invalid(
            {"number": [_("%(n)s is already below this one.") % {"n": to.number}]}
        )


def _is_below(ticket: Ticket, above: Ticket) -> bool:
    """Whether `above` is an ancestor of `ticket`; one query a generation."""
    seen: set[int] = set()
    here: int | None = ticket.pk
    while here is not None and here not in seen:
        seen.add(here)
        parents = Ticket.objects.filter(pk=here).values_list("parent_id", flat=True)
        here = parents.first()
        if here == above.pk:
            return True
    return False


def _is_linked(source: Ticket, target: Ticket, kind: str) -> bool:
    return Link.objects.filter(source=source, target=target, kind=kind).exists()


def _delete(ticket: Ticket, kind: str, to: Ticket) -> int:
    for source, target in ((ticket, to), (to, ticket)):
        gone, _rows = Link.objects.filter(
            source=source, target=target, kind=kind
        ).delete()
        if gone:
            return gone
    return 0
