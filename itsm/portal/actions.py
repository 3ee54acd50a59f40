"""What the portal does in one go: report with files, order, answer with files."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from itsm.knowledge import actions as knowledge
from itsm.knowledge.models import Article
from itsm.portal import drafts, kinds, outages
from itsm.portal.models import MeToo, Outage
from itsm.requests import actions as requests
from itsm.requests.models import Offering
from itsm.tickets import actions
from itsm.tickets.actions.common import save
from itsm.tickets.doors import perform, say
from itsm.tickets.drafts.actions import drop
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN, Channel, StateCategory, TicketType
from itsm.tickets.verbs import verbs_for
from people import policy
from people.models import User
from people.policy import Scope

Files = Iterable[UploadedFile]


def report(
    *,
    by: User,
    at: datetime,
    given: Mapping[str, Any],
    files: Files = (),
    beside: bool = False,
) -> Ticket:
    """Report something that does not work; a file that is refused refuses all of it.

    The draft that it was is gone; so it is with an order and an answer. `beside`: the
    draft is of another report, and stays.
    """
    with act():
        ticket = actions.open_ticket(
            type=TicketType.INCIDENT, by=by, at=at, channel=Channel.PORTAL, **given
        )
        actions.attach_all(files=files, ticket=ticket, by=by, at=at)
        if not beside:
            drop(by=by, ticket=None, form=drafts.REPORT)
    return ticket


def order(
    *, offering: Offering, by: User, at: datetime, files: Files = (), **given: Any
) -> Ticket:
    """Order from the catalogue; `given` is what `requests.order` takes."""
    with act():
        ticket = requests.order(offering=offering, by=by, at=at, **given)
        actions.attach_all(files=files, ticket=ticket, by=by, at=at)
        drop(by=by, ticket=None, form=drafts.of_order(offering.slug))
    return ticket


def reply(
    *, ticket: Ticket, by: User, at: datetime, body: str, files: Files = ()
) -> Ticket:
    """Say something publicly, with files; files alone are an answer too."""
    files = list(files)
    body = body.strip() or (_("See the file.") if files else "")
    with act():
        said = say(ticket, {"body": body, "public": True}, files, by=by, at=at)
        drop(by=by, ticket=ticket, form=drafts.REPLY)
    return said


def announce(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    shown: bool,
    wording: str = Outage.Wording.KNOWN,
    expected_at: datetime | None = None,
) -> Outage:
    """Tell requesters of an outage in one of our sentences, or tell them nothing.

    Raises Invalid for an incident without a service, and for one that is restricted.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.announce", ticket)
        _check_can_be_told(ticket, wording)
        chosen = Outage.objects.filter(pk=ticket.pk).first() or Outage(ticket=ticket)
        old = [chosen.shown, chosen.wording] if chosen.at else None
        chosen.shown, chosen.wording = shown, wording
        chosen.expected_at, chosen.at, chosen.by = expected_at, at, by
        chosen.save()
        new = [shown, wording, expected_at.isoformat() if expected_at else None]
        changes = {"outage": (old, new)}
        record(kinds.ANNOUNCE, subject=ticket, by=by, at=at, changes=changes)
    return chosen


def _check_can_be_told(ticket: Ticket, wording: str) -> None:
    if ticket.type != TicketType.INCIDENT or ticket.state_category not in OPEN:
        raise WrongState(_("Only an open incident is a known outage."))
    if wording not in Outage.Wording.values:
        raise Invalid({"wording": [_("Choose one of the sentences.")]})
    if ticket.service is None:
        raise Invalid({"service": [_("Say first which service it is about.")]})
    if ticket.restricted or ticket.service.is_restricted:
        raise Invalid({"restricted": [_("What is restricted is not told to others.")]})


def me_too(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Have it too: counted among the affected, told how it goes; reads nothing of it.

    Again is nothing new. Raises Forbidden where they are not told of this outage.
    """
    with act():
        ticket = lock(ticket)
        is_told = outages.told_to(by, at=at).filter(pk=ticket.pk).exists()
        standing = frozenset({Scope.SEEN} if is_told else ())
        policy.require(by, "ticket.me_too", standing, why=_("There is no such outage."))
        made = MeToo.objects.get_or_create(ticket=ticket, user=by, defaults={"at": at})
        if made[1] and by.pk != ticket.requester_id:
            _count(ticket, +1, kinds.ME_TOO, by, at)
    return ticket


def not_me(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Take "me too" back."""
    with act():
        ticket = lock(ticket)
        row = MeToo.objects.filter(ticket=ticket, user=by).first()
        standing = frozenset({Scope.SEEN} if row else ())
        policy.require(by, "ticket.me_too", standing, why=_("There is no such outage."))
        if row is not None:
            row.delete()
            if by.pk != ticket.requester_id:
                _count(ticket, -1, kinds.NOT_ME, by, at)
    return ticket


def _count(ticket: Ticket, step: int, kind: str, by: User, at: datetime) -> None:
    """One person more or fewer is affected; never fewer than one."""
    old = ticket.affected
    ticket.affected = max(1, old + step)
    save(ticket, at=at, fields=["affected"])
    changes = {"affected": (old, ticket.affected)}
    record(kind, subject=ticket, by=by, at=at, changes=changes)


def helped_on_ticket(
    *,
    article: Article,
    ticket: Ticket,
    by: User,
    at: datetime,
    helped: bool,
    ends: bool,
) -> Ticket:
    """Say of one's ticket whether an article solved it, and by choice end the ticket.

    What we already think solved is closed, confirmed. What is open is cancelled where
    its process lets requesters do that; else a public word asks whoever has it to end
    it.
    """
    with act():
        if ticket.requester_id != by.pk:
            raise Forbidden(_("Only the person who reported it can say so."))
        knowledge.use(article=article, by=by, at=at, helped=helped, ticket=ticket)
        if ends and helped:
            if ticket.state_category == StateCategory.RESOLVED:
                return perform(ticket, "close", {}, by=by, at=at)
            words = {"n": article.number, "title": article.title}
            said = _("The article %(n)s “%(title)s” solved it.") % words
            offered = {offer.name for offer in verbs_for(ticket, by, at=at)}
            if "cancel" in offered:
                return perform(ticket, "cancel", {"comment": said}, by=by, at=at)
            said = f"{said} {_('I do not need a person any more.')}"
            return perform(ticket, "comment", {"body": said}, by=by, at=at)
    return ticket
