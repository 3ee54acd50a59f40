"""Webhooks and deliveries as REST tells and reads them."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.jobs import Job
from itsm.tickets.api.shapes import PRIORITIES
from itsm.tickets.states import TicketType
from itsm.webhooks import actions, queries, retrying
from itsm.webhooks.models import Delivery, Replay, Webhook
from people import api_fields as fields

OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
PRIORITY = one_of(*PRIORITIES, empty=True)
TOLD: Mapping[str, Schema] = {
    "id": WHOLE,
    "name": TEXT,
    "url": TEXT,
    "kinds": array(TEXT),
    "types": array(one_of(*TicketType.values)),
    "teams": array(TEXT),
    "services": array(TEXT),
    "organisations": array(TEXT),
    "priority": PRIORITY,
    "restricted": FLAG,
    "owner": TEXT,
    "is_paused": FLAG,
    "failure": TEXT,
    "failing_since": OPTIONAL_INSTANT,
    "old_secret_until": OPTIONAL_INSTANT,
    "created_at": INSTANT,
}
WEBHOOK = component("Webhook", obj(TOLD))
WITH_SECRET = component("WebhookWithSecret", obj({**TOLD, "secret": OPTIONAL_TEXT}))
DELIVERED: Mapping[str, Schema] = {
    "id": WHOLE,
    "message_id": TEXT,
    "event": WHOLE,
    "kind": TEXT,
    "subject": obj({"type": TEXT, "number": OPTIONAL_TEXT}),
    "state": one_of(*Delivery.State.values),
    "tries": WHOLE,
    "status": OPTIONAL_WHOLE,
    "ms": OPTIONAL_WHOLE,
    "failure": TEXT,
    "created_at": INSTANT,
    "due_at": INSTANT,
    "tried_at": OPTIONAL_INSTANT,
    "delivered_at": OPTIONAL_INSTANT,
}
DELIVERY = component("Delivery", obj(DELIVERED))
SENT = component("DeliveryAsSent", obj({**DELIVERED, "body": TEXT}))
REPLAY = component(
    "Replay",
    obj(
        {
            "id": WHOLE,
            "since": INSTANT,
            "state": one_of(*Job.State.values),
            "done": WHOLE,
            "total": WHOLE,
            "told": WHOLE,
        }
    ),
)
TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST_NAME},
    "url": {"type": "string", "maxLength": actions.LONGEST_URL},
    "kinds": array(TEXT),
    "types": array(one_of(*TicketType.values)),
    "teams": array(TEXT),
    "services": array(TEXT),
    "organisations": array(TEXT),
    "priority": PRIORITY,
    "restricted": FLAG,
    "owner": TEXT,
}
READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(actions.LONGEST_NAME),
    "url": fields.text(actions.LONGEST_URL),
    "kinds": fields.several(fields.text(60)),
    "types": fields.several(fields.choice(*TicketType.values)),
    "teams": fields.several(fields.TEAM),
    "services": fields.several(fields.SERVICE),
    "organisations": fields.several(fields.ORGANISATION),
    "priority": fields.optional(fields.choice(*PRIORITIES)),
    "restricted": fields.flag,
    "owner": fields.PERSON,
}
FILTERS = {  # what REST calls a filter, and what the row does
    "types": "type",
    "teams": "team",
    "services": "service",
    "organisations": "organisation",
    "priority": "priority",
}


def read(raw: Mapping[str, Any], row: Webhook | None) -> dict[str, Any]:
    """The fields as the action takes them. Raises Invalid."""
    given = fields.read(raw, READERS)
    if "restricted" in given:
        given["with_restricted"] = given.pop("restricted")
    named = {FILTERS[name]: given.pop(name) for name in FILTERS.keys() & given.keys()}
    if named:
        kept = {**(row.filters if row is not None else {}), **_ids(named)}
        given["filters"] = {name: wanted for name, wanted in kept.items() if wanted}
    return given


def _ids(named: Mapping[str, Any]) -> dict[str, Any]:
    """Rows by their ids, priorities by their number."""
    found: dict[str, Any] = {}
    for name, value in named.items():
        if name == "priority":
            found[name] = int(value[1:]) if value else None
        elif name == "type":
            found[name] = sorted(value)
        else:
            found[name] = sorted(one.pk for one in value)
    return found


def tell_one(row: Webhook) -> dict[str, Any]:
    """A webhook without its secret."""
    return tell([row])[0]


def tell(rows: Iterable[Webhook]) -> list[dict[str, Any]]:
    """Some of them; three queries."""
    rows = list(rows)
    slugs = queries.named(rows, "slug")
    return [_told(row, slugs) for row in rows]


def _told(row: Webhook, slugs: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    def listed(name: str) -> list[str]:
        known = slugs[name]
        return sorted(known[pk] for pk in row.filters.get(name, ()) if pk in known)

    priority = row.filters.get("priority")
    return {
        "id": row.pk,
        "name": row.name,
        "url": row.url,
        "kinds": row.kinds,
        "types": row.filters.get("type", []),
        "teams": listed("team"),
        "services": listed("service"),
        "organisations": listed("organisation"),
        "priority": f"P{priority}" if priority else None,
        "restricted": row.with_restricted,
        "owner": row.owner.email,
        "is_paused": row.paused_at is not None,
        "failure": retrying.words(row.failure),
        "failing_since": row.failing_since,
        "old_secret_until": row.old_until,
        "created_at": row.created_at,
    }


def tell_deliveries(rows: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Deliveries; one query for each type of thing they are about."""
    rows = list(rows)
    numbers = queries.numbers(rows)
    return [
        {
            "id": row.pk,
            "message_id": row.message_id,
            "event": row.event_id,
            "kind": row.kind,
            "subject": {
                "type": row.subject_type,
                "number": numbers.get((row.subject_type, row.subject_id)),
            },
            "state": row.state,
            "tries": row.tries,
            "status": row.status,
            "ms": row.ms,
            "failure": retrying.words(row.failure),
            "created_at": row.created_at,
            "due_at": row.due_at,
            "tried_at": row.tried_at,
            "delivered_at": row.delivered_at,
        }
        for row in rows
    ]


def tell_replay(row: Replay) -> dict[str, Any]:
    """How far it is."""
    return {
        "id": row.pk,
        "since": row.since,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "told": row.told,
    }
