"""What a form sends about a story, as its actions take it."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from backlog.stories.actions.common import PARTS, TEXTS
from core.errors import Invalid
from people.models import User
from processes.models import Process

NUMBERS = (*PARTS, "points")
ROWS = {"increment": "increments", "activity": "activities"}
ROWS |= {"stakeholder": "stakeholders"}
FLAGS = ("is_published",)


def read(sent: QueryDict, process: Process) -> dict[str, Any]:
    """The fields that were sent. Raises Invalid for values that are none."""
    given: dict[str, Any] = {}
    for name in sent:
        value = str(sent[name]).replace("\x00", "")
        if name in TEXTS:
            given[name] = value
        elif name in NUMBERS:
            given[name] = _number(name, value)
        elif name in ROWS:
            given[name] = _row(name, value, getattr(process, ROWS[name]))
        elif name == "assignee":
            given[name] = _row(name, value, User.objects.people())
        elif name in FLAGS:
            given[name] = value in ("1", "on", "true")
    return given


def _number(name: str, value: str) -> int | None:
    value = value.strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise Invalid({name: [_("Send a whole number.")]})
    return int(value)


def _row(name: str, value: str, rows: Any) -> Any:
    value = value.strip()
    if not value:
        return None
    is_id = value.isascii() and value.isdigit() and len(value) < 19
    found = rows.filter(pk=int(value)).first() if is_id else None
    if found is None:
        raise Invalid({name: [_("There is no such thing for you.")]})
    return found


def criteria(sent: Mapping[str, str]) -> list[str]:
    """One criterion a line."""
    return [line for line in sent.get("criteria", "").splitlines() if line.strip()]
