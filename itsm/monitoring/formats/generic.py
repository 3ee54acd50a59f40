"""Any JSON: a known shape, else a good guess, and the source's mapping before both."""

from collections.abc import Iterator, Mapping
from typing import Any

from itsm.monitoring.formats import (
    alertmanager,
    grafana,
    nagios,
    paths,
    plain,
    recipes,
    shapes,
    words,
    zabbix,
)
from itsm.monitoring.formats.base import Note, Reading, Signal
from itsm.monitoring.formats.recipes import NOTHING, Recipe

LISTS = ("alerts", "events", "incidents", "problems", "records", "items", "messages")
NATIVE: tuple[Any, ...] = (alertmanager, grafana, zabbix, nagios)  # sent here as well
_NAMES = (
    "dedup_key|dedupKey|dedupkey|dedupe_key|deduplication_key|aggreg_key|fingerprint"
    "|incident_key|incidentKey|incident_id|incidentId|alert_id|alertId|alert.id"
    "|incident.id|problem_id|problemId|ProblemID|issue_id|issue.id|alias|key|id|uuid"
)
GUESS = Recipe(
    key=(_NAMES,),
    summary="summary|title|subject|Subject|headline|message|msg|name|alert_name"
    "|alertname|annotations.summary|labels.alertname|text|description|body|event"
    "|check_name|check|output",
    severity="severity|Severity|level|priority|criticality|urgency|importance"
    "|labels.severity|labels.priority|alert.severity|incident.severity",
    status="status|state|alert_state|current_state|event_action|action|event_type"
    "|eventType|notification_type|alert_type|alert.status|incident.status|type",
    host="host|hostname|host_name|host.name|server|node|instance|device|device_name"
    "|resource_name|resourceName|resource|entity|source|ip|labels.host"
    "|labels.hostname|labels.instance|labels.node|labels.pod|tags.host|labels.queue"
    "|labels.mq_manager|labels.service|service|service.name|application|app|project"
    "|monitor|Agent Name|agent.name|labels.customer_id",
    component="component|service|check|check_name|application|app|metric_name"
    "|labels.service|labels.component|labels.job",
    group="group|cluster|namespace|environment|env|labels.cluster|labels.namespace",
    class_="class|category|alert_type|alertname|labels.alertname",
    labels="labels",
    at="timestamp|time|at|date|created_at|createdAt|started_at|startsAt|occurred_at"
    "|event_time|eventTime",
    url="url|link|html_url|alert_url|web_url|permalink|generatorURL",
)
PATHS = {  # in a mapping: which part of a recipe it is
    "summary": "summary",
    "severity_from": "severity",
    "status": "status",
    "host": "host",
    "at": "at",
    "url": "url",
}


def read(
    data: Any,
    headers: Mapping[str, str],
    key: str = "",
    mapping: Mapping[str, Any] | None = None,
) -> Reading:
    """The alerts in it. Any JSON can be read; raises Unreadable for too many."""
    mapping = mapping or {}
    readings = [_one(event, headers, mapping) for event in _events(data, mapping)]
    signals = tuple(signal for one in readings for signal in one.signals)
    notes = [one.note for one in readings if one.note]
    return Reading(signals, note="" if signals else (notes or [Note.EMPTY])[0])


def _events(data: Any, mapping: Mapping[str, Any]) -> Iterator[Any]:
    """Each event in a body: where the mapping says, in a list, or the body itself."""
    found = paths.find(data, mapping.get("events", ""))
    if isinstance(found, list):
        yield from plain.few(found)
    elif found is not None:
        yield found


def _one(event: Any, headers: Mapping[str, str], mapping: Mapping[str, Any]) -> Reading:
    if event in ({}, [], "", None) or isinstance(event, bool | int | float):
        return Reading(note=Note.EMPTY)
    if not isinstance(event, dict):
        return Reading((_bare(event),))
    own = _recipe(mapping)
    if (
        own == NOTHING
        and "startsAt" in event
        and alertmanager.fits({"alerts": [event]})
    ):
        event = {"alerts": [event]}
    if own == NOTHING and (native := _native(event)):
        return native.read(event, headers)
    event = shapes.unfolded(event)
    shape = shapes.of(event)
    if shape is not None and shape.note and not own.key:
        return Reading(note=shape.note)
    if shape is None and not own.key and (inner := _inner(event)):
        return read(inner, headers, mapping=mapping)
    return Reading((recipes.read(event, own.over(shape.recipe if shape else GUESS)),))


def knows(data: Any) -> bool:
    """Whether it is more than a guess: a known shape, or an alert with labels."""
    one = data[0] if isinstance(data, list) and data else data
    if not isinstance(one, dict):
        return False
    is_alert = isinstance(one.get("labels"), dict) and bool(one["labels"])
    return is_alert or bool(_native(one) or shapes.of(shapes.unfolded(one)))


def _native(event: Mapping[str, Any]) -> Any:
    """The format with a route of its own that this is."""
    return next((one for one in NATIVE if one.fits(event)), None)


def _inner(event: Mapping[str, Any]) -> list[Any]:
    """The events of a wrapper: a list of objects in an object that is no alert."""
    if any(name in event for name in ("severity", "summary", "title", "message")):
        return []
    for name in LISTS:
        found = event.get(name)
        if isinstance(found, list) and found and isinstance(found[0], dict):
            return found
    return []


def _bare(event: Any) -> Signal:
    """A text, or a list in a list: its own identity."""
    return Signal(
        action=words.action(""),
        key=recipes.lasting(event),
        summary=plain.text(event, 1024) or "…",
        details=plain.details(event),
    )


def _recipe(mapping: Mapping[str, Any]) -> Recipe:
    """What a mapping says of reading."""
    said: dict[str, Any] = {
        part: mapping[name] for name, part in PATHS.items() if mapping.get(name)
    }
    key = mapping.get("key")
    if key:
        said["key"] = (key,) if isinstance(key, str) else tuple(key)
    for name, part in (("resolve_when", "resolved"), ("acknowledge_when", None)):
        if mapping.get(name):
            said[part or "acknowledged"] = frozenset(map(words.word, mapping[name]))
    if mapping.get("words"):
        said["severities"] = {words.word(n): s for n, s in mapping["words"].items()}
    return Recipe(**said)
