"""A change on its way to being done, as far as a pipeline may take it.

It moves by the verbs of its own process, one after the other, until one of them is
another's to do, or what has to be there is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Refused
from core.log import record
from core.wording import exact
from itsm.changes.calendar.queries import freeze_at
from itsm.changes.gate import opening
from itsm.changes.gate.models import Release
from itsm.changes.gate.reading import Span
from itsm.changes.gate.standing import undecided
from itsm.changes.models import Change
from itsm.changes.paths import runs
from itsm.tickets import actions, details, kinds
from itsm.tickets.actions.common import plain, save
from itsm.tickets.actions.planning import Scene, plan_move
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of
from itsm.tickets.reckoning import definition_of
from people.models import User

TO_PLAN = ("schedule", "submit")  # the first that its process has for it
BEGIN, END = "implement", "resolve"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why it may not go: until when, if that is known, or not at all as it stands."""

    why: str
    until: datetime | None = None
    is_no: bool = False


@dataclass(slots=True)
class Walk:
    """One change, one pipeline, one moment."""

    ticket: Ticket
    release: Release
    by: User
    at: datetime

    @property
    def row(self) -> Change:
        """What the change itself holds."""
        return row_of(self.ticket)

    def can(self, verb: str) -> bool:
        """Whether its process has this verb for it here and now."""
        scene = Scene.of(self.ticket, by=self.by, at=self.at)
        return any(one.name == verb for one in scene.verbs())

    def do(self, verb: str) -> Hold | None:
        """Move it, or say what is missing; nothing is written then."""
        try:
            plan_move(Scene.of(self.ticket, by=self.by, at=self.at), verb)
        except Refused as no:
            return Hold(no.detail, is_no=True)
        self.ticket = actions.transition(
            ticket=self.ticket, verb=verb, by=self.by, at=self.at, given={}
        )
        return None


def row_of(ticket: Ticket) -> Any:
    """The change's own row."""
    detail = details.of("change")
    assert detail is not None
    return detail.load(ticket)


def is_running(ticket: Ticket) -> bool:
    """Whether it was begun and nobody said yet how it went."""
    return runs(definition_of(ticket), ticket.state)


def go_on(walk: Walk) -> list[Hold]:
    """Take it as far as it goes; nothing answered is: it runs."""
    if is_running(walk.ticket):
        return []
    if lacking := [*_lacking(walk.row), *_passed(walk)]:
        return lacking
    _keep_window(walk)
    verb = next((verb for verb in TO_PLAN if walk.can(verb)), None)
    if verb and (hold := walk.do(verb)):
        return [hold]
    holds = [*(Hold(said) for said in undecided(walk.ticket)), *_not_yet(walk)]
    if holds:
        return holds
    if not walk.can(BEGIN):
        return [Hold(_("Somebody has to take it on from where it stands."))]
    hold = walk.do(BEGIN)
    return [hold] if hold else []


def _lacking(row: Change) -> Iterable[Hold]:
    """Evidence that its kind of change asks for, and what did not pass."""
    passed = {piece["kind"] for piece in row.evidence if piece.get("passed", True)}
    failed = {piece["kind"] for piece in row.evidence if not piece.get("passed", True)}
    if failed:
        words = {"kinds": ", ".join(sorted(failed))}
        yield Hold(_("This did not pass: %(kinds)s.") % words, is_no=True)
    asked = row.kind.evidence if row.kind else []
    missing = [kind for kind in asked if kind not in passed | failed]
    if missing:
        said = ngettext(
            "This evidence is missing: %(kinds)s.",
            "These pieces of evidence are missing: %(kinds)s.",
            len(missing),
        )
        yield Hold(said % {"kinds": ", ".join(missing)}, is_no=True)


def _passed(walk: Walk) -> Iterable[Hold]:
    """The window that it was sent with."""
    span = walk.row.window
    if span and walk.release.has_own_window and walk.at >= span[1]:
        words = {"end": exact(span[1])}
        said = _("Its window ended on %(end)s; send another one.") % words
        yield Hold(said, is_no=True)


def _not_yet(walk: Walk) -> Iterable[Hold]:
    """Freezes and its own window."""
    row, ticket, at = walk.row, walk.ticket, walk.at
    length = row.kind.length if row.kind else timedelta()
    frozen = freeze_at(ticket.service, row.model, at, at + length)
    if frozen:
        words = {"name": frozen.name, "until": exact(frozen.until)}
        said = _("“%(name)s” holds; it may go from %(until)s on.") % words
        yield Hold(said, frozen.until)
    span = row.window
    if span and walk.release.has_own_window and at < span[0]:
        words = {"start": exact(span[0])}
        yield Hold(_("Its window begins on %(start)s.") % words, span[0])


def _keep_window(walk: Walk) -> None:
    """A window that the gate chose moves with what it waits for."""
    row, span = walk.row, walk.row.window
    if walk.release.has_own_window or (span and span[0] <= walk.at < span[1]):
        return
    service = walk.ticket.service
    assert service is not None
    new = opening.window(service, row.kind, row.model, walk.at)
    if span and span[0] <= new[0] < span[1]:
        return  # it waits for a freeze that holds still
    move_window(walk, new)


def move_window(walk: Walk, span: Span) -> None:
    """Another window; where somebody decided on the former one, they are asked anew."""
    if any(row.decision in ("", "approved") for row in approvals_of(walk.ticket)):
        walk.ticket = actions.edit(
            ticket=walk.ticket, by=walk.by, at=walk.at, given={"window": span}
        )
        return
    row = walk.row
    changes = {"window": (plain(row.window), plain(span))}
    row.window = span
    row.save(update_fields=["window_start", "window_end"])
    save(walk.ticket, at=walk.at)
    record(kinds.EDIT, subject=walk.ticket, by=walk.by, at=walk.at, changes=changes)
