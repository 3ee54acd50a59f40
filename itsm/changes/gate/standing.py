"""How a change stands, in the sentences that its pipeline prints."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.reader import inside
from core.wording import exact
from itsm.changes.models import Change
from itsm.tickets.actions.common import state_name
from itsm.tickets.approving.models import Approval, Vote
from itsm.tickets.approving.queries import whom
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of
from itsm.tickets.states import OPEN, StateCategory

YES = (Vote.Answer.APPROVED, Vote.Answer.CONDITION)


def over(ticket: Ticket, row: Change) -> list[str]:
    """Why this version does not go any more; nothing where it still may."""
    number = ticket.number
    if ticket.type != "change":
        return [_("%(number)s is not a change any more.") % {"number": number}]
    if row.result:
        words = {
            "number": number,
            "result": inside(row.get_result_display()),
            "when": exact(row.ended_at or ticket.updated_at),
        }
        ended = _("%(number)s is over: %(result)s, %(when)s.") % words
        return [ended, _("What is deployed anew is asked for as another version.")]
    if ticket.state_category in OPEN:
        return []
    words = {"number": number, "state": inside(state_name(ticket))}
    return [_("%(number)s is %(state)s.") % words, *_reasons(ticket)]


def _reasons(ticket: Ticket) -> list[str]:
    """Why somebody said no; else the last words to its requester."""
    if ticket.state_category != StateCategory.CANCELLED:
        return []
    rejected = Approval.objects.filter(ticket=ticket, decision="rejected")
    row = rejected.select_related("decided_by").order_by("-decided_at").first()
    if row is not None and row.reason:
        who = row.decided_by.name if row.decided_by else _("Somebody")
        words = {"who": who, "reason": row.reason}
        return [_("%(who)s: %(reason)s") % words]
    said = ticket.comments.filter(is_public=True).order_by("-pk").first()
    return [said.body] if said is not None else []


def running(ticket: Ticket, row: Change, at: datetime) -> list[str]:
    """Why it may go: who said yes, or that nobody has to, and since when it runs."""
    said = []
    if row.model == Change.Model.STANDARD:
        name = row.kind.name if row.kind else ticket.title
        said.append(_("“%(name)s” is pre-authorised.") % {"name": name})
    votes = list(_votes(ticket))
    names = sorted({one.by.name for one in votes if one.answer in YES})
    if names:
        said.append(_("Approved by %(names)s.") % {"names": ", ".join(names)})
    said += [
        _("On this condition (%(who)s): %(words)s")
        % {"who": one.by.name, "words": one.words}
        for one in votes
        if one.answer == Vote.Answer.CONDITION
    ]
    if row.started_at and row.started_at < at:
        said.append(_("It runs since %(when)s.") % {"when": exact(row.started_at)})
    return said or [_("Nothing keeps it.")]


def undecided(ticket: Ticket) -> list[str]:
    """The decisions that it waits for, how far each has come, and what is asked."""
    said = []
    votes = list(_votes(ticket))
    for row in approvals_of(ticket):
        if row.decision:
            continue
        mine = [one for one in votes if one.approval_id == row.pk]
        people = {one.on_behalf_of_id or one.by_id for one in mine if one.answer in YES}
        words = {
            "who": whom(row),
            "when": exact(row.asked_at),
            "n": len(people),
            "of": row.quorum,
        }
        text = _("It waits for approval, asked of %(who)s on %(when)s.")
        if row.quorum > 1:
            text = _(
                "It waits for approval, asked of %(who)s on %(when)s: %(n)s of %(of)s "
                "said yes."
            )
        said.append(text % words)
        said += [
            _("%(who)s asks: %(words)s") % {"who": one.by.name, "words": one.words}
            for one in mine
            if one.answer == Vote.Answer.ASKED
        ]
    return said


def _votes(ticket: Ticket) -> QuerySet[Vote]:
    """What was answered and still holds, the oldest first."""
    rows = Vote.objects.filter(
        approval__ticket=ticket, approval__decision__in=("", "approved"), void_at=None
    )
    return rows.select_related("by").order_by("at", "pk")
