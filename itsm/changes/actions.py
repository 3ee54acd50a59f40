"""Opening a change, of a kind or free."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itsm.changes.models import Kind
from itsm.tickets.actions import open_ticket
from itsm.tickets.models import Ticket
from people.models import User

TEMPLATE = ("plan", "test", "way_back")


def open_change(
    *,
    by: User,
    at: datetime,
    kind: Kind | None = None,
    title: str = "",
    detail: Mapping[str, Any] | None = None,
    **given: Any,
) -> Ticket:
    """Open one; what its kind knows and nobody gave is filled in.

    A window that has only its start (`window_start`) gets the kind's length. Raises
    Forbidden, Invalid.
    """
    detail = dict(detail or {})
    if kind is not None:
        detail = completed(kind, detail)
        title = title or kind.name
        own = {"service": kind.service, "team": kind.team}
        given = {**own, **{k: v for k, v in given.items() if v is not None}}
    return open_ticket(type="change", by=by, at=at, title=title, detail=detail, **given)


def completed(kind: Kind, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The change's own fields with what its kind knows; what was given stays."""
    found = {name: value for name, value in detail.items() if value is not None}
    for name in TEMPLATE:
        if not str(found.get(name) or "").strip():
            found[name] = getattr(kind, name)
    found["answers"] = {**kind.answers, **(found.get("answers") or {})}
    if "window_start" in found and "window_end" not in found:
        found["window_end"] = found["window_start"] + kind.length
    return {**found, "kind": kind}
