"""What may be sent: fields of creating, editing and each verb, as JSON Schema."""

from collections.abc import Mapping
from typing import Any

from core.api.schema import FLAG, TEXT, Schema, obj, one_of
from itsm.tickets.actions.linking import KINDS
from itsm.tickets.api.shapes import PRIORITIES
from itsm.tickets.models import LONGEST_BODY
from itsm.tickets.states import Channel, Level, TicketType
from itsm.tickets.verbs import OPTIONAL, SPECS

LONG: Schema = {"type": "string", "maxLength": LONGEST_BODY}
ROW_ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**62}
BY_NAME: Schema = {"type": ["string", "null"], "description": "A slug"}
BY_EMAIL: Schema = {"type": ["string", "null"], "description": "An e-mail"}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
WINDOW: Schema = {
    "type": ["object", "null"],
    "properties": {
        "start": {"type": "string", "format": "date-time"},
        "end": {"type": "string", "format": "date-time"},
    },
    "required": ["start", "end"],
    "additionalProperties": False,
}
TAGS: Schema = {"type": "array", "items": {"type": "string"}, "description": "Slugs"}
FIELDS: Mapping[str, Schema] = {
    "title": {"type": "string", "minLength": 1, "maxLength": 250},
    "description": LONG,
    "body": {**LONG, "minLength": 1},
    "comment": LONG,
    "resolution": LONG,
    "resolution_code": {"type": "string", "maxLength": 40},
    "reason": {"type": "string", "maxLength": 500},
    "why": {"type": "string", "minLength": 1, "maxLength": 500},
    "external_ref": {"type": "string", "maxLength": 200},
    "field": {"type": "string", "maxLength": 40},
    "kind": one_of(*KINDS),
    "impact": one_of(*Level.values),
    "urgency": one_of(*Level.values),
    "priority": one_of(*PRIORITIES),
    "size": {"type": "integer", "enum": [1, 2, 3, 5, 8]},
    "affected": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    "requester": BY_EMAIL,
    "owner": BY_EMAIL,
    "person": {"type": "string", "description": "An e-mail"},
    "team": BY_NAME,
    "service": BY_NAME,
    "category": BY_NAME,
    "organisation": BY_NAME,
    "parent": {"type": ["string", "null"], "description": "A ticket's number"},
    "number": {"type": "string", "description": "A ticket's number"},
    "public": FLAG,
    "restricted": FLAG,
    "until": MOMENT,
    "channel": one_of(*Channel.values),
    "event": ROW_ID,
    "attachment": ROW_ID,
    "add": TAGS,
    "remove": TAGS,
    "type": one_of(*TicketType.values),
    "comments": {"type": "array", "items": ROW_ID},
    "attachments": {"type": "array", "items": ROW_ID},
    "into": {"type": "string", "description": "A ticket's number"},
    "extra": {"type": "object", "description": "The process's own fields"},
}
CREATE_ANYBODY = (
    "title",
    "description",
    "requester",
    "service",
    "category",
    "impact",
    "urgency",
    "affected",
    "extra",
)
CREATE_STAFF = (
    *CREATE_ANYBODY,
    "team",
    "owner",
    "organisation",
    "priority",
    "reason",
    "size",
    "parent",
    "restricted",
    "channel",
    "external_ref",
)
REQUIRED = {
    "wait": ("reason",),
    "resolve": ("resolution",),
    "reopen": ("comment",),
    "cancel": ("comment",),
}
MOVES = ("start", "wait", "resume", "resolve", "reopen", "close", "cancel")
VERBS = (*SPECS, *MOVES)


def create_schema(own: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    """What creating takes; `own` are the practice's fields."""
    fields = {name: FIELDS[name] for name in CREATE_STAFF}
    return obj({**fields, **own}, required)


def edit_schema(own: Mapping[str, Schema]) -> Schema:
    """What PATCH takes."""
    fields = {name: FIELDS[name] for name in ("title", "description", "extra")}
    return obj({**fields, **own}, ())


def verb_schema(verb: str) -> Schema:
    """What a verb takes. A process may ask for more than its moves name here."""
    if verb == "redact":
        fields = {
            name: FIELDS[name] for name in ("why", "event", "attachment", "field")
        }
        return obj({**fields, "comment": ROW_ID}, ("why",))
    if verb in SPECS:
        spec = SPECS[verb]
        names = (*spec.required, *spec.optional)
        return obj({name: FIELDS[name] for name in names}, spec.required)
    required = REQUIRED.get(verb, ())
    fields = {name: FIELDS[name] for name in (*required, *OPTIONAL.get(verb, ()))}
    found: dict[str, Any] = {**obj(fields, required), "additionalProperties": True}
    return found


ANY_VERB: Schema = {"type": "object", "description": "What GET …/verbs/ says it takes"}
__all__ = [
    "ANY_VERB",
    "CREATE_ANYBODY",
    "CREATE_STAFF",
    "FIELDS",
    "LONG",
    "TEXT",
    "VERBS",
    "WINDOW",
    "create_schema",
    "edit_schema",
    "verb_schema",
]
