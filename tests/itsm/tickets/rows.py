"""The few rows that tests of search, counts and the log stand on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from itsm.tickets.models import Comment, Ticket
from people.models import Organisation, Team, User
from people.roles import Role
from processes.models import Process, ProcessVersion, Rollout

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "processes" / "shipped"


def version(slug: str = "incident") -> ProcessVersion:
    found = ProcessVersion.objects.filter(process__slug=slug).first()
    if found:
        return found
    process = Process.objects.create(slug=slug, name=slug.capitalize())
    made = ProcessVersion.objects.create(
        process=process,
        number=1,
        definition=yaml.safe_load((SHIPPED / f"{slug}.yaml").read_text()),
        status=ProcessVersion.Status.RELEASED,
        created_at=AT,
        released_at=AT,
    )
    Rollout.objects.create(version=made, scope=Rollout.Scope.ALL, started_at=AT)
    return made


def person(name: str, *roles: Role, organisation: Organisation | None = None) -> User:
    return User.objects.create(
        email=f"{name}@demo.example",
        name=name.capitalize(),
        roles=list(roles),
        organisation=organisation,
        created_at=AT,
    )


def team(slug: str) -> Team:
    return Team.objects.create(slug=slug, name=slug.capitalize())


def ticket(title: str = "Printer is jammed", **fields: Any) -> Ticket:
    n = Ticket.objects.count() + 1
    opened = fields.pop("opened_at", AT + timedelta(minutes=n))
    values: dict[str, Any] = {
        "number": f"INC-{5000 + n}",
        "type": "incident",
        "process_version": version(),
        "state": "new",
        "state_category": "new",
        "state_since": opened,
        "priority": 3,
        "start_by": opened + timedelta(days=1),
        "opened_at": opened,
        "updated_at": opened,
    }
    return Ticket.objects.create(title=title, **{**values, **fields})


def said(
    on: Ticket, body: str, *, by: User | None = None, public: bool = True
) -> Comment:
    return Comment.objects.create(
        ticket=on, author=by, body=body, is_public=public, channel="agent", at=AT
    )
