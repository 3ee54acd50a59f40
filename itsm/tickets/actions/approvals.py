"""Approvals: asked when a ticket reaches the state that needs them, decided by name."""

from typing import Any

from itsm.tickets.actions.planning import Scene
from itsm.tickets.models import Approval
from people.models import User
from processes import engine


def ask(scene: Scene) -> None:
    """Name who has to decide, once the ticket stands where a decision is due."""
    ticket, definition = scene.ticket, scene.definition
    if not definition.approvals:
        return
    here = {rule.verb for rule in definition.rules if ticket.state in rule.from_}
    needed = [
        rule
        for verb in sorted(here)
        for rule in engine.missing_approvals(definition, verb, scene.facts)
    ]
    if not needed:
        return
    asked = set(
        Approval.objects.filter(ticket_id=ticket.pk)
        .exclude(decision="rejected")
        .values_list("name", flat=True)
    )
    Approval.objects.bulk_create(
        Approval(
            ticket=ticket,
            name=rule.name,
            authority=rule.by,
            approver=_approver(scene, rule.by),
            asked_at=scene.at,
        )
        for rule in needed
        if rule.name not in asked
    )


def decide(scene: Scene, move: engine.Move) -> None:
    """Write down the decisions that a move gives, or that a rejection takes back."""
    pending = Approval.objects.filter(ticket_id=scene.ticket.pk, decision="")
    written: dict[str, Any] = {"decided_by": scene.by, "decided_at": scene.at}
    reason = str(scene.given.get("comment") or "")[:1000]
    if move.approves:
        pending.filter(name__in=move.approves).update(
            decision="approved", reason=reason, **written
        )
    elif move.verb == "reject":
        pending.update(decision="rejected", reason=reason, **written)


def _approver(scene: Scene, authority: str) -> User | None:
    """The named person of an authority; None where anybody with the role decides."""
    ticket = scene.ticket
    if authority == "manager":
        return ticket.requester.manager if ticket.requester else None
    if authority == "service_owner":
        return ticket.service.owner if ticket.service else None
    named: User | None = scene.facts.get(f"{authority}_person")
    return named
