"""Writing people, groups and services: administrators, and a service's owner.

Through the people room's own descriptions of what can be made and changed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.api.resources import Resource
from core.errors import Invalid
from itsm.table import choices, sent
from itsm.table.columns import Choice
from itsm.table.sent import PERSON, Translate
from people import api, queries
from people.models import User

YES_NO = Choice(name="", options=choices.YES_NO)
OPERATIONAL = Choice(name="", options=choices.OPERATIONAL)


def _text(name: str, value: str, by: User) -> str:
    return value


def _flag(column: Choice) -> Translate:
    def translate(name: str, value: str, by: User) -> Any:
        try:
            return column.stored(value)
        except KeyError as no:
            known = ", ".join(option.value for option in column.options)
            sentence = _("Choose one of: %(words)s.") % {"words": known}
            raise Invalid({name: [sentence]}) from no

    return translate


ORGANISATION = sent.row("", queries.organisations, "slug")
RESOURCES: Mapping[str, Resource] = {
    "sys_user": api.USERS,
    "sys_user_group": api.TEAMS,
    "cmdb_ci": api.SERVICES,
}
FIELDS: Mapping[str, Mapping[str, tuple[str, Translate]]] = {
    "sys_user": {
        "user_name": ("email", _text),
        "email": ("email", _text),
        "name": ("name", _text),
        "phone": ("phone", _text),
        "location": ("place", _text),
        "company": ("organisation", ORGANISATION),
        "manager": ("manager", PERSON),
        "vip": ("is_vip", _flag(YES_NO)),
        "active": ("is_active", _flag(YES_NO)),
    },
    "sys_user_group": {
        "name": ("name", _text),
        "description": ("purpose", _text),
        "u_supplier": ("is_supplier", _flag(YES_NO)),
        "active": ("is_active", _flag(YES_NO)),
    },
    "cmdb_ci": {
        "name": ("name", _text),
        "short_description": ("description", _text),
        "u_criticality": ("criticality", _text),
        "owned_by": ("owner", PERSON),
        "operational_status": ("is_active", _flag(OPERATIONAL)),
    },
}


def create(table: str, raw: Mapping[str, Any], *, by: User, at: datetime) -> int:
    """Make one; answers its id. Raises Forbidden, Invalid."""
    given = {name: value for name, value in sent.read(raw).items() if value}
    make = RESOURCES[table].create
    assert make is not None
    try:
        row = make(_ours(table, given, by), by=by, at=at)
    except Invalid as no:
        raise _renamed(no, table) from no
    return int(row.pk)


def change(
    table: str,
    pk: int,
    raw: Mapping[str, Any],
    current: Mapping[str, str],
    *,
    by: User,
    at: datetime,
) -> None:
    """Change what differs from `current`. Raises Forbidden, Invalid."""
    given = {k: v for k, v in sent.read(raw).items() if v != current.get(k, "")}
    new = _ours(table, given, by)
    resource = RESOURCES[table]
    put, row = resource.change, resource.rows(by).get(pk=pk)
    assert put is not None
    try:
        if new:
            put(row, new, by=by, at=at)
    except Invalid as no:
        raise _renamed(no, table) from no


def _ours(table: str, given: Mapping[str, str], by: User) -> dict[str, Any]:
    fields, found = FIELDS[table], {}
    for name, value in given.items():
        if name in fields:
            our, translate = fields[name]
            found[our] = translate(name, value, by)
    return found


def _renamed(no: Invalid, table: str) -> Invalid:
    theirs = {our: name for name, (our, _translate) in FIELDS[table].items()}
    return Invalid({theirs.get(k, k): said for k, said in no.errors.items()})
