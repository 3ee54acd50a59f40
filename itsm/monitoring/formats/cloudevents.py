"""CloudEvents 1.0 over HTTP: structured, binary and batched.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

An event's `id` says which occurrence it is, not which thing is wrong. That is, in this
order: the extension `dedupkey`, what is known or guessed of its data, `source` and
`subject`; only what has none of these is a thing of its own each time.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from itsm.monitoring.formats import generic, plain, recipes, words
from itsm.monitoring.formats.base import (
    Action,
    Change,
    Note,
    Reading,
    Signal,
    Unreadable,
)

NEEDED = ("specversion", "id", "source", "type")
BATCH, STRUCTURED = "application/cloudevents-batch", "application/cloudevents"
DEPLOYED = ("deployed", "upgraded", "rolledback", "removed", "published")
SERVICE = "dev.cdevents.service."  # https://cdevents.dev: a pipeline tells of a service


def decode(body: bytes, headers: Mapping[str, str]) -> Any:
    """The event, or the events of a batch, as `read` takes them. Raises Unreadable."""
    kind = headers.get("content-type", "").lower()
    if kind.startswith(STRUCTURED):
        data = plain.load(body)
        if isinstance(data, list) != kind.startswith(BATCH):
            raise Unreadable("shape", "a list for a batch, an object for an event")
        return data
    if "ce-specversion" not in headers:
        raise Unreadable("shape", "ce-specversion, or a content type of CloudEvents")
    event: dict[str, Any] = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    is_json = "json" in kind or not kind
    event["data"] = plain.load(body) if is_json and body.strip() else _as_text(body)
    return event


def _as_text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def read(data: Any, headers: Mapping[str, str], key: str = "") -> Reading:
    """The alerts and changes in it. Raises Unreadable."""
    events = plain.few(data) if isinstance(data, list) else [data]
    readings = [_one(plain.an_object(event), headers) for event in events]
    signals = tuple(signal for one in readings for signal in one.signals)
    changes = tuple(change for one in readings for change in one.changes)
    notes = [one.note for one in readings if one.note] or [Note.EMPTY]
    return Reading(signals, changes, "" if signals or changes else notes[0])


def _one(event: Mapping[str, Any], headers: Mapping[str, str]) -> Reading:
    missing = [n for n in NEEDED if not isinstance(event.get(n), str) or not event[n]]
    if missing:
        raise Unreadable("shape", ", ".join(missing))
    if event["specversion"] != "1.0":
        raise Unreadable("version", plain.text(event["specversion"], 20))
    kind = event["type"]
    if kind.startswith(SERVICE) and kind[len(SERVICE) :].split(".")[0] in DEPLOYED:
        return Reading(changes=(_change(event),))
    data = _data(event)
    if isinstance(data, dict | list) and data:
        inner, unnamed = generic.read(data, headers), recipes.lasting(data)
        told = tuple(_known(event, one, unnamed) for one in inner.signals)
        return replace(inner, signals=told)
    return Reading((_plain(event, plain.text(data, 1024)),))


def _data(event: Mapping[str, Any]) -> Any:
    encoded = event.get("data_base64")
    if not isinstance(encoded, str):
        return event.get("data")
    try:
        body = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("malformed", "data_base64") from error
    is_json = "json" in plain.text(event.get("datacontenttype")).lower()
    return plain.load(body) if is_json else _as_text(body)


def _key(event: Mapping[str, Any]) -> str:
    """The thing's identity as the event's own attributes tell it."""
    own, subject, one, source = (
        plain.text(event.get(name), plain.WHOLE)
        for name in ("dedupkey", "subject", "id", "source")
    )
    return plain.key_of(own) or plain.key_of(source, subject or one)


def _known(event: Mapping[str, Any], signal: Signal, unnamed: str) -> Signal:
    """What its data says, and what only the event around it does.

    `unnamed` is the key of data that names nothing.
    """
    bare = _plain(event, "")
    is_named = not event.get("dedupkey") and signal.key != unnamed
    said = words.action(event["type"])
    return replace(
        signal,
        key=signal.key if is_named else bare.key,
        action=said if signal.action is Action.TRIGGER else signal.action,
        severity=bare.severity if event.get("severity") else signal.severity,
        host=signal.host or bare.host,
        labels={**signal.labels, **bare.labels},
        at=signal.at or bare.at,
    )


def _plain(event: Mapping[str, Any], told: str) -> Signal:
    source, subject = plain.text(event["source"]), plain.text(event.get("subject"))
    names = ("type", "source", "subject")
    return Signal(
        action=words.action(event["type"]),
        key=_key(event),
        summary=told or f"{plain.text(event['type'])} {subject or source}",
        severity=words.severity(plain.text(event.get("severity"))),
        host=plain.host_of(source) or source,
        component=subject,
        class_=plain.text(event["type"]),
        labels={n: plain.text(event[n]) for n in names if event.get(n)},
        at=plain.moment(event.get("time")),
        url=plain.url(source),
    )


def _change(event: Mapping[str, Any]) -> Change:
    found = event.get("data")
    data = found if isinstance(found, dict) else {}
    subject = plain.text(event.get("subject")) or plain.text(event["source"])
    done = event["type"][len(SERVICE) :].split(".")[0]
    return Change(
        summary=f"{subject}: {done}"[: plain.LONGEST_SUMMARY],
        at=plain.moment(event.get("time")),
        origin=plain.text(event["source"]),
        details=plain.details(data),
    )
