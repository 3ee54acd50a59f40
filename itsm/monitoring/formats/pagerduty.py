"""PagerDuty Events API v2, `/v2/enqueue`.

https://developer.pagerduty.com/docs/send-alert-event
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import plain
from itsm.monitoring.formats.base import Action, Reading, Signal, Unreadable

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")


def read(data: Any, _headers: Mapping[str, str], key: str = "") -> Reading:
    """The event in it; `key` is what we answered where it has no `dedup_key`.

    Raises Unreadable, about all errors, one a line.
    """
    if not isinstance(data, dict):
        raise Unreadable("shape", "Event object format is unrecognized")
    wrong = errors(data)
    if wrong:
        raise Unreadable("invalid", "\n".join(wrong))
    body = data.get("payload") or {}
    action = Action(data["event_action"])
    url = plain.url(data.get("client_url")) or next(
        (plain.url(one.get("href")) for one in _links(data)), ""
    )
    return Reading(
        (
            Signal(
                action=action,
                key=data.get("dedup_key") or key,
                summary=plain.text(body.get("summary"), plain.LONGEST_SUMMARY),
                severity=body.get("severity") or "error",
                host=plain.text(body.get("source")),
                component=plain.text(body.get("component")),
                group=plain.text(body.get("group")),
                class_=plain.text(body.get("class")),
                labels=_labels(data),
                at=plain.moment(body.get("timestamp")),
                url=url,
                details=plain.details(body.get("custom_details")),
            ),
        )
    )


def _labels(data: Mapping[str, Any]) -> dict[str, str]:
    client = plain.text(data.get("client"))
    return {"client": client} if client else {}


def _links(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    links = data.get("links")
    return [x for x in links if isinstance(x, dict)] if isinstance(links, list) else []


def errors(data: Mapping[str, Any]) -> list[str]:
    """What PagerDuty would say is wrong with it."""
    action, key = data.get("event_action"), data.get("dedup_key")
    if not action:
        return ["'event_action' is missing or blank"]
    found = []
    if action not in ACTIONS:
        found.append(f"'event_action' is invalid ({one_of(ACTIONS)})")
    if action in ACTIONS[1:] and not key:
        found.append("'dedup_key' is missing or blank")
    elif key and (not isinstance(key, str) or key != plain.text(key, len(key))):
        found.append("'dedup_key' is invalid")
    elif key and len(key) > plain.LONGEST_KEY:
        found.append("'dedup_key' is too long (maximum is 255 characters)")
    body = data.get("payload")
    if body is not None and not isinstance(body, dict):
        return [*found, "'payload' is invalid"]
    if action == "trigger":
        found += _missing(body or {})
    severity = (body or {}).get("severity")
    if severity not in (*SEVERITIES, "", None):
        found.append(f"'payload.severity' is invalid ({one_of(SEVERITIES)})")
    return found


def _missing(body: Mapping[str, Any]) -> list[str]:
    found = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not plain.text(body.get(name))
    ]
    if len(plain.text(body.get("summary"), plain.LONGEST_SUMMARY + 1)) > 1024:
        found.append("'payload.summary' is too long (maximum is 1024 characters)")
    return found


def one_of(words: tuple[str, ...]) -> str:
    """In PagerDuty's words."""
    some = ", ".join(f"'{word}'" for word in words[:-1])
    return f"must be one of the following: {some} or '{words[-1]}'"
