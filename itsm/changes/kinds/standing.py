"""Giving and taking standard status: by people, with a reason, never on their own."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from core.texts import keep
from itsm.changes import trusting
from itsm.changes.kinds.actions import locked, put_standing
from itsm.changes.kinds.policy import require_authorise, written_by
from itsm.changes.models import Kind, Proposal
from people.changes import Changes
from people.models import User

LONGEST = 1000


def set_standing(
    *, kind: Kind, by: User, at: datetime, to: str, reason: str = ""
) -> Kind:
    """Give or take a standing, and say why. Raises Forbidden, Invalid, WrongState."""
    with act():
        kind = locked(kind)
        require_authorise(by)
        _check_not_theirs(kind, to, by)
        reason = _reason(reason, needed=True)
        if kind.standing == to:
            raise WrongState(_("That is its standing already."))
        changes = _put(kind, to, by, at, reason)
        record("change_kind.standing", subject=kind, by=by, at=at, changes=changes)
        trusting.assess([kind.pk], at=at)
    return kind


def accept(*, proposal: Proposal, by: User, at: datetime, reason: str = "") -> Proposal:
    """Do what is proposed. Raises Forbidden, WrongState."""
    with act():
        kind, proposal = _opened(proposal, by)
        _check_not_theirs(kind, proposal.to, by)
        reason = _reason(reason)
        changes = _put(kind, proposal.to, by, at, reason)
        record("change_kind.standing", subject=kind, by=by, at=at, changes=changes)
        _decide(proposal, trusting.ACCEPTED, by, at, reason)
    return proposal


def decline(*, proposal: Proposal, by: User, at: datetime, reason: str) -> Proposal:
    """Leave it as it is, and say why. Raises Forbidden, Invalid, WrongState."""
    with act():
        _kind, proposal = _opened(proposal, by)
        _decide(proposal, trusting.DECLINED, by, at, _reason(reason, needed=True))
    return proposal


def _opened(proposal: Proposal, by: User) -> tuple[Kind, Proposal]:
    """Its kind, locked, and the proposal as it stands now."""
    kind = locked(proposal.kind)
    require_authorise(by)
    proposal = Proposal.objects.select_related("decided_by").get(pk=proposal.pk)
    if proposal.decision:
        raise WrongState(_("This was decided already."))
    proposal.kind = kind
    return kind, proposal


def _check_not_theirs(kind: Kind, to: str, by: User) -> None:
    """Who wrote the template does not say that it needs nobody's yes any more."""
    if to == Kind.Standing.STANDARD and written_by(kind) == by.pk:
        raise Forbidden(
            _("You wrote what is done; somebody else gives it standard status.")
        )


def _reason(reason: str, *, needed: bool = False) -> str:
    reason = reason.replace("\x00", "").strip()
    if needed and not reason:
        raise Invalid({"reason": [_("Say why.")]})
    if len(reason) > LONGEST:
        words = {"most": LONGEST}
        text = _("At most %(most)s characters are possible.") % words
        raise Invalid({"reason": [text]})
    return reason


def _put(kind: Kind, to: str, by: User, at: datetime, reason: str) -> Changes:
    changes = put_standing(kind, to, by, at)
    if reason:
        version = keep(subject=kind, field="reason", body=reason, by=by, at=at)
        changes["reason"] = (None, version)
    return changes


def _decide(
    proposal: Proposal, decision: str, by: User, at: datetime, reason: str
) -> None:
    proposal.decision, proposal.reason = decision, reason
    proposal.decided_by, proposal.decided_at = by, at
    proposal.save()
    verb = {trusting.ACCEPTED: "accept", trusting.DECLINED: "decline"}[decision]
    record(
        f"change_proposal.{verb}",
        subject=proposal,
        by=by,
        at=at,
        changes={"decision": (None, decision)},
    )
