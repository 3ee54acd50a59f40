"""Alertmanager's webhook, version 4 (3 is read too): each alert on its own.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
A message with `truncatedAlerts` does not say all, so it never ends anything.
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import plain, words
from itsm.monitoring.formats.base import Action, Note, Reading, Signal, Unreadable

SUMMARIES = ("summary", "message", "title", "description")
SEVERITIES = ("severity", "priority", "level", "criticality")
HOSTS = (
    *("host", "hostname", "node", "nodename", "instance", "pod", "container"),
    *("server", "target", "device", "service", "monitor", "queue", "job"),
)
COMPONENTS = ("component", "service", "job", "container", "app", "workload")
GROUPS = ("group", "cluster", "namespace", "environment", "env")


def fits(data: Any) -> bool:
    """Whether it looks like one of these."""
    alerts = data.get("alerts") if isinstance(data, dict) else None
    if not isinstance(alerts, list):
        return False
    return all(
        isinstance(a, dict) and isinstance(a.get("labels"), dict) for a in alerts
    )


def read(data: Any, _headers: Mapping[str, str], key: str = "") -> Reading:
    """The alerts in it. Raises Unreadable."""
    if not fits(plain.an_object(data)):
        raise Unreadable("shape", "alerts, a list of objects with labels")
    signals = [_signal(one, data) for one in plain.few(data["alerts"])]
    if _truncated(data):
        signals = [one for one in signals if one.action is not Action.RESOLVE]
    note = Note.TRUNCATED if data["alerts"] else Note.EMPTY
    return Reading(tuple(signals), note="" if signals else note)


def _truncated(data: Mapping[str, Any]) -> bool:
    return plain.text(data.get("truncatedAlerts")) not in {"", "0", "false"}


def _signal(alert: Mapping[str, Any], message: Mapping[str, Any]) -> Signal:
    labels = plain.labels(alert["labels"])
    notes = plain.labels(alert.get("annotations"))
    status = plain.text(alert.get("status") or message.get("status"))
    over = words.action(status) is Action.RESOLVE
    url = plain.url(alert.get("generatorURL")) or plain.url(message.get("externalURL"))
    group_key = plain.text(message.get("groupKey"), plain.LONGEST_LABEL)
    told = plain.text(alert.get("fingerprint"), plain.WHOLE)
    host = plain.first(labels, *HOSTS) or plain.host_of(url)
    return Signal(
        action=Action.RESOLVE if over else Action.TRIGGER,
        key=plain.key_of(told or fingerprint(alert)),
        summary=_summary(labels, notes),
        severity=words.severity(
            plain.first(labels, *SEVERITIES) or plain.first(notes, *SEVERITIES)
        ),
        host=plain.without_port(host)[: plain.LONGEST_NAME],
        component=plain.first(labels, *COMPONENTS)[: plain.LONGEST_NAME],
        group=plain.first(labels, *GROUPS)[: plain.LONGEST_NAME],
        class_=labels.get("alertname", "")[: plain.LONGEST_NAME],
        labels=labels | ({"groupKey": group_key} if group_key else {}),
        at=plain.moment(alert.get("endsAt" if over else "startsAt")),
        url=url,
        details=plain.details(_details(alert)),
    )


def _summary(labels: Mapping[str, str], notes: Mapping[str, str]) -> str:
    told = plain.first(notes, *SUMMARIES)
    name = plain.first(labels, "alertname", "rulename")
    where = plain.first(labels, *HOSTS)
    bare = f"{name} {where}".strip() or "An alert without a name"
    return (told or bare)[: plain.LONGEST_SUMMARY]


def _details(alert: Mapping[str, Any]) -> dict[str, Any]:
    """Its annotations, and what Grafana tells beside them."""
    beside = ("values", "valueString", "dashboardURL", "panelURL", "silenceURL")
    notes = alert.get("annotations")
    told = {name: alert[name] for name in beside if alert.get(name)}
    return (notes if isinstance(notes, dict) else {}) | told


def fingerprint(alert: Mapping[str, Any]) -> str:
    """What Alertmanager calls an alert: FNV-1a over its labels, sorted by name."""
    found = 0xCBF29CE484222325
    for name, value in sorted((n, str(v)) for n, v in alert["labels"].items()):
        text = [one.encode("utf-8", "replace") for one in (name, value)]
        for byte in b"\xff".join((*text, b"")):
            found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"
