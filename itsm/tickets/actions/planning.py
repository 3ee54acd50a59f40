"""Asking the engine: what it needs to know, and its refusals in words people read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Forbidden, Invalid, Refused, WrongState
from core.reader import inside, phrase
from core.wording import exact
from itsm.tickets import details
from itsm.tickets.actions.common import (
    check_version,
    facts_of,
    state_name,
    verb_names,
)
from itsm.tickets.approving.models import YES, Vote
from itsm.tickets.approving.seats import (
    AUTHOR,
    DOER,
    OWNER,
    PROGRAM,
    REQUESTER,
    barred_of,
    seats_of,
)
from itsm.tickets.models import Ticket
from itsm.tickets.policy import actors, approvals_of, asked_of
from itsm.tickets.reckoning import definition_of
from people.calendars.reading import working_days_later
from people.models import User
from processes import engine
from processes.definition import Definition
from processes.spoken import named

HELD = [
    "service",
    "category",
    "impact",
    "urgency",
    "owner",
    "team",
    "resolution",
    "resolution_code",
]


@dataclass(frozen=True, slots=True)
class Scene:
    """One ticket, one person, one moment: what a verb is judged by."""

    ticket: Ticket
    by: User | None
    at: datetime
    given: Mapping[str, Any]
    definition: Definition
    actors: frozenset[str]
    detail: details.Detail | None
    row: Any
    facts: dict[str, Any]
    approved: frozenset[str]
    deciding: Mapping[str, int]  # decisions that are theirs, and on whose seat

    @classmethod
    def of(
        cls,
        ticket: Ticket,
        *,
        by: User | None,
        at: datetime,
        given: Mapping[str, Any] | None = None,
    ) -> Self:
        """Gather it: at most one query each for the detail and approvals.

        For whoever is asked to decide, nine more: who may is looked at afresh.
        """
        given = given or {}
        definition = definition_of(ticket)
        detail = details.of(ticket.type)
        row = detail.load(ticket) if detail else None
        facts = facts_of(ticket, row)
        if detail is not None:
            facts |= {name: given[name] for name in detail.carried if name in given}
        return cls(
            ticket=ticket,
            by=by,
            at=at,
            given=given,
            definition=definition,
            actors=actors(by, ticket),
            detail=detail,
            row=row,
            facts=facts,
            approved=_approved(ticket),
            deciding=_deciding(by, ticket, at),
        )

    def anew(self) -> Self:
        """The same, with the facts as they are now."""
        return replace(self, facts=self.facts | facts_of(self.ticket, self.row))

    def verbs(self) -> list[engine.Verb]:
        """What this person may do here and now."""
        return engine.allowed(
            self.definition,
            self.ticket.state,
            self.actors,
            self.facts,
            entered_at=self.ticket.state_since,
            at=self.at,
            approved=self.approved,
            deciding=self.deciding,
            later=working_days_later,
        )

    def held(self, verb: str) -> dict[str, Any]:
        """What the ticket already has of the things this verb may require.

        The practice's own questions are asked only where a rule wants the answer.
        """
        held = {name: getattr(self.ticket, name) for name in HELD}
        held.update({f"fields.{n}": value for n, value in self.ticket.extra.items()})
        if self.detail is not None:
            held.update({name: getattr(self.row, name) for name in self.detail.fields})
            rules = self.definition.transitions.get(verb, ())
            for name, ask in self.detail.held.items():
                if any(name in rule.requires for rule in rules):
                    held[name] = ask(self.ticket, self.row)
        return held

    def plan(self, verb: str) -> engine.Move:
        """The move it would be. Raises `engine.Refused` in one of its forms."""
        return engine.plan(
            self.definition,
            verb,
            state=self.ticket.state,
            actors=self.actors,
            given=self.given,
            held=self.held(verb),
            facts=self.facts,
            approved=self.approved,
            deciding=self.deciding,
            short=short(self),
            entered_at=self.ticket.state_since,
            at=self.at,
            later=working_days_later,
        )


def plan_move(scene: Scene, verb: str, *, version: int | None = None) -> engine.Move:
    """The move, or Forbidden, Stale, WrongState, Invalid: looked at in this order."""
    try:
        move = scene.plan(verb)
    except engine.NotYours as no:
        raise Forbidden(_not_yours(scene, verb, no)) from no
    except engine.Refused as no:
        check_version(scene.ticket, version)
        raise _in_words(no, scene, verb) from no
    check_version(scene.ticket, version)
    return move


def _in_words(no: engine.Refused, scene: Scene, verb: str) -> Refused:
    ticket = scene.ticket
    words = {
        "verb": _verb_words(scene, verb),
        "number": ticket.number,
        "state": inside(state_name(ticket)),
    }
    if isinstance(no, engine.TooLate):
        until = exact(no.until)
        return WrongState(
            _("%(number)s could be changed so until %(until)s. Open a new ticket.")
            % {**words, "until": until},
            allowed=verb_names(ticket, scene.by, at=scene.at),
        )
    if isinstance(no, engine.NotAllowedHere):
        return WrongState(
            _("%(number)s is %(state)s, so “%(verb)s” is not possible now.") % words,
            allowed=verb_names(ticket, scene.by, at=scene.at),
        )
    if isinstance(no, engine.Missing):
        needed = {
            name: [_("This is needed for “%(verb)s”.") % words] for name in no.fields
        }
        detail = ngettext(
            "One thing is missing: %(names)s.",
            "Some things are missing: %(names)s.",
            len(no.fields),
        ) % {"names": ", ".join(map(named, no.fields))}
        return Invalid(needed, detail)
    if isinstance(no, engine.Invalid):
        possible = ", ".join(no.possible)
        text = _("“%(value)s” is not known here. Choose one of: %(possible)s.")
        return Invalid({no.field: [text % {"value": no.value, "possible": possible}]})
    return Refused(str(no))


def _not_yours(scene: Scene, verb: str, no: engine.NotYours) -> str:
    """For whom it is; to who made what is decided on, why they are not among them."""
    decided = verb in {rule.verb for rule in scene.definition.approvals}
    if decided and scene.by is not None and (why := barred(scene.by, scene.ticket)):
        return why
    words = {
        "number": scene.ticket.number,
        "verb": _verb_words(scene, verb),
        "who": ", ".join(map(named, no.by)),
    }
    return _("%(number)s: “%(verb)s” is for %(who)s.") % words


def _verb_words(scene: Scene, verb: str) -> str:
    """The verb as its process calls it, for the middle of a sentence."""
    rules = scene.definition.transitions.get(verb)
    return inside(phrase(rules[0].label)) if rules else named(verb)


def barred(user: User, ticket: Ticket) -> str:
    """Why this person never decides on the ticket; empty where they might."""
    why = barred_of([ticket])[ticket.pk].get(user.pk)
    sentences = {
        REQUESTER: _("You asked for it yourself, so somebody else decides."),
        OWNER: _("You own it, so somebody else decides."),
        AUTHOR: _("You wrote what is decided on, so somebody else decides."),
        DOER: _("You do a part of it, so somebody else decides."),
        PROGRAM: _("A program of yours made it, so somebody else decides."),
    }
    return sentences[why] if why else ""


def _deciding(by: User | None, ticket: Ticket, at: datetime) -> dict[str, int]:
    """Names of the pending decisions that this person may answer, and on whose seat."""
    if by is None or by.is_machine or not (rows := asked_of(by, ticket)):
        return {}
    for row in rows:
        row.ticket = ticket
    found = zip(rows, seats_of(rows, at), strict=True)
    return {row.name: seats.by[by.pk] for row, seats in found if by.pk in seats.by}


def short(scene: Scene) -> frozenset[str]:
    """Decisions that this person's yes does not complete: their quorum wants more."""
    rows = [
        row
        for row in approvals_of(scene.ticket)
        if row.quorum > 1 and not row.decision and row.name in scene.deciding
    ]
    if not rows or scene.by is None:
        return frozenset()
    yes = Vote.objects.filter(approval__in=rows, void_at=None, answer__in=YES)
    said: dict[int, set[int]] = {row.pk: {scene.deciding[row.name]} for row in rows}
    others = yes.exclude(by=scene.by)
    for row, by, giver in others.values_list("approval_id", "by_id", "on_behalf_of"):
        said[row].add(giver or by)
    return frozenset(row.name for row in rows if len(said[row.pk]) < row.quorum)


def _approved(ticket: Ticket) -> frozenset[str]:
    """The approvals that were given."""
    rows = approvals_of(ticket)
    return frozenset(row.name for row in rows if row.decision == "approved")
