"""A decision is asked for where a ticket's process needs it, and asked anew when what
it rests on changes. Rows are read and written under the ticket's lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core import texts
from core.log import record
from core.models import Event, TextVersion
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import facts_of, plain, save
from itsm.tickets.actions.planning import Scene
from itsm.tickets.approving import naming
from itsm.tickets.approving.models import Approval, Vote
from itsm.tickets.approving.seats import Barred, asks_anew, barred_of, seats_of
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of
from itsm.tickets.reckoning import definition_of, enter
from itsm.tickets.states import OPEN
from people.calendars.reading import working_days_later
from people.models import User
from processes import engine
from processes.definition import Approval as Rule

APPROVED, REJECTED, WITHDRAWN = "approved", "rejected", "withdrawn"
EXPIRED, REPLACED = "expired", "replaced"
WHO = frozenset({"owner", "team", "requester", "task", "evidence"})  # who may answer
BACK = (
    *("state", "state_category", "state_since", "paused_since", "paused_for"),
    *("wait_reason", "wake_at"),
)


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
    former: dict[str, Approval] = {}
    if move.from_state == move.to_state:
        asked = {row.name for row in approvals_of(ticket) if row.decision != REJECTED}
    else:
        former = _withdraw(scene, names, everything=move.verb == "revise")
    _ask(scene, needed, but=asked, former=former)


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
                end(row, WITHDRAWN, ticket=ticket, by=None, at=at)
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
    facts = facts_of(scene.ticket)  # as they are after the move
    return [
        rule
        for verb in sorted(here)
        for rule in engine.missing_approvals(definition, verb, facts)
    ]


def _ask(
    scene: Scene,
    needed: Iterable[Rule],
    *,
    but: Collection[str],
    former: Mapping[str, Approval] | None = None,
) -> None:
    rules = [rule for rule in needed if rule.name not in but]
    if not rules:
        return
    basis = basis_of(scene.ticket, scene.by, scene.at)
    barred = barred_of([scene.ticket])
    never = barred[scene.ticket.pk]
    rows = [
        _row(scene, rule, basis, never, (former or {}).get(rule.name)) for rule in rules
    ]
    put(rows, by=scene.by, at=scene.at, barred=barred)


def _row(
    scene: Scene,
    rule: Rule,
    basis: Mapping[str, Any],
    barred: Collection[int],
    former: Approval | None,
) -> Approval:
    """One decision, unsaved."""
    ticket, at = scene.ticket, scene.at
    person = naming.who_decides(
        rule.by,
        requester=ticket.requester,
        service=ticket.service,
        named=scene.facts.get(f"{rule.by}_person"),
    )
    person = naming.above(person, but=barred)
    group = naming.group_for(rule.by, ticket.service) if person is None else None
    return Approval(
        ticket=ticket,
        name=rule.name,
        authority=rule.by,
        approver=person,
        group=group,
        quorum=max(rule.quorum, group.quorum if group else 1),
        asked_at=at,
        remind_at=later(at, rule.reminds),
        expires_at=later(at, rule.expires),
        basis=basis,
        former=former,
    )


def later(at: datetime, length: timedelta | None) -> datetime | None:
    """So much after; its whole days are working days."""
    return None if length is None else working_days_later(at, length)


def put(
    rows: Sequence[Approval],
    *,
    by: User | None,
    at: datetime,
    barred: Barred | None = None,
) -> None:
    """Write new decisions and say that they are asked for; `barred` as `seats_of`."""
    for row, seats in zip(rows, seats_of(rows, at, barred), strict=True):
        row.asked = sorted(seats.by)
    Approval.objects.bulk_create(rows)
    for row in rows:
        row.ticket.approval_rows = None
        changes = {
            "approval": (row.former_id, row.pk),
            "authority": (None, row.authority),
            "approver": (None, row.approver_id),
        }
        record(kinds.ASKED, subject=row.ticket, by=by, at=at, changes=changes)


def refresh(rows: Sequence[Approval], at: datetime) -> int:
    """Work out anew who may answer; how many of these decisions that changed for."""
    changed = []
    for row, seats in zip(rows, seats_of(rows, at), strict=True):
        asked = sorted(seats.by)
        if asked != row.asked:
            row.asked = asked
            changed.append(row)
    Approval.objects.bulk_update(changed, ["asked"])
    return len(changed)


def end(
    row: Approval,
    decision: str,
    *,
    ticket: Ticket,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Write down what became of a decision, and say so."""
    row.decision = decision
    if decision in (APPROVED, REJECTED):
        row.decided_by, row.decided_at, row.reason = by, at, reason[:1000]
    row.save()
    changes = {"approval": (row.pk, row.pk), "decision": (None, decision)}
    record(kinds.DECIDED, subject=ticket, by=by, at=at, changes=changes)


