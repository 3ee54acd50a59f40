"""What one person answers: yes, yes on a condition, no, or a question first.

A yes and a no are moves of the ticket's process, whoever brings them through whatever
door (`moving.transition`); here they are written down.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from core.wording import exact
from itsm.tickets import kinds
from itsm.tickets.actions.planning import Scene, barred
from itsm.tickets.approving.asking import (
    APPROVED,
    EXPIRED,
    REJECTED,
    REPLACED,
    WITHDRAWN,
    end,
)
from itsm.tickets.approving.models import Approval, Vote
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from people.models import User
from people.policy import require
from processes import engine

Answer = Vote.Answer
LONGEST = 2000


def decide(scene: Scene, move: engine.Move) -> None:
    """Write down what a move answers: the votes, and the decisions they complete."""
    said = str(scene.given.get("condition") or scene.given.get("comment") or "").strip()
    is_no = move.verb == "reject"
    yes = Answer.CONDITION if scene.given.get("condition") else Answer.APPROVED
    for row in approvals_of(scene.ticket):
        if row.decision or not (is_no or row.name in move.votes):
            continue
        if row.name in scene.deciding:
            answer = Answer.REJECTED if is_no else yes
            write(row, scene, answer, said or str(scene.given.get("review") or ""))
        if row.name in move.approves or is_no:
            theirs = not scene.deciding or row.name in scene.deciding
            decision = APPROVED if not is_no else REJECTED if theirs else WITHDRAWN
            end(
                row,
                decision,
                ticket=scene.ticket,
                by=scene.by,
                at=scene.at,
                reason=said,
            )


def write(row: Approval, scene: Scene, answer: str, words: str) -> Vote:
    """One person's answer; their newer word replaces the older."""
    assert scene.by is not None
    seat = scene.deciding[row.name]
    mine = Vote.objects.filter(approval=row, by=scene.by, void_at=None)
    mine.update(void_at=scene.at)
    vote = Vote.objects.create(
        approval=row,
        by=scene.by,
        on_behalf_of_id=None if seat == scene.by.pk else seat,
        answer=answer,
        words=words,
        at=scene.at,
    )
    changes: dict[str, Any] = {
        "approval": (None, row.pk),
        "vote": (None, vote.pk),
        "answer": (None, answer),
    }
    if vote.on_behalf_of_id:
        changes["on_behalf_of"] = (None, vote.on_behalf_of_id)
    by, at = scene.by, scene.at
    record(kinds.VOTED, subject=scene.ticket, by=by, at=at, changes=changes)
    return vote


def vote(
    *, approval: Approval, by: User, at: datetime, answer: str, words: str = ""
) -> Ticket:
    """Answer the one decision that somebody looked at.

    Raises WrongState where it was decided, expired or asked anew meanwhile, Forbidden
    where it is not theirs, Invalid where a condition, question or no lacks its words.
    """
    from itsm.tickets.actions.moving import transition

    words = words.strip()
    with act():
        ticket = lock(approval.ticket)
        row = next(r for r in approvals_of(ticket) if r.pk == approval.pk)
        scene = Scene.of(ticket, by=by, at=at)
        _check(row, scene)
        _check_words(answer, words)
        if answer == Answer.ASKED:
            return _question(row, scene, words)
        given = {"condition" if answer == Answer.CONDITION else "comment": words}
        verb = "reject" if answer == Answer.REJECTED else verb_of(row, ticket)
        given = given if words else {}
        return transition(ticket=ticket, verb=verb, by=by, at=at, given=given)


def _check(row: Approval, scene: Scene) -> None:
    if scene.by is not None and scene.by.is_machine:
        require(scene.by, "ticket.approve")  # says that it is for people
    if row.decision:
        raise WrongState(over(row), allowed=[v.name for v in scene.verbs()])
    if row.name not in scene.deciding:
        assert scene.by is not None
        why = barred(scene.by, scene.ticket)
        raise Forbidden(why or _("This decision is not asked of you."))


def over(row: Approval) -> str:
    """Why this decision can no longer be answered."""
    who = row.decided_by.name if row.decided_by else _("somebody")
    at = exact(row.decided_at) if row.decided_at else ""
    words = {"who": who, "at": at}
    return {
        APPROVED: _("%(who)s has approved it already."),
        REJECTED: _("%(who)s has rejected it already."),
        EXPIRED: _("The time to answer this is over; somebody else is asked now."),
        REPLACED: _("Somebody else is asked now."),
        WITHDRAWN: _(
            "What this was about has changed, or nobody waits for it any more. Open it "
            "again: where a decision is needed, it is asked for anew."
        ),
    }.get(row.decision, "") % words


def _check_words(answer: str, words: str) -> None:
    needed = {
        Answer.CONDITION: _("Say on which condition."),
        Answer.ASKED: _("Say what you want to know."),
        Answer.REJECTED: _("A no needs a reason; they read it."),
    }
    if answer not in Answer.values:
        possible = ", ".join(Answer.values)
        raise Invalid({"answer": [_("Choose one of: %(p)s.") % {"p": possible}]})
    if answer in needed and not words:
        raise Invalid({"words": [needed[Answer(answer)]]})
    if len(words) > LONGEST:
        most = {"most": LONGEST}
        sentence = _("At most %(most)s characters are possible.") % most
        raise Invalid({"words": [sentence]})


def _question(row: Approval, scene: Scene, words: str) -> Ticket:
    """Ask first; the question is said on the ticket, where it is answered."""
    from itsm.tickets.actions.talking import add_comment

    write(row, scene, Answer.ASKED, words)
    ticket, by, at = scene.ticket, scene.by, scene.at
    add_comment(ticket=ticket, by=by, at=at, body=words, public=True)
    return ticket


def verb_of(row: Approval, ticket: Ticket) -> str:
    """The verb that is this decision's yes."""
    rules = definition_of(ticket).approvals
    return next((rule.verb for rule in rules if rule.name == row.name), "approve")


def count_reviews(*, ticket: Ticket, at: datetime) -> Ticket:
    """A merge review in the evidence is the peer's yes, if its author is a peer."""
    from itsm.tickets.actions.moving import transition
    from itsm.tickets.approving.seats import reviewed_by

    with act():
        ticket = lock(ticket)
        peer = [r for r in approvals_of(ticket) if not r.decision]
        peer = [row for row in peer if row.authority == "peer"]
        if not peer or not (urls := reviewed_by(ticket)):
            return ticket
        asked = User.objects.people().filter(pk__in=peer[0].asked, email__in=urls)
        for user in asked.order_by("pk")[: peer[0].quorum]:
            transition(
                ticket=ticket,
                verb=verb_of(peer[0], ticket),
                by=user,
                at=at,
                given={"review": urls[user.email]},
            )
    return ticket
