"""From a ticket's history to the rows that are written: itself and its events."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.context import Door
from itsm.tickets import kinds
from itsm.tickets.exchange.history import History, Step
from itsm.tickets.exchange.roster import Roster
from itsm.tickets.exchange.rules import DONE, OPEN_CATEGORIES, Rules
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import COMPUTED, reckon
from itsm.tickets.states import Size
from processes import engine

ASSIGNED = frozenset({"team", "owner", "reassignment_count"})
TRIAGED = frozenset({"impact", "urgency", "priority", "category", "service"})
UNSET: Mapping[str, Any] = {"wait_reason": ""}
OPENED = {  # of the opening event: what our own openings log besides
    "number": "number",
    "type": "type",
    "channel": "channel",
    "size": "size",
    "affected": "affected",
    "organisation": "organisation_id",
    "process_version": "process_version_id",
    "restricted": "restricted",
}
MOST_SMALL = 32767  # of a small integer column
EVENT_COLUMNS = (
    "kind",
    "at",
    "actor_id",
    "door",
    "subject_type",
    "subject_id",
    "public",
    "changes",
    "request_id",
)


@dataclass(slots=True)
class Past:
    """What the steps add up to."""

    state_since: datetime
    paused_since: datetime | None = None
    paused_for: timedelta = timedelta()
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    responded_at: datetime | None = None
    handovers: int = 0
    reopens: int = 0


def events(
    history: History, rules: Rules, row: Mapping[str, Any], *, request_id: str
) -> Iterator[tuple[Any, ...]]:
    """One event per step, in `EVENT_COLUMNS`, with what it changed.

    `row` is the ticket as `ticket()` made it: its opening names what never changes.
    """
    before: Mapping[str, Any] = UNSET
    is_answered = False  # imported logs hold no texts: it counts when it was taken up
    for number, step in enumerate(history.steps):
        changes = changed(before, step.values)
        kind = kinds.OPEN if number == 0 else kind_of(changes, before, rules)
        if "state" in changes:
            changes |= _category(before.get("state"), step.values["state"], rules)
        if not is_answered and rules.category(step.values["state"]) != "new":
            changes["responded_at"] = [None, step.at.isoformat()]
            is_answered = True
        if number == 0:
            opened = {name: row[column] for name, column in OPENED.items()}
            changes = changed({}, {k: v for k, v in opened.items() if v}) | changes
        yield (
            kind,
            step.at,
            step.actor,
            Door.IMPORT.value,
            Ticket.subject_type,
            row["id"],
            kind in kinds.PUBLIC,
            json.dumps(changes, ensure_ascii=False, separators=(",", ":")),
            request_id,
        )
        before = step.values


def _category(before: str | None, after: str, rules: Rules) -> dict[str, list[Any]]:
    old, new = before and rules.category(before), rules.category(after)
    return {} if old == new else {"state_category": [old, new]}


def changed(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """The fields whose value is another one now: `{field: [old, new]}`."""
    return {
        field: [before.get(field), value]
        for field, value in after.items()
        if value != before.get(field)
    }


def kind_of(
    changes: Mapping[str, list[Any]], before: Mapping[str, Any], rules: Rules
) -> str:
    """The kind of event that a step is: its change of state before all else."""
    if "state" in changes:
        return rules.kind(before["state"], changes["state"][1])
    if "wait_reason" in changes:
        return kinds.WAIT
    if ASSIGNED & changes.keys():
        return kinds.ASSIGN
    return kinds.TRIAGE if TRIAGED & changes.keys() else kinds.IMPORTED


def past(steps: list[Step], rules: Rules) -> Past:
    """Walk through the steps once, and keep what the ticket's row needs."""
    total = Past(state_since=steps[0].at)
    before: Mapping[str, Any] = {}
    for step in steps:
        values = step.values
        if values["state"] != before.get("state"):
            _enter(total, before, values["state"], step.at, rules)
        paused = rules.pauses(values["state"], values["wait_reason"])
        if total.paused_since and not paused:
            total.paused_for += max(step.at - total.paused_since, timedelta())
            total.paused_since = None
        elif paused and not total.paused_since:
            total.paused_since = step.at
        if before and values["team"] != before["team"]:
            total.handovers += 1
        before = values
    return total