def _withdraw(
    scene: Scene, needed: set[str], *, everything: bool
) -> dict[str, Approval]:
    """Take back what is asked or was given; by name, what is to be asked again."""
    found = {}
    for row in approvals_of(scene.ticket):
        was_given = row.decision == APPROVED and (everything or row.name in needed)
        if row.basis and row.decision in (APPROVED, WITHDRAWN, ""):
            found[row.name] = row
        if was_given or not row.decision:
            end(row, WITHDRAWN, ticket=scene.ticket, by=scene.by, at=scene.at)
    return found


# What a decision rests on -----------------------------------------------------


def basis_of(ticket: Ticket, by: User | None, at: datetime) -> dict[str, Any]:
    """What is decided on, as it is now: texts by their version, the rest by value."""
    names = asks_anew(ticket)
    detail = details.of(ticket.type)
    if not names or detail is None:
        return {}
    row = detail.load(ticket)
    basis: dict[str, Any] = {
        "service": ticket.service_id,
        "risk": detail.facts(ticket, row).get("risk") or "",
    }
    kept = _versions(ticket, detail.asks_anew & detail.texts)
    for name in sorted(detail.asks_anew):
        value = getattr(row, name)
        if name not in detail.texts:
            basis[name] = plain(value)
        elif value and name not in kept:
            about = {"subject": ticket, "field": name, "body": value}
            basis[name] = texts.keep(**about, by=by, at=at)
        else:
            basis[name] = kept.get(name)
    return basis


def _versions(ticket: Ticket, names: Collection[str]) -> dict[str, int]:
    """The newest wording of each of these texts."""
    rows = TextVersion.objects.filter(
        subject_type=Ticket.subject_type, subject_id=ticket.pk, field__in=names
    )
    return dict(rows.order_by("id").values_list("field", "pk"))


def follow(event: Event, subject: Any) -> None:
    """Inside every action on a ticket: what a decision rests on may have changed.

    Then it is asked anew, of a ticket that was let through already by going back to
    where it waited. Looked at only where a decision is pending or was given.
    """
    from itsm.tickets.approving import voting  # which asks by this module

    ticket: Ticket = subject
    if event.kind in kinds.OF_DECISIONS or not asks_anew(ticket):
        return
    live = [row for row in approvals_of(ticket) if row.decision in ("", APPROVED)]
    if live and (event.changes.keys() & asks_anew(ticket) or _other_risk(ticket, live)):
        by = None if event.actor_id is None else User.objects.get(pk=event.actor_id)
        _anew(ticket, live, by, event.at)
    elif live and event.changes.keys() & WHO:
        pending = [row for row in live if not row.decision]
        for row in pending:
            row.ticket = ticket
        refresh(pending, event.at)
        if "evidence" in event.changes:
            voting.count_reviews(ticket=ticket, at=event.at)


def _other_risk(ticket: Ticket, live: Iterable[Approval]) -> bool:
    """Whether any of these was decided, or asked, under another risk."""
    detail = details.of(ticket.type)
    if detail is None:
        return False
    risk = detail.facts(ticket, detail.load(ticket)).get("risk") or ""
    return any(row.basis.get("risk", risk) != risk for row in live)


def gate(ticket: Ticket) -> tuple[str, frozenset[str]] | None:
    """Where the decisions stand that an edit makes void: the state in which they are
    given, and the verbs; None where none was asked, or work has begun."""
    live = {row.name for row in approvals_of(ticket) if row.decision in ("", APPROVED)}
    definition = definition_of(ticket)
    verbs = {rule.verb for rule in definition.approvals if rule.name in live}
    for rule in definition.rules:
        if rule.verb not in verbs or ticket.state not in (*rule.from_, rule.to):
            continue
        state = ticket.state if ticket.state in rule.from_ else rule.from_[0]
        if definition.states[state].category in OPEN:
            return state, frozenset(verbs)
    return None


def _anew(
    ticket: Ticket, live: Sequence[Approval], by: User | None, at: datetime
) -> None:
    """Void these decisions, go back to where they are given, and ask again."""
    there = gate(ticket)
    if there is None:
        return
    for row in live:
        Vote.objects.filter(approval=row, void_at=None).update(void_at=at)
        row.decision = WITHDRAWN
        row.save(update_fields=["decision"])
        changes = {"approval": (row.pk, row.pk), "decision": (None, WITHDRAWN)}
        record(kinds.DECIDED, subject=ticket, by=by, at=at, changes=changes)
    ticket.approval_rows = None
    _go_back(ticket, there[0], by, at)
    scene = Scene.of(ticket, by=by, at=at)
    _ask(scene, _needed(scene), but=(), former={row.name: row for row in live})


def _go_back(ticket: Ticket, state: str, by: User | None, at: datetime) -> None:
    if ticket.state == state:
        return
    category = definition_of(ticket).states[state].category
    was = {"state": ticket.state, "state_category": ticket.state_category}
    move = engine.Move("ask_anew", ticket.state, state, ticket.state_category, category)
    enter(ticket, move, at=at)
    save(ticket, at=at, fields=BACK)
    changes = {name: (old, getattr(ticket, name)) for name, old in was.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    record(kinds.ASK_ANEW, subject=ticket, by=by, at=at, changes=changes)
