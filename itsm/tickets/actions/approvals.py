"""Approvals: asked when a ticket reaches the state that needs them, decided by name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from itsm.tickets.actions.planning import Scene
from itsm.tickets.models import Approval, Ticket
from itsm.tickets.policy import PERSONAL, approvals_of
from itsm.tickets.reckoning import definition_of
from people.models import Service, User
from processes import engine
from processes.definition import Approval as Rule

APPROVED, REJECTED, WITHDRAWN = "approved", "rejected", "withdrawn"


def ask(scene: Scene, move: engine.Move) -> None:
    """Name who has to decide, once the ticket stands where a decision is due.

    Coming here anew withdraws what was decided before, a revision all of it; a
    decision that nobody waits for any more is no longer asked.
    """
    ticket = scene.ticket
    if not scene.definition.approvals:
        return
    needed = _needed(scene)
    names = {rule.name for rule in needed}
    asked: set[str] = set()
    if move.from_state == move.to_state:
        asked = {row.name for row in approvals_of(ticket) if row.decision != REJECTED}
    else:
        _withdraw(ticket, names, everything=move.verb == "revise")
    _ask(scene, needed, but=asked)


def carry_over(tickets: Sequence[Ticket], *, at: datetime) -> None:
    """After they came to another version: ask what it asks where each stands, no more.

    What was decided stays decided. One query where nothing is asked, before or after.
    """
    rows = defaultdict(list)
    for row in Approval.objects.filter(ticket__in=tickets).order_by("id"):
        rows[row.ticket_id].append(row)
    for ticket in tickets:
        scene = Scene.of(ticket, by=None, at=at) if _asks_here(ticket) else None
        needed = _needed(scene) if scene else []
        wanted = {(rule.name, rule.by) for rule in needed}
        for row in rows[ticket.pk]:
            if not row.decision and (row.name, row.authority) not in wanted:
                _write(row, WITHDRAWN)
        if scene:
            held = {r.name for r in rows[ticket.pk] if r.decision in ("", APPROVED)}
            _ask(scene, needed, but=held)


def _asks_here(ticket: Ticket) -> bool:
    """Whether a verb of this state may need somebody's yes."""
    definition = definition_of(ticket)
    verbs = {rule.verb for rule in definition.approvals}
    return any(r.verb in verbs and ticket.state in r.from_ for r in definition.rules)


def _needed(scene: Scene) -> list[Rule]:
    """What has to be decided where the ticket stands."""
    state, definition = scene.ticket.state, scene.definition
    here = {rule.verb for rule in definition.rules if state in rule.from_}
    return [
        rule
        for verb in sorted(here)
        for rule in engine.missing_approvals(definition, verb, scene.facts)
    ]


def _ask(scene: Scene, needed: Iterable[Rule], *, but: Collection[str]) -> None:
    asked = Approval.objects.bulk_create(
        Approval(
            ticket=scene.ticket,
            name=rule.name,
            authority=rule.by,
            approver=_approver(scene, rule.by),
            asked_at=scene.at,
        )
        for rule in needed
        if rule.name not in but
    )
    if asked:
        scene.ticket.approval_rows = None


def decide(scene: Scene, move: engine.Move) -> None:
    """Write down the decisions that a move gives, or that a rejection takes back."""
    reason = str(scene.given.get("comment") or "").strip()[:1000]
    for row in approvals_of(scene.ticket):
        if row.decision:
            continue
        if row.name in move.approves:
            _write(row, APPROVED, scene, reason)
        elif move.verb == "reject":
            _write(row, REJECTED, scene, reason)


def _withdraw(ticket: Ticket, needed: set[str], *, everything: bool) -> None:
    for row in approvals_of(ticket):
        was_given = row.decision == APPROVED and (everything or row.name in needed)
        if was_given or not row.decision:
            _write(row, WITHDRAWN)


def _write(
    row: Approval, decision: str, scene: Scene | None = None, reason: str = ""
) -> None:
    row.decision = decision
    if scene is not None:
        row.decided_by, row.decided_at, row.reason = scene.by, scene.at, reason
    row.save()


def _approver(scene: Scene, authority: str) -> User | None:
    ticket = scene.ticket
    return who_decides(
        authority,
        requester=ticket.requester,
        service=ticket.service,
        named=scene.facts.get(f"{authority}_person"),
    )


def who_decides(
    authority: str,
    *,
    requester: User | None,
    service: Service | None,
    named: User | None,
) -> User | None:
    """The one person of an authority; None where anybody with the role decides.

    `named` is whom the order itself names. Nobody decides on their own: the requester's
    manager does it for them. Where that leaves nobody, an administrator stands in (see
    `itsm.tickets.policy`).
    """
    manager = requester.manager if requester else None
    if authority == "manager":
        named = manager
    elif authority == "service_owner":
        named = service.owner if service else None
    if named is not None and named == requester:
        named = manager
    return named if named is not None and named.is_active else None


def stands_in(authority: str) -> str:
    """Why an administrator is asked where `who_decides` finds nobody; else empty."""
    if authority == "manager":
        return _("No manager is known, so an administrator has to say yes first.")
    if authority in PERSONAL:
        return _("Nobody is named for it, so an administrator has to say yes first.")
    return ""
