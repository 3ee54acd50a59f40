"""The Table API in the OpenAPI document: what each address takes and answers."""

from collections.abc import Mapping
from typing import Any

from core.api.schema import SAYS, TEXT, Doc, Param, Schema, array, component, obj
from itsm.table import ids, params, roster, sent
from itsm.table.query import LONGEST
from itsm.table.tables import Table

ERROR = component(
    "TableError",
    obj(
        {
            "error": obj({"message": TEXT, "detail": TEXT}),
            "status": {"type": "string", "enum": ["failure"]},
        }
    ),
)
READ_ERRORS, WRITE_ERRORS = (400, 401, 403, 404, 405, 429), (413, 415)
# A field is a text; a reference, or any field of display value `all`, an object.
FIELD: Schema = {
    "anyOf": [
        TEXT,
        obj({"value": TEXT, "display_value": TEXT, "link": TEXT}, ()),
    ]
}
TRUTH: Schema = {"type": "string", "enum": ["true", "false"]}
SHAPING = (
    Param("sysparm_fields", TEXT, "Names, separated by commas"),
    Param(
        "sysparm_display_value", {"type": "string", "enum": [*sorted(params.DISPLAY)]}
    ),
    Param("sysparm_exclude_reference_link", TRUTH),
    Param("sysparm_view", TEXT, "Taken, and changes nothing"),
)
NARROWING = (
    Param(
        "sysparm_query",
        {"type": "string", "maxLength": LONGEST},
        "active=true^priority=1^ORpriority=2^ORDERBYDESCopened_at",
    ),
    Param("sysparm_limit", {"type": "integer", "minimum": 0, "maximum": params.MOST}),
    Param("sysparm_offset", {"type": "integer", "minimum": 0}),
    Param("sysparm_suppress_pagination_header", TRUTH, "Nothing is counted"),
)


def refusals(*statuses: int) -> Mapping[int, Mapping[str, Any]]:
    """What is answered where something is not done."""
    content = {"application/json": {"schema": ERROR}}
    return {
        status: {"description": SAYS[status].split(";")[0], "content": content}
        for status in statuses
    }


def _record(table: Table) -> Schema:
    return {
        "type": "object",
        "properties": {column.name: FIELD for column in table.columns},
        "additionalProperties": FIELD,  # `caller_id.email`, where it is asked for
    }


def taken(table: Table) -> set[str]:
    """The fields that can be written."""
    if table.ticket_type:
        return sent.takes(table)
    return set(roster.FIELDS.get(table.name, ()))


def _body(table: Table) -> Schema:
    fields = dict.fromkeys(sorted(taken(table)), TEXT)
    return {**obj(fields, ()), "additionalProperties": True}


def docs(table: Table) -> tuple[dict[str, Doc], dict[str, Doc]]:
    """Of the list and of a record."""
    title = "".join(word.title() for word in table.name.split("_"))
    shape = component(f"Table{title}", _record(table))
    body = component(f"Table{title}Sent", _body(table))
    one, many = obj({"result": shape}), obj({"result": array(shape)})
    reading = refusals(*READ_ERRORS)
    writing = refusals(*READ_ERRORS, *WRITE_ERRORS)
    query = (*NARROWING, *SHAPING)
    listed = {"get": Doc("Find records", many, query=query, refused=reading)}
    single = {"get": Doc("One record", one, query=SHAPING, refused=reading)}
    if table.kind == ids.FILE:
        return listed, single
    taking: dict[str, Any] = {"body": body, "query": SHAPING, "refused": writing}
    listed["post"] = Doc("Make one", one, status=201, is_keyed=True, **taking)
    for method in ("put", "patch"):
        single[method] = Doc("Change what differs", one, **taking)
    ending = "Cancel it; nothing is erased"
    single["delete"] = Doc(ending, None, status=204, refused=writing)
    return listed, single
