"""The ways in: the same verb by the same person through each of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.test import Client
from django.utils import timezone

from core.models import Event, TextVersion
from itsm.tickets.doors import perform
from itsm.tickets.drafts import outgoing
from itsm.tickets.drafts.actions import UNDO
from itsm.tickets.models import Comment, Link, Participant, Ticket
from people.models import User
from tests.factories import a_token

Fields = Mapping[str, Any]


def by_action(ticket: Ticket, verb: str, fields: Fields, by: User) -> None:
    """The domain call itself."""
    perform(ticket, verb, fields, by=by, at=timezone.now())


def by_page(ticket: Ticket, verb: str, fields: Fields, by: User) -> None:
    """A form, as a browser without JavaScript sends it."""
    browser = Client()
    browser.force_login(by)
    path = f"/{ticket.type}s/{ticket.number}/do/{verb}/"
    answer = browser.post(path, _as_form(fields))
    assert answer.status_code in {302, 303}, (
        answer.status_code,
        answer.content[-3000:],
    )
    outgoing.sweep(at=timezone.now() + UNDO)  # a reply of staff waits for an undo


def by_rest(ticket: Ticket, verb: str, fields: Fields, by: User) -> None:
    """JSON with a token."""
    own = f"verbs/{verb}" if verb not in _common() else verb
    path = f"/api/v1/{ticket.type}s/{ticket.number}/{own}/"
    if verb == "edit":
        path = f"/api/v1/{ticket.type}s/{ticket.number}/"
    answer = Client().generic(
        "PATCH" if verb == "edit" else "POST",
        path,
        json.dumps(fields),
        "application/json",
        headers={"Authorization": f"Bearer {a_token(by)}"},
    )
    assert answer.status_code == 200, answer.content
    now = Ticket.objects.get(pk=ticket.pk).number  # another one where it was converted
    assert answer.json()["number"] == now


DOORS: dict[str, Callable[[Ticket, str, Fields, User], None]] = {
    "action": by_action,
    "page": by_page,
    "rest": by_rest,
}


def _common() -> tuple[str, ...]:
    from itsm.tickets.api.fields import VERBS

    return VERBS


def _as_form(fields: Fields) -> dict[str, str]:
    """JSON's values as a form has them."""
    form: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, list):
            form[name] = ", ".join(map(str, value))
        elif isinstance(value, dict):
            form.update({f"{name}.{inner}": str(v) for inner, v in value.items()})
        elif value is False:
            continue  # a box that is not ticked is not sent
        else:
            form[name] = "on" if value is True else str(value)
    return form


def outcome(ticket: Ticket) -> dict[str, Any]:
    """All that a verb can have changed, without ids and times."""
    now = Ticket.objects.select_related("owner", "team", "service", "parent").get(
        pk=ticket.pk
    )
    events = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    names = (
        *(
            "type",
            "title",
            "description",
            "state",
            "state_category",
            "wait_reason",
            "priority",
        ),
        *("impact", "urgency", "size", "affected", "resolution", "resolution_code"),
        *("verified_by", "handovers", "reopens", "restricted", "extra", "version"),
    )
    return {
        **{name: getattr(now, name) for name in names},
        **{n: str(getattr(now, n)) for n in ("owner", "team", "service", "category")},
        "offered_to": str(now.offered_to),
        "parent": now.parent_id is not None,
        "wakes": now.wake_at is not None,
        "comments": list(_texts(Comment.objects.filter(ticket=ticket))),
        "links": list(
            Link.objects.filter(source=ticket).values_list("kind", flat=True)
        ),
        "tags": sorted(now.tagged.values_list("tag__slug", flat=True)),
        "people": sorted(
            Participant.objects.filter(ticket=ticket).values_list("user__email", "role")
        ),
        "decisions": list(
            ticket.approvals.order_by("pk").values_list("name", "decision", "reason")
        ),
        "texts": list(
            TextVersion.objects.filter(subject_type="ticket", subject_id=ticket.pk)
            .order_by("pk")
            .values_list("field", "body")
        ),
        "events": [
            (event.kind, event.public, sorted(event.changes))
            for event in events.order_by("pk")
        ],
    }


def _texts(rows: Any) -> Any:
    return rows.order_by("pk").values_list("body", "is_public", "author__email")
