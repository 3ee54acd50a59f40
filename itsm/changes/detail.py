"""A change's part in the workflow: plan, window, model, result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from itsm.changes.models import Change
from itsm.tickets import details
from itsm.tickets.cleaning import Wrong, choice, instant, short, text
from itsm.tickets.models import Ticket
from people.models import User


def window(name: str, value: Any, by: User) -> tuple[datetime, datetime] | None:
    """`{"start", "end"}` or an ISO interval `start/end`; the end after the start."""
    if value in (None, "") or value == {"start": "", "end": ""}:
        return None
    if isinstance(value, str) and "/" in value:
        first, _slash, last = value.partition("/")
        value = {"start": first, "end": last}
    if not isinstance(value, Mapping) or set(value) - {"start", "end"}:
        raise Wrong(_("Send the window as its start and end."))
    start = instant("start", value.get("start"), by)
    end = instant("end", value.get("end"), by)
    if start is None or end is None:
        raise Wrong(_("A window needs a start and an end."))
    if end <= start:
        raise Wrong(_("The window ends before it starts."))
    return start, end


def _facts(ticket: Ticket, row: Change) -> Mapping[str, Any]:
    return {"model": row.model}


def register() -> None:
    """Tell the shared ticket about changes."""
    details.register(
        details.Detail(
            type="change",
            model=Change,
            always=True,
            fields=(
                "model",
                "plan",
                "test",
                "way_back",
                "window",
                "threat",
                "result",
            ),
            texts=frozenset({"plan", "test", "way_back", "threat"}),
            settled=frozenset({"model", "plan", "test", "way_back", "window"}),
            # what was done as an emergency is one from then on, and reviewed as one
            brings={"emergency": {"model": Change.Model.EMERGENCY.value}},
            readers={
                "model": choice(*Change.Model.values),
                "plan": text,
                "test": text,
                "way_back": text,
                "window": window,
                "threat": short(500),
                "result": choice(*Change.Result.values),
            },
            facts=_facts,
        )
    )
