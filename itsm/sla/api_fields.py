"""Reading what a program sends about agreements, and how it is described."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.api.schema import FLAG, OPTIONAL_TEXT, TEXT, Schema, array, obj, one_of
from itsm.sla.checking import CHANNELS, CUSTOMER_PROMISES, PRIORITY_NAMES
from itsm.sla.models import Agreement, ClockKind
from itsm.sla.steps import ANY_PROMISE
from itsm.tickets.states import TicketType
from people import api_fields as fields
from people.models import Calendar

LONGEST_LENGTH = 40  # characters of a duration
MOST_JSON = 20_000  # characters of all steps
ZERO_BYTE = "\\u0000"


def targets(value: Any) -> dict[str, dict[str, str]]:
    """`{"P1": {"response": "PT15M"}}`; null promises nothing."""
    if not isinstance(value, dict) or len(value) > len(PRIORITY_NAMES):
        raise ValueError(_("Send an object such as %(like)s.") % {"like": LIKE_TARGETS})
    return {str(name)[:20]: _promises(promised) for name, promised in value.items()}


def _promises(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    texts = value.values() if isinstance(value, dict) else [0]
    if not all(t is None or (isinstance(t, str) and _is_plain(t)) for t in texts):
        raise ValueError(_("Send an object such as %(like)s.") % {"like": LIKE_TARGETS})
    return {str(name)[:20]: text for name, text in value.items() if text is not None}


def _is_plain(text: str) -> bool:
    return len(text) <= LONGEST_LENGTH and "\x00" not in text


def steps(value: Any) -> list[Any]:
    """A list of steps; what is in them is for the action to judge."""
    if not isinstance(value, list):
        raise ValueError(_("Send a list."))
    text = json.dumps(value)
    if len(text) > MOST_JSON or ZERO_BYTE in text:
        raise ValueError(_("Send a list of steps, each with when, who and channel."))
    return value


def share(value: Any) -> int:
    """A share in percent."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 1000:
        raise ValueError(_("Send whole numbers, in percent."))
    return value


def priority(value: Any) -> int:
    """P1 to P5."""
    return int(fields.choice(*PRIORITY_NAMES)(value)[1:])


def day(value: Any) -> date:
    """A day such as 2026-12-24."""
    found = None
    if isinstance(value, str):
        try:
            found = parse_date(value)
        except ValueError:
            found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise ValueError(_("Send a day such as 2026-12-24."))
    return found


def or_empty(one: fields.Reader) -> fields.Reader:
    """It, or null, which is kept as an empty text."""
    return lambda value: "" if value is None else one(value)


LIKE_TARGETS = '{"P1": {"response": "PT15M", "resolution": "PT4H"}}'
TYPE = fields.choice(*TicketType.values)
CALENDAR = fields.optional(fields.row(Calendar.objects.all))
READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "kind": fields.choice(*Agreement.Kind.values),
    "service": fields.optional(fields.SERVICE),
    "organisation": fields.optional(fields.ORGANISATION),
    "type": or_empty(TYPE),
    "team": fields.optional(fields.TEAM),
    "calendar": CALENDAR,
    "around_the_clock": fields.several(priority),
    "targets": targets,
    "warnings": fields.several(share),
    "escalations": steps,
    "valid_from": day,
    "valid_until": fields.optional(day),
    "is_active": fields.flag,
}
TRY_READERS: Mapping[str, fields.Reader] = {
    "service": fields.optional(fields.SERVICE),
    "organisation": fields.optional(fields.ORGANISATION),
    "team": fields.optional(fields.TEAM),
    "type": TYPE,
    "priority": priority,
    "at": fields.instant,
}
DAY: Schema = {"type": "string", "format": "date"}
OPTIONAL_DAY: Schema = {"type": ["string", "null"], "format": "date"}
PRIORITY: Schema = one_of(*PRIORITY_NAMES)
PERCENT: Schema = {"type": "integer", "minimum": 1, "maximum": 99}
PROMISED: Schema = obj(dict.fromkeys(CUSTOMER_PROMISES, TEXT), ())
TARGETS: Schema = obj(dict.fromkeys(PRIORITY_NAMES, PROMISED), ())
WHEN: Schema = obj(
    {
        "share": {"type": "integer", "minimum": 1, "maximum": 100},
        "before": TEXT,
        "after": TEXT,
    },
    (),
)
STEP: Schema = obj(
    {
        "when": WHEN,
        "promise": one_of(ANY_PROMISE, *ClockKind.values),
        "who": array(TEXT),
        "channel": one_of(*CHANNELS),
    },
    ("when", "who", "channel"),
)
TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "kind": one_of(*Agreement.Kind.values),
    "service": OPTIONAL_TEXT,
    "organisation": OPTIONAL_TEXT,
    "type": one_of(*TicketType.values, empty=True),
    "team": OPTIONAL_TEXT,
    "calendar": OPTIONAL_TEXT,
    "around_the_clock": array(PRIORITY),
    "targets": TARGETS,
    "warnings": array(PERCENT),
    "escalations": array(STEP),
    "valid_from": DAY,
    "valid_until": OPTIONAL_DAY,
    "is_active": FLAG,
}
