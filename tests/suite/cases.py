"""Every verb there is, once: on what, by whom, with what, and what has to be true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from itsm.tickets.doors import perform
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.tags.models import Tag
from tests.cast import Cast
from tests.factories import a_kind, a_ticket

Steps = tuple[tuple[str, str, Mapping[str, Any]], ...]  # who, verb, fields
WINDOW = {"start": "2027-01-10T20:00:00Z", "end": "2027-01-10T22:00:00Z"}
PLANNED = {
    "service": "vpn",
    "plan": "One by one",
    "test": "Ping",
    "way_back": "Old firmware",
    "window": WINDOW,
}


@dataclass(frozen=True)
class Case:
    """One verb. `before` brings the ticket where the verb is possible."""

    verb: str
    type: str = "incident"
    who: str = "bob"
    fields: Mapping[str, Any] = field(default_factory=dict)
    before: Steps = ()
    after: Mapping[str, Any] = field(default_factory=dict)
    opened: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return f"{self.type}-{self.name or self.verb}"


TAKEN: Steps = (("bob", "take", {"service": "vpn"}),)
ASKED: Steps = (*TAKEN, ("erin", "ask", {}))
OFFERED: Steps = (*TAKEN, ("bob", "assign", {"owner": "erin@demo.example"}))
WAITING: Steps = (*TAKEN, ("bob", "wait", {"reason": "supplier"}))
RESOLVED: Steps = (*TAKEN, ("bob", "resolve", {"resolution": "Restarted"}))
ASSESSING: Steps = (("alice", "start", {"service": "vpn"}),)
AT_APPROVAL: Steps = (("alice", "submit", PLANNED),)
SCHEDULED: Steps = (*AT_APPROVAL, ("frank", "approve", {}))
IMPLEMENTING: Steps = (*SCHEDULED, ("alice", "implement", {}))
VERIFYING: Steps = (*IMPLEMENTING, ("alice", "verify", {}))
IN_REVIEW: Steps = (*VERIFYING, ("alice", "resolve", {"result": "issues"}))
INVESTIGATING: Steps = (("alice", "start", {"service": "vpn"}),)
FIXING: Steps = (*INVESTIGATING, ("alice", "fix", {"causes": "Firmware"}))

CASES = (
    # What every ticket has
    Case("take", after={"owner": "Bob", "state": "new"}),
    Case(
        "take",
        fields={"service": "vpn"},
        after={"owner": "Bob", "state": "in_progress", "service": "VPN"},
        name="take-and-start",
    ),
    Case(
        "assign",
        fields={"owner": "erin@demo.example", "team": "network", "comment": "Yours?"},
        after={"owner": "Erin", "team": "Network"},
    ),
    Case(
        "assign",
        fields={"owner": "erin@demo.example"},
        before=TAKEN,
        after={"owner": "Bob", "offered_to": "Erin"},
        name="offer",
    ),
    Case("ask", who="erin", fields={"comment": "My skill"}, before=TAKEN, name="ask"),
    Case(
        "assign",
        who="erin",
        fields={"owner": "erin@demo.example"},
        before=TAKEN,
        after={"owner": "Bob", "offered_to": "None"},
        name="assign-to-oneself-asks",
    ),
    Case(
        "grant",
        fields={"person": "erin@demo.example"},
        before=ASKED,
        after={"owner": "Erin", "handovers": 1},
    ),
    Case(
        "keep",
        fields={"person": "erin@demo.example", "comment": "Nearly done"},
        before=ASKED,
        after={"owner": "Bob"},
    ),
    Case(
        "decline",
        who="erin",
        fields={"comment": "No time"},
        before=OFFERED,
        after={"owner": "Bob", "offered_to": "None"},
    ),
    Case("withdraw", before=OFFERED, after={"owner": "Bob", "offered_to": "None"}),
    Case(
        "triage",
        fields={
            "impact": "high",
            "urgency": "high",
            "category": "connectivity",
            "service": "vpn",
            "size": 5,
            "affected": 30,
        },
        after={"priority": 1, "size": 5, "affected": 30, "service": "VPN"},
    ),
    Case(
        "triage",
        fields={"priority": "P2", "reason": "The board is waiting"},
        after={"priority": 2},
        name="override",
    ),
    Case("comment", fields={"body": "A note"}, name="note"),
    Case("comment", fields={"body": "Hello", "public": True}, name="reply"),
    Case("comment", who="carol", fields={"body": "Any news?", "public": True}),
    Case("promise", fields={"until": "$tomorrow"}),
    Case(
        "promise",
        fields={"until": "$tomorrow", "comment": "We wait for the vendor"},
        before=TAKEN,
        name="promise-and-say",
    ),
    Case("link", fields={"kind": "related", "number": "$other"}),
    Case("link", fields={"kind": "parent", "number": "$other"}, name="parent"),
    Case(
        "unlink",
        fields={"kind": "related", "number": "$other"},
        before=(("bob", "link", {"kind": "related", "number": "$other"}),),
        after={"links": []},
    ),
    Case(
        "merge",
        fields={"into": "$other"},
        after={"state": "cancelled", "resolution_code": "duplicate"},
    ),
    Case(
        "unmerge",
        before=(("bob", "merge", {"into": "$other"}),),
        after={"state": "new", "resolution_code": ""},
    ),
    Case(
        "split",
        before=(("carol", "comment", {"body": "And my printer"}),),
        fields={"title": "Printer jams", "comments": ["$comment"]},
        after={"comments": []},
    ),
    Case("convert", fields={"type": "request"}, after={"type": "request"}),
    Case("tag", fields={"add": ["board"]}, after={"tags": ["board"]}),
    Case(
        "tag",
        fields={"remove": ["board"]},
        before=(("bob", "tag", {"add": ["board"]}),),
        after={"tags": []},
        name="untag",
    ),
    Case("watch", after={"people": [("bob@demo.example", "watcher")]}),
    Case("unwatch", before=(("bob", "watch", {}),), after={"people": []}),
    Case(
        "copy",
        fields={"person": "mallory@demo.example"},
        after={"people": [("mallory@demo.example", "copied")]},
    ),
    Case(
        "restrict",
        who="alice",
        fields={"restricted": True},
        opened={"team": "desk"},
        after={"restricted": True},
    ),
    Case(
        "redact",
        who="alice",
        fields={"comment": "$comment", "why": "A password"},
        before=(("carol", "comment", {"body": "hunter2"}),),
        opened={"team": "desk"},
        after={"comments": [("[removed]", True, "carol@demo.example")]},
    ),
    Case(
        "edit",
        fields={"title": "VPN drops hourly", "description": "Since Monday."},
        after={"title": "VPN drops hourly"},
    ),
    # Incidents
    Case("start", fields={"service": "vpn"}, after={"state": "in_progress"}),
    Case(
        "wait",
        fields={"reason": "requester", "comment": "Which client?"},
        before=TAKEN,
        after={"state": "waiting", "wait_reason": "requester"},
    ),
    Case(
        "wait",
        fields={"reason": "planned", "until": "2027-05-01T08:00:00Z"},
        before=TAKEN,
        after={"wakes": True},
        name="wait-until",
    ),
    Case("resume", before=WAITING, after={"state": "in_progress"}),
    Case(
        "resolve",
        fields={"resolution": "Restarted", "resolution_code": "fixed"},
        before=TAKEN,
        after={"state": "resolved", "resolution": "Restarted"},
    ),
    Case(
        "reopen",
        fields={"comment": "Still drops"},
        before=RESOLVED,
        after={"state": "in_progress", "reopens": 1, "owner": "Bob"},
    ),
    Case("close", before=RESOLVED, after={"state": "closed", "verified_by": ""}),
    Case(
        "cancel",
        fields={"comment": "Reported twice"},
        after={"state": "cancelled", "state_category": "cancelled"},
    ),
    # Requests
    Case("start", type="request", after={"state": "fulfilling"}),
    Case(
        "approve",
        type="request",
        who="frank",
        opened={"offering": "new-laptop"},
        after={"state": "fulfilling"},
    ),
    Case(
        "reject",
        type="request",
        who="frank",
        fields={"comment": "No budget"},
        opened={"offering": "new-laptop"},
        after={"state": "rejected"},
    ),
    Case(
        "submit",
        type="request",
        opened={"offering_row": "new-laptop"},
        after={"state": "approval"},
    ),
    # Changes
    Case(
        "submit",
        type="change",
        who="alice",
        fields=PLANNED,
        before=ASSESSING,
        after={"state": "approval"},
    ),
    Case(
        "schedule",
        type="change",
        who="alice",
        fields=PLANNED,
        opened={"standard": True},
        after={"state": "scheduled"},
    ),
    Case(
        "revise",
        type="change",
        who="alice",
        fields={"comment": "Another window"},
        before=AT_APPROVAL,
        after={"state": "assessing"},
    ),
    Case("implement", type="change", who="alice", before=SCHEDULED),
    Case(
        "emergency",
        type="change",
        who="alice",
        fields={"service": "vpn", "threat": "A worm"},
        after={"state": "implementing"},
    ),
    Case("verify", type="change", who="alice", before=IMPLEMENTING),
    Case(
        "resolve",
        type="change",
        who="alice",
        fields={"result": "success"},
        before=VERIFYING,
        after={"state": "closed"},
    ),
    Case("close", type="change", who="alice", before=IN_REVIEW),
    # Problems
    Case(
        "known_error",
        type="problem",
        who="alice",
        fields={"causes": "Firmware", "workaround": "Reconnect"},
        before=INVESTIGATING,
        after={"state": "known_error"},
    ),
    Case(
        "fix",
        type="problem",
        who="alice",
        fields={"causes": "Firmware"},
        before=INVESTIGATING,
        after={"state": "fixing"},
    ),
    Case(
        "monitor",
        type="problem",
        who="alice",
        fields={"resolution": "Replaced"},
        before=FIXING,
        after={"state": "monitoring"},
    ),
    Case(
        "accept_risk",
        type="problem",
        who="dana",
        fields={
            "owner": "dana@demo.example",
            "review_date": "2027-06-01",
            "comment": "Too dear",
        },
        before=INVESTIGATING,
        after={"state": "risk_accepted"},
    ),
)


def ready(cast: Cast, case: Case) -> tuple[Ticket, dict[str, Any]]:
    """A ticket where the verb is possible, and the fields to send."""
    opened = dict(case.opened)
    now = timezone.now() - timedelta(minutes=5)
    other = a_ticket(cast, "incident", at=now, title="Another")
    Tag.objects.get_or_create(slug="board", name="Board")
    if slug := opened.pop("offering", None):
        from itsm.requests.actions import order

        ticket = order(offering=cast.offerings[slug], by=cast.carol, at=now)
    else:
        if slug := opened.pop("offering_row", None):
            opened["detail"] = {"offering": cast.offerings[slug]}
        if slug := opened.pop("team", None):
            opened["team"] = cast.teams[slug]
        if opened.pop("standard", None):
            opened["detail"] = {"kind": a_kind(cast, "standard")}
        ticket = a_ticket(cast, case.type, at=now, **opened)
    if "offering_row" in case.opened and ticket.state == "approval":
        Ticket.objects.filter(pk=ticket.pk).update(state="new", state_category="new")
        ticket.approvals.all().delete()
    for minute, (who, verb, fields) in enumerate(case.before):
        at = now + timedelta(seconds=minute + 1)
        perform(
            ticket, verb, _filled(fields, other, ticket), by=cast.people[who], at=at
        )
    return Ticket.objects.get(pk=ticket.pk), _filled(case.fields, other, ticket)


def _filled(fields: Mapping[str, Any], other: Ticket, ticket: Ticket) -> dict[str, Any]:
    wanted: dict[str, Callable[[], Any]] = {
        "$other": lambda: other.number,
        "$tomorrow": lambda: (timezone.now() + timedelta(days=1)).isoformat(),
        "$comment": lambda: Comment.objects.filter(ticket=ticket).latest("pk").pk,
    }

    def one(value: Any) -> Any:
        if isinstance(value, list):
            return [one(inner) for inner in value]
        known = isinstance(value, str) and value in wanted
        return wanted[value]() if known else value

    return {name: one(value) for name, value in fields.items()}
