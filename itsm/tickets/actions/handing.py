"""Handing over by consent: asking for a ticket, answering, declining, taking back.

An offer stands on the ticket (`offered_to`, see owning.py); who asks for it, and what
people are to be told, are rows of `Handover`. Reasons are internal notes.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, Refused
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import require_open, save, set_fields
from itsm.tickets.actions.talking import add_comment
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.policy import allows, relations, require_on
from itsm.tickets.queries import lock
from itsm.tickets.together.models import Handover
from people.models import User

Kind = Handover.Kind


def ask(*, ticket: Ticket, by: User, at: datetime, comment: str = "") -> Ticket:
    """Ask its owner for it: they hand it over or keep it. Asking twice is asking once.

    Refused where nobody has it, it is the asker's, or it is offered to them already.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.ask", ticket)
        require_open(ticket, "ask", by, at=at)
        if ticket.owner is None or ticket.owner_id == by.pk:
            raise Refused(
                _("%(number)s is yours.") % {"number": ticket.number}
                if ticket.owner
                else _("Nobody has %(number)s; take it.") % {"number": ticket.number}
            )
        if ticket.offered_to_id == by.pk:
            raise Refused(
                _("%(number)s is offered to you; take it.") % {"number": ticket.number}
            )
        if not rows(ticket, Kind.ASKED).filter(about=by).exists():
            rows(ticket, Kind.KEPT).filter(to=by).delete()
            said = _say(ticket, comment, by, at)
            tell(ticket, Kind.ASKED, to=ticket.owner, about=by, at=at, said=said)
            changes = {"asked": (None, by.pk)}
            record(kinds.ASK, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def grant(*, ticket: Ticket, by: User, at: datetime, person: User) -> Ticket:
    """Hand it over to somebody who asked for it: they own it from now on."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.assign", ticket)
        _require_hands(ticket, by)
        require_open(ticket, "grant", by, at=at)
        _asked_by(ticket, person)
        if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
            raise Invalid({"person": [_("They may no longer see it.")]})
        former = ticket.owner
        changes = set_fields(ticket, {"owner": person, "offered_to": None})
        ticket.handovers += 1
        save(ticket, at=at, fields=["owner", "offered_to", "handovers"])
        record(kinds.GRANT, subject=ticket, by=by, at=at, changes=changes)
        has_moved(ticket, former, by=by, at=at)
    return ticket


def keep(
    *, ticket: Ticket, by: User, at: datetime, person: User, comment: str = ""
) -> Ticket:
    """Do not hand it over; whoever asked is told, with the reason."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.assign", ticket)
        _require_hands(ticket, by)
        asked = _asked_by(ticket, person)
        asked.delete()
        said = _say(ticket, comment, by, at)
        tell(ticket, Kind.KEPT, to=person, about=by, at=at, said=said)
        changes = {"asked": (person.pk, None)}
        record(kinds.KEEP, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def decline(*, ticket: Ticket, by: User, at: datetime, comment: str) -> Ticket:
    """Do not take what is offered; it stays with its owner, who is told why."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.take", ticket)
        if ticket.offered_to_id != by.pk:
            raise Refused(
                _("%(number)s is not offered to you.") % {"number": ticket.number}
            )
        if not comment.strip():
            raise Invalid({"comment": [_("Say why, so that its owner can go on.")]})
        said = _say(ticket, comment, by, at)
        if ticket.owner is not None:
            tell(ticket, Kind.DECLINED, to=ticket.owner, about=by, at=at, said=said)
        _end_offer(ticket, kinds.DECLINE, by, at)
    return ticket


def withdraw(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Take an offer back: its owner, whoever made the offer, or somebody who leads."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.assign", ticket)
        made_it = rows(ticket, Kind.OFFERED).filter(about=by).exists()
        if not made_it:
            _require_hands(ticket, by)
        if ticket.offered_to_id is None:
            raise Refused(
                _("%(number)s is offered to nobody.") % {"number": ticket.number}
            )
        _end_offer(ticket, kinds.WITHDRAW, by, at)
    return ticket


def rows(ticket: Ticket, kind: str) -> QuerySet[Handover]:
    """What is asked or told about a ticket, of one kind."""
    return Handover.objects.filter(ticket_id=ticket.pk, kind=kind)


def askers(ticket: Ticket) -> list[int]:
    """Who asks for it, by id; read once per instance."""
    if ticket.asker_ids is None:
        found = rows(ticket, Kind.ASKED).values_list("about_id", flat=True)
        ticket.asker_ids = list(found)
    return ticket.asker_ids


def tell(
    ticket: Ticket,
    kind: str,
    *,
    to: User,
    about: User,
    at: datetime,
    said: Comment | None = None,
) -> None:
    """Ask or tell one person, once."""
    news = {"at": at, "said": said}
    Handover.objects.update_or_create(
        ticket=ticket, kind=kind, to=to, about=about, defaults=news
    )


def has_moved(
    ticket: Ticket, former: User | None, *, by: User, at: datetime, told: bool = True
) -> None:
    """After its owner changed: the former one is told, other asks go to the new one."""
    ticket.asker_ids = None
    if former is None:
        return
    if told and former.pk != by.pk:
        tell(ticket, Kind.MOVED, to=former, about=by, at=at)
    rows(ticket, Kind.OFFERED).delete()
    asked = rows(ticket, Kind.ASKED)
    if ticket.owner is None:
        asked.delete()
    else:
        asked.filter(about=ticket.owner).delete()
        asked.update(to=ticket.owner)


def may_hand(ticket: Ticket, by: User) -> bool:
    """Whether it is theirs to hand over: its owner, or somebody who assigns at once."""
    return ticket.owner_id == by.pk or allows(
        by, "ticket.assign_now", relations(by, ticket)
    )


def _require_hands(ticket: Ticket, by: User) -> None:
    if not may_hand(ticket, by):
        raise Forbidden(
            _("Only its owner or a lead decides who gets %(number)s.")
            % {"number": ticket.number}
        )


def _asked_by(ticket: Ticket, person: User) -> QuerySet[Handover]:
    asked = rows(ticket, Kind.ASKED).filter(about=person)
    if not asked.exists():
        raise Invalid(
            {
                "person": [
                    _("%(person)s does not ask for %(number)s.")
                    % {"person": person.name, "number": ticket.number}
                ]
            }
        )
    return asked


def _end_offer(ticket: Ticket, kind: str, by: User, at: datetime) -> None:
    changes = set_fields(ticket, {"offered_to": None})
    save(ticket, at=at, fields=["offered_to"])
    rows(ticket, Kind.OFFERED).delete()
    record(kind, subject=ticket, by=by, at=at, changes=changes)


def _say(ticket: Ticket, comment: str, by: User, at: datetime) -> Comment | None:
    """The reason as an internal note; nothing for none."""
    if not comment.strip():
        return None
    return add_comment(ticket=ticket, by=by, at=at, body=comment, public=False)
