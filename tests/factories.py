"""Tickets for tests: one at a time through the product's actions, many at once by rows.

`an_incident(cast)` is what a person could have made; `rows(cast, n)` is for tests that
count statements or pages and writes no events.
"""

import io
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client

from itsm.changes.kinds import actions as kinds
from itsm.changes.kinds.standing import set_standing
from itsm.changes.models import Kind
from itsm.tickets import actions
from itsm.tickets.models import Attachment, Comment, Ticket
from itsm.tickets.states import PREFIXES, TicketType
from people import tokens
from people.machines import actions as machines
from people.models import User
from processes import actions as process_actions
from processes import yaml_text
from processes.models import ProcessVersion
from tests.cast import AT, Cast
from tests.processes.definitions import shipped_data

_numbers = count(500_000)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


def as_(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def a_machine(cast: Cast, name: str = "Nightly backup", **fields: Any) -> User:
    """A service account that Erin answers for, made by Grace."""
    about = {"by": cast.grace, "at": AT, "owner": cast.erin}
    return machines.create_service_account(name=name, **(about | fields))


def a_ticket(cast: Cast, type: str = "incident", **fields: Any) -> Ticket:
    """One ticket, opened by Carol unless `by` says otherwise."""
    staff_only = type in {"change", "problem"}
    by = fields.pop("by", cast.alice if staff_only else cast.carol)
    fields.setdefault("at", AT)
    fields.setdefault("title", "VPN drops every hour")
    return actions.open_ticket(type=type, by=by, **fields)


def an_incident(cast: Cast, **fields: Any) -> Ticket:
    """An incident of Carol's."""
    return a_ticket(cast, "incident", **fields)


def a_request(cast: Cast, **fields: Any) -> Ticket:
    """A request of Carol's, without an offering."""
    return a_ticket(cast, "request", **fields)


def a_change(cast: Cast, **fields: Any) -> Ticket:
    """A change of Alice's."""
    return a_ticket(cast, "change", **fields)


def a_kind(cast: Cast, standing: str = "normal", **fields: Any) -> Kind:
    """A kind of change that Frank wrote; its standing is Dana's word."""
    fields.setdefault("name", "DNS record")
    kind = kinds.create_kind(by=fields.pop("by", cast.frank), at=AT, **fields)
    if standing != "normal":
        kind = set_standing(kind=kind, by=cast.dana, at=AT, to=standing, reason="Known")
    return kind


def a_problem(cast: Cast, **fields: Any) -> Ticket:
    """A problem of Alice's."""
    return a_ticket(cast, "problem", **fields)


def taken(cast: Cast, ticket: Ticket | None = None, by: User | None = None) -> Ticket:
    """An incident that Bob has started."""
    ticket = ticket or an_incident(cast, service=cast.services["vpn"])
    return actions.take(ticket=ticket, by=by or cast.bob, at=later(1))


def resolved(cast: Cast, ticket: Ticket | None = None) -> Ticket:
    """An incident that Bob has resolved."""
    return actions.resolve(
        ticket=taken(cast, ticket),
        by=cast.bob,
        at=later(2),
        resolution="The gateway was restarted.",
    )


def said(
    ticket: Ticket, body: str = "Any news?", *, by: User, public: bool = True
) -> Comment:
    """One comment."""
    return actions.comment(ticket=ticket, by=by, at=later(3), body=body, public=public)


def attached(
    ticket: Ticket, *, by: User, public: bool = True, name: str = "screen.png"
) -> Attachment:
    """One picture."""
    return actions.attach(
        ticket=ticket,
        by=by,
        at=later(3),
        file=ContentFile(PNG, name=name),
        name=name,
        public=public,
    )


def upload(content: bytes = PNG, name: str = "screen.png") -> io.BytesIO:
    """A file as a client sends it."""
    file = io.BytesIO(content)
    file.name = name
    return file


OWN_FIELDS = {
    "site": {"type": "text", "label": "Site"},
    "floor": {"type": "number", "label": "Floor"},
    "witness": {"type": "person", "label": "Witness"},
    "colour": {"type": "choice", "label": "Colour", "choices": ["red", "blue"]},
    "seen": {"type": "date", "label": "Seen on"},
    "again": {"type": "boolean", "label": "Again"},
}


def with_own_fields(cast: Cast) -> ProcessVersion:
    """A version of the incident process with fields of its own, live for all."""
    data = {**shipped_data("incident"), "fields": OWN_FIELDS}
    draft = process_actions.create_draft(
        process=cast.processes["incident"],
        by=cast.dana,
        at=later(-9),
        text=yaml_text.write(data),
    )
    process_actions.release(version=draft, by=cast.dana, at=later(-8))
    return draft


def later(minutes: float) -> datetime:
    """The morning, some minutes on."""
    return AT + timedelta(minutes=minutes)


def a_token(user: User, *scopes: str) -> str:
    """An API token of this person's."""
    _row, secret = tokens.issue(user=user, name="Test", at=AT, scopes=scopes)
    return secret


def rows(cast: Cast, n: int, *, type: str = "incident", **fields: Any) -> list[Ticket]:
    """Many tickets at once, without events."""
    version = cast.processes[type].versions.get(number=1)
    values: dict[str, Any] = {
        "type": type,
        "title": "Printer is jammed",
        "process_version": version,
        "state": "new",
        "state_category": "new",
        "state_since": AT,
        "priority": 4,
        "requester": cast.carol,
        "organisation": cast.organisations["acme"],
        "service": cast.services["printing"],
        "opened_at": AT,
        "updated_at": AT,
        "start_by": AT + timedelta(days=1),
        **fields,
    }
    prefix = PREFIXES[TicketType(type)]
    return Ticket.objects.bulk_create(
        [Ticket(number=f"{prefix}-{next(_numbers)}", **values) for _ in range(n)],
        batch_size=2000,
    )