def _enter(
    total: Past, before: Mapping[str, Any], state: str, at: datetime, rules: Rules
) -> None:
    category = rules.category(state)
    total.state_since = at
    if category != "new":
        total.responded_at = total.responded_at or at
    if category in OPEN_CATEGORIES:
        if before and rules.category(before["state"]) in DONE:
            total.reopens += 1
        total.resolved_at = total.closed_at = None
    elif category == "resolved":
        total.resolved_at = at
    else:
        total.closed_at = at
        if category == "closed":
            total.resolved_at = total.resolved_at or at


def ticket(
    history: History,
    rules: Rules,
    *,
    pk: int,
    number: str,
    roster: Roster,
    at: datetime,
) -> dict[str, Any]:
    """The ticket's row as `{column: value}`. `at` is the time of the import."""
    last, total = history.steps[-1].values, past(history.steps, rules)
    opened_at = history.steps[0].at
    return {
        "id": pk,
        "number": number,
        "type": history.type.value,
        "title": history.title,
        "description": history.description,
        "channel": str(history.channel),
        "process_version_id": rules.version.pk,
        "size": int(Size.S),
        "affected": 1,
        "organisation_id": roster.organisation_of.get(last["requester"]),
        "restricted": last["service"] in roster.restricted_services,
        "opened_at": opened_at,
        "updated_at": history.steps[-1].at,
        "resolution": history.resolution,
        "resolution_code": history.resolution_code,
        "verified_by": "",
        "external_ref": history.ref,
        "extra": json.dumps(history.extra, ensure_ascii=False, separators=(",", ":")),
        "version": 1,
        **_as_left(last, rules),
        **_lived(history, rules.category(last["state"]), total),
        **_place(rules, last, total, opened_at, at),
    }


def _as_left(last: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The columns that its last step says."""
    matrix = engine.priority(rules.definition, last["impact"], last["urgency"])
    is_matrix = matrix == last["priority"]
    return {
        "state": last["state"],
        "state_category": rules.category(last["state"]),
        "wait_reason": last["wait_reason"],
        "category_id": last["category"],
        "impact": last["impact"],
        "urgency": last["urgency"],
        "priority": last["priority"],
        "priority_reason": "" if is_matrix else "As in the imported log",
        "requester_id": last["requester"],
        "owner_id": last["owner"],
        "team_id": last["team"],
        "service_id": last["service"],
    }


def _lived(history: History, category: str, total: Past) -> dict[str, Any]:
    """The columns that all its steps add up to; what the source says itself wins."""
    is_solved = category in DONE and category != "cancelled"
    is_over = category in ("closed", "cancelled")
    resolved_at = history.resolved_at or total.resolved_at
    return {
        "state_since": total.state_since,
        "paused_since": total.paused_since,
        "paused_for": total.paused_for or None,
        "resolved_at": resolved_at if is_solved else None,
        "closed_at": (history.closed_at or total.closed_at) if is_over else None,
        "handovers": _count(history.handovers, total.handovers),
        "reopens": _count(history.reopens, total.reopens),
    }


def _count(given: int | None, counted: int) -> int:
    return max(0, min(counted if given is None else given, MOST_SMALL))


def _place(
    rules: Rules,
    last: Mapping[str, Any],
    total: Past,
    opened_at: datetime,
    at: datetime,
) -> dict[str, Any]:
    """Where it stands in the order of work, and what happens to it by itself.

    Nothing lies ahead of a ticket that is over, so the reckoning is spared. One that
    is open and was taken up counts as answered then: imported logs hold no texts.
    """
    category = rules.category(last["state"])
    if category in ("closed", "cancelled"):
        band = 0 if last["priority"] == 1 else 1
        return dict.fromkeys(COMPUTED) | {
            "band": band,
            "start_by": opened_at,
            "next_due_kind": "",
            "timer_verb": "",
            "responded_at": None,
        }
    ticket = Ticket(
        process_version=rules.version,
        state=last["state"],
        state_category=category,
        state_since=total.state_since,
        impact=last["impact"],
        urgency=last["urgency"],
        priority=last["priority"],
        opened_at=opened_at,
        responded_at=total.responded_at,
        paused_since=total.paused_since,
        paused_for=total.paused_for or None,
    )
    reckon(ticket, at=at)
    return {name: getattr(ticket, name) for name in (*COMPUTED, "responded_at")}
