"""PagerDuty change events, `/v2/change/enqueue`: a deployment, never an alert.

https://developer.pagerduty.com/docs/send-change-event
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import plain
from itsm.monitoring.formats.base import Change, Reading, Unreadable

MOST_LINKS = 20


def read(data: Any, _headers: Mapping[str, str], key: str = "") -> Reading:
    """The change in it. Raises Unreadable, about all errors, one a line."""
    if not isinstance(data, dict):
        raise Unreadable("shape", "Event object format is unrecognized")
    wrong = errors(data)
    if wrong:
        raise Unreadable("invalid", "\n".join(wrong))
    body = data["payload"]
    change = Change(
        summary=plain.text(body["summary"], plain.LONGEST_SUMMARY),
        at=plain.moment(body.get("timestamp")),
        origin=plain.text(body.get("source")),
        links=links(data.get("links")),
        details=plain.details(body.get("custom_details")),
    )
    return Reading(changes=(change,))


def links(value: Any) -> tuple[Mapping[str, str], ...]:
    """Those that a page may show."""
    found = (
        [one for one in value if isinstance(one, dict)]
        if isinstance(value, list)
        else []
    )
    shown = [(plain.url(one.get("href")), one.get("text")) for one in found]
    return tuple(
        {"href": href, "text": plain.text(text) or href}
        for href, text in shown[:MOST_LINKS]
        if href
    )


def errors(data: Mapping[str, Any]) -> list[str]:
    """What PagerDuty would say is wrong with it."""
    body = data.get("payload")
    if not isinstance(body, dict):
        return ["'payload' is missing or blank"]
    summary = plain.text(body.get("summary"), plain.LONGEST_SUMMARY + 1)
    if not summary:
        return ["'payload.summary' is missing or blank"]
    if len(summary) > plain.LONGEST_SUMMARY:
        return ["'payload.summary' is too long (maximum is 1024 characters)"]
    return []
