"""What a program sent about a ticket, as our own doors take it.

ServiceNow's names and values become ours here; what they may be is said by the
readers of the house (`itsm.tickets.cleaning`), under the names the program used.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.api.answers import iso
from core.errors import Invalid
from itsm.requests.models import Offering
from itsm.table import choices, ids
from itsm.table.columns import Choice, moment
from itsm.table.tables import Table
from itsm.tickets.models import Ticket
from people import queries as visible
from people.models import User

Sent = dict[str, str]
Translate = Callable[[str, str, User], Any]
REQUESTERS = ("caller_id", "requested_by", "opened_by", "requested_for")
LONGEST_NAME = 254  # characters of what names a record


def read(raw: Mapping[str, Any]) -> Sent:
    """Every field as a text: a reference may come as it was told. Raises Invalid."""
    found, errors = {}, {}
    for name, value in raw.items():
        if isinstance(value, Mapping):
            value = value.get("value", value.get("display_value"))
        if isinstance(value, bool):
            value = str(value).lower()
        if value is None or isinstance(value, str | int | float):
            found[name] = "" if value is None else str(value)
            if "\x00" in found[name]:
                errors[name] = [
                    _("It holds a character that cannot be stored (U+0000).")
                ]
        else:
            errors[name] = [_("Send a text.")]
    if errors:
        raise Invalid(errors)
    return found


def _text(name: str, value: str, by: User) -> str:
    return value


def _choice(column: Choice) -> Translate:
    """One of its values, or of their words."""

    def translate(name: str, value: str, by: User) -> Any:
        try:
            return column.stored(value)
        except KeyError:
            if column.is_open:
                return value
        known = ", ".join(option.value for option in column.options)
        raise Invalid({name: [_("Choose one of: %(words)s.") % {"words": known}]})

    return translate


def row(kind: str, rows: Callable[[User], QuerySet[Any]], key: str) -> Translate:
    """A record by its `sys_id`, by its own key, or by a name that only it has."""

    def translate(name: str, value: str, by: User) -> Any:
        value = value.strip()
        if not value:
            return None
        known, pk = rows(by), ids.pk_of(kind, value)
        found = Q(pk=pk) if pk else Q(**{f"{key}__iexact": value[:LONGEST_NAME]})
        keys = list(known.filter(found).values_list(key, flat=True)[:2])
        if not keys and not pk and key != "number":
            named = known.filter(name__iexact=value[:LONGEST_NAME])
            keys = list(named.values_list(key, flat=True)[:2])
        if len(keys) == 1:
            return keys[0]
        words = {"value": value[:60]}
        raise Invalid({name: [_("“%(value)s” names none, or several.") % words]})

    return translate


PERSON = row(ids.USER, visible.people, "email")
SERVICE = row(ids.SERVICE, visible.services, "slug")
FIELDS: Mapping[str, tuple[str, Translate]] = {
    "short_description": ("title", _text),
    "description": ("description", _text),
    "impact": ("impact", _choice(choices.IMPACT)),
    "urgency": ("urgency", _choice(choices.URGENCY)),
    "category": ("category", row("", visible.categories, "slug")),
    "business_service": ("service", SERVICE),
    "cmdb_ci": ("service", SERVICE),
    "assigned_to": ("owner", PERSON),
    "assignment_group": ("team", row(ids.TEAM, visible.teams, "slug")),
    "company": ("organisation", row("", visible.organisations, "slug")),
    "parent": ("parent", row(ids.TICKET, Ticket.objects.visible_to, "number")),
    "correlation_id": ("external_ref", _text),
    "contact_type": ("channel", _choice(choices.CONTACT_TYPE)),
    "hold_reason": ("reason", _choice(choices.HOLD_REASON)),
    "close_notes": ("resolution", _text),
    "close_code": ("resolution_code", _text),
    "comments": ("comments", _text),
    "work_notes": ("work_notes", _text),
    **dict.fromkeys(REQUESTERS, ("requester", PERSON)),
}
OWN: Mapping[str, Mapping[str, tuple[str, Translate]]] = {
    "change": {
        "type": ("model", _choice(choices.TYPE)),
        "implementation_plan": ("plan", _text),
        "test_plan": ("test", _text),
        "backout_plan": ("way_back", _text),
        "close_code": ("result", _choice(choices.CLOSE_CODE_OF_CHANGE)),
    },
    "problem": {"workaround": ("workaround", _text), "cause_notes": ("causes", _text)},
    "request": {
        "cat_item": (
            "offering",
            row("", lambda by: Offering.objects.filter(is_active=True), "slug"),
        )
    },
    "incident": {},
}
MOVING = frozenset({"state", "incident_state", "u_state"})
WINDOW = {"start_date": "start", "end_date": "end"}


def known(table: Table) -> dict[str, tuple[str, Translate]]:
    """What this table takes, besides states and a change's window."""
    columns = {column.name for column in table.columns}
    fields = {**FIELDS, **OWN[table.ticket_type]}
    return {name: field for name, field in fields.items() if name in columns}


def takes(table: Table) -> set[str]:
    """Every field that can be written."""
    windows = WINDOW if table.ticket_type == "change" else ()
    columns = {column.name for column in table.columns}
    return {*known(table), *windows, *(MOVING & columns)}


def ours(
    table: Table, given: Sent, by: User, current: Mapping[str, str]
) -> dict[str, Any]:
    """Our names and values. Raises Invalid with all that is wrong.

    `current` completes a window of which one end was sent.
    """
    fields = known(table)
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in given.items():
        if name not in fields:
            continue
        our, translate = fields[name]
        try:
            new = translate(name, value, by)
        except Invalid as no:
            errors |= no.errors
            continue
        if found.setdefault(our, new) != new:
            errors[name] = [_("This and another field say different things.")]
    if errors:
        raise Invalid(errors)
    if WINDOW.keys() & given.keys() and table.ticket_type == "change":
        found["window"] = _window({**current, **given})
    return found


def _window(values: Mapping[str, str]) -> dict[str, str | None] | None:
    """A change's window, as the house reads it."""
    ends = {end: values.get(name, "") for name, end in WINDOW.items()}
    if not any(ends.values()):
        return None
    names = {end: name for name, end in WINDOW.items()}
    return {
        end: iso(moment(names[end], text)) if text else None
        for end, text in ends.items()
    }


def renamed(no: Invalid, table: Table, given: Collection[str]) -> Invalid:
    """A refusal that names fields as the program does."""
    theirs = {"window": "start_date", "body": "comments", "comment": "comments"}
    for name, (our, _translate) in known(table).items():
        if our not in theirs or name in given:
            theirs[our] = name
    return Invalid({theirs.get(k, k): said for k, said in no.errors.items()})
