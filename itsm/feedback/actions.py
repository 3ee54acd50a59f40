"""Asking for feedback, giving it, answering it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from itsm.feedback import kinds
from itsm.feedback.models import LONGEST_WORDS, MONTH, Feedback, FeedbackAsk
from itsm.feedback.policy import owner_of, relations
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import StateCategory
from people import policy
from people.models import User
from people.policy import Scope

OVER = (StateCategory.RESOLVED, StateCategory.CLOSED)


def ask(*, ticket: Ticket, by: User | None, at: datetime) -> FeedbackAsk | None:
    """Ask its requester how it was: once a ticket, and at most once a month a person.

    None where they were asked in the last thirty days, work here themselves, are a
    program, or the ticket is not over. Only the log's reader asks (`by` None), one
    ticket after the other, so that two that end at once do not both ask.
    """
    with act():
        ticket = lock(ticket)
        person = ticket.requester
        if by is not None:
            standing = frozenset({Scope.OWN, Scope.SEEN})
            policy.require(by, "feedback.give", standing)
        if person is None or person.is_staff or not person.is_active:
            return None
        if person.is_machine:
            return None
        if ticket.state_category not in OVER:
            return None
        lately = FeedbackAsk.objects.filter(person=person, at__gt=at - MONTH)
        if FeedbackAsk.objects.filter(ticket=ticket).exists() or lately.exists():
            return None
        asked = FeedbackAsk.objects.create(ticket=ticket, person=person, at=at)
        changes = {"asked": (None, person.pk)}
        record(kinds.ASK, subject=ticket, by=by, at=at, changes=changes)
    return asked


def give(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    satisfaction: int,
    effort: int | None = None,
    words: str | None = None,
) -> Feedback:
    """Say how it was, 1 to 5; again adds to it, until it was answered.

    Only by its requester, once it is solved. It belongs to the lead of the team that
    worked on it, else to the owner of its service.
    """
    with act():
        ticket = lock(ticket)
        own = frozenset({Scope.OWN} if ticket.requester_id == by.pk else ())
        why = _("Only the person who reported it can say how it was.")
        policy.require(by, "feedback.give", own, why=why)
        if ticket.state_category not in OVER:
            raise WrongState(_("Tell us how it was once it is solved."))
        _check(satisfaction, effort, words)
        piece = Feedback.objects.filter(ticket=ticket).first()
        if piece is not None and piece.answered_at is not None:
            raise WrongState(_("It has been answered already. Thank you."))
        if piece is None:
            piece = Feedback(ticket=ticket, person=by, owner=owner_of(ticket))
        elif piece.redacted_at is not None:
            words = None
        changes = _set(piece, satisfaction, effort, words)
        if piece.pk and not changes:
            return piece
        piece.at = at
        piece.save()
        record(kinds.GIVE, subject=piece, by=by, at=at, changes=changes)
    return piece


def answer(*, piece: Feedback, by: User, at: datetime, body: str) -> Feedback:
    """Answer it; the person reads it in the portal. Again replaces the answer."""
    with act():
        piece = _lock(piece)
        why = _("Its owner, the team's lead or the service's owner answers.")
        policy.require(by, "feedback.answer", relations(by, piece), why=why)
        body = body.strip()
        if not body:
            raise Invalid({"body": [_("Write something first.")]})
        if len(body) > LONGEST_WORDS:
            most = {"n": LONGEST_WORDS}
            raise Invalid({"body": [_("At most %(n)s characters.") % most]})
        changes = {"answered": (piece.answered_at is not None, True)}
        piece.answer, piece.answered_by, piece.answered_at = body, by, at
        piece.save()
        record(kinds.ANSWER, subject=piece, by=by, at=at, changes=changes)
    return piece


def redact(*, piece: Feedback, by: User, at: datetime, why: str) -> Feedback:
    """Take its words and the answer out for good; the marks stay."""
    with act():
        piece = _lock(piece)
        policy.require(by, "feedback.redact", relations(by, piece))
        if not why.strip():
            raise Invalid({"why": [_("Say why it has to go; the log keeps this.")]})
        piece.words = texts.REDACTED if piece.words else ""
        piece.answer = texts.REDACTED if piece.answer else ""
        piece.redacted_at = at
        piece.save()
        reason = texts.keep(
            subject=piece, field="redaction", body=why.strip(), by=by, at=at
        )
        changes = {"why": (None, reason)}
        record(kinds.REDACT, subject=piece, by=by, at=at, changes=changes)
    return piece


def give_by_link(
    *,
    ask: FeedbackAsk,
    at: datetime,
    satisfaction: int,
    effort: int | None = None,
    words: str | None = None,
) -> Feedback:
    """The same through the link that was sent to the person, without signing in."""
    if not ask.person.is_active:
        raise Forbidden(_("This link no longer works."))
    return give(
        ticket=ask.ticket,
        by=ask.person,
        at=at,
        satisfaction=satisfaction,
        effort=effort,
        words=words,
    )


def _lock(piece: Feedback) -> Feedback:
    rows = Feedback.objects.select_for_update(of=("self",))
    return rows.select_related("ticket__service").get(pk=piece.pk)


def _check(satisfaction: int, effort: int | None, words: str | None) -> None:
    errors: dict[str, list[str]] = {}
    if satisfaction not in range(1, 6):
        errors["satisfaction"] = [_("Choose one of the five faces.")]
    if effort is not None and effort not in range(1, 6):
        errors["effort"] = [_("Choose one of the five.")]
    if words is not None and len(words) > LONGEST_WORDS:
        errors["words"] = [_("At most %(n)s characters.") % {"n": LONGEST_WORDS}]
    if errors:
        raise Invalid(errors)


def _set(
    piece: Feedback, satisfaction: int, effort: int | None, words: str | None
) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    if piece.satisfaction != satisfaction:
        changes["satisfaction"] = (piece.satisfaction, satisfaction)
        piece.satisfaction = satisfaction
    if effort is not None and piece.effort != effort:
        changes["effort"] = (piece.effort, effort)
        piece.effort = effort
    if words is not None and piece.words != words.strip():
        changes["has_words"] = (bool(piece.words), bool(words.strip()))
        piece.words = words.strip()
    return changes
