"""Reading what a program sends about rotas and absences: strict, by name."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.api.schema import FLAG, INSTANT, OPTIONAL_TEXT, Schema, array, obj, one_of
from core.errors import Invalid
from people import api_fields as fields
from people.models import Rota, User
from people.rotas import plan, specs
from people.rotas.forms import parse_minutes

CLOCK: Schema = {"type": "string", "pattern": r"^[0-9]{2}:[0-9]{2}$"}
DAY: Schema = {"type": "string", "format": "date"}
EMAIL: Schema = {"type": "string", "format": "email", "maxLength": 254}
POSITION: Schema = {"type": "integer", "minimum": 1, "maximum": specs.MOST_LAYERS}
HOURS: Schema = {
    "type": "object",
    "properties": {
        day: array({"type": "array", "items": CLOCK, "minItems": 2, "maxItems": 2})
        for day in specs.DAYS
    },
    "additionalProperties": False,
}
LAYER: dict[str, Schema] = {
    "people": {**array(EMAIL), "minItems": 1, "maxItems": specs.MOST_PEOPLE},
    "every": {"type": "integer", "minimum": 1, "maximum": 336},
    "unit": one_of(*plan.Unit),
    "starts": DAY,
    "hand_over": CLOCK,
    "hours": HOURS,
}
TURN: Schema = obj(
    {
        "layer": {"type": "integer", "minimum": 1},
        "turn": {"type": "integer", "minimum": 0},
    }
)


def whole(value: Any) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**31:
        raise ValueError(_("Send a whole number."))
    return value


def _day(value: Any) -> date:
    found = None
    if isinstance(value, str):
        try:
            found = parse_date(value)
        except ValueError:
            found = None
    if found is None:
        raise ValueError(_("Send a day such as 2026-11-22."))
    return found


def _minutes(value: Any, most: int) -> int:
    found = parse_minutes(value) if isinstance(value, str) else None
    if found is None or found > most:
        raise ValueError(_("Send a time such as 09:00."))
    return found


def _clock(value: Any) -> time:
    found = _minutes(value, specs.DAY_MINUTES - 1)
    return time(found // 60, found % 60)


def _hours(value: Any) -> tuple[tuple[int, int, int], ...]:
    words = _('Send hours such as {"fri": [["22:00", "30:00"]]}.')
    if not isinstance(value, dict) or not set(value) <= set(specs.DAYS):
        raise ValueError(words)
    found = []
    for day, spans in value.items():
        if not isinstance(spans, list):
            raise ValueError(words)
        for span in spans:
            if not isinstance(span, list) or len(span) != 2:
                raise ValueError(words)
            opens, closes = (_minutes(one, 2 * specs.DAY_MINUTES) for one in span)
            found.append((specs.DAYS.index(day), opens, closes))
    return tuple(sorted(found))


def _people(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > specs.MOST_PEOPLE:
        raise ValueError(_("Send a list."))
    emails = [fields.email(one) for one in value]
    rows = User.objects.filter(email__in=emails).values_list("email", "pk")
    known = {email.lower(): pk for email, pk in rows}
    for email in emails:
        if email not in known:
            raise ValueError(_("There is no “%(name)s”.") % {"name": email})
    return tuple(known[email] for email in emails)


LAYER_READERS: Mapping[str, fields.Reader] = {
    "people": _people,
    "every": whole,
    "unit": fields.choice(*plan.Unit),
    "starts": _day,
    "hand_over": _clock,
    "hours": _hours,
}
NEEDED = frozenset(LAYER_READERS) - {"hours"}


def layers(value: Any) -> list[specs.Spec]:
    """The layers of a rota, first to last."""
    if not isinstance(value, list) or len(value) > specs.MOST_LAYERS:
        words = {"most": specs.MOST_LAYERS}
        raise ValueError(_("Send a list of at most %(most)s layers.") % words)
    return [_layer(one, number) for number, one in enumerate(value, start=1)]


def _layer(raw: Any, number: int) -> specs.Spec:
    words: dict[str, Any] = {"number": number}
    if not isinstance(raw, dict):
        raise ValueError(_("Layer %(number)s: send an object.") % words)
    missing = sorted(NEEDED - set(raw))
    if missing:
        words["names"] = ", ".join(missing)
        raise ValueError(_("Layer %(number)s: %(names)s is needed.") % words)
    try:
        return specs.Spec(**fields.read(raw, LAYER_READERS))
    except Invalid as no:
        name, why = next(iter(no.errors.items()))
        words |= {"name": name, "why": why[0]}
        raise ValueError(_("Layer %(number)s, %(name)s: %(why)s") % words) from no


ROTA: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "kind": fields.choice(*Rota.Kind.values),
    "team": fields.optional(fields.TEAM),
    "time_zone": fields.text(60),
    "note": fields.text(5000),
    "is_active": fields.flag,
    "layers": layers,
}
ROTA_TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "kind": one_of(*Rota.Kind.values),
    "team": OPTIONAL_TEXT,
    "time_zone": {"type": "string", "maxLength": 60},
    "note": {"type": "string", "maxLength": 5000},
    "is_active": FLAG,
    "layers": array(obj(LAYER, sorted(NEEDED))),
}
OVERRIDE: Mapping[str, fields.Reader] = {
    "person": fields.PERSON,
    "position": whole,
    "starts_at": fields.instant,
    "ends_at": fields.instant,
}
OVERRIDE_TAKEN = {
    "person": EMAIL,
    "position": POSITION,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
}


def turn(value: Any) -> plan.Turn:
    """One turn of a layer, as the shifts name it."""
    if not isinstance(value, dict) or set(value) != {"layer", "turn"}:
        raise ValueError(_('Send a turn such as {"layer": 7, "turn": 12}.'))
    return whole(value["layer"]), whole(value["turn"])


SWAP: Mapping[str, fields.Reader] = {"one": turn, "other": turn}
ABSENCE: Mapping[str, fields.Reader] = {
    "user": fields.PERSON,
    "starts_at": fields.instant,
    "ends_at": fields.instant,
    "cover": fields.optional(fields.PERSON),
    "note": fields.text(200),
}
ABSENCE_TAKEN = {
    "user": EMAIL,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
    "cover": {"type": ["string", "null"], "maxLength": 254},
    "note": {"type": "string", "maxLength": 200},
}


def needed(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """All of it, once what is needed was sent. Raises Invalid."""
    missing = {name: [_("This is needed.")] for name in names if name not in given}
    if missing:
        raise Invalid(missing)
    return given
