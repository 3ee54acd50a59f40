"""One module per format: a body as its tool sends it becomes signals. All pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from itsm.monitoring.formats import (
    alertmanager,
    cloudevents,
    generic,
    grafana,
    icinga,
    mapped,
    nagios,
    pagerduty,
    pagerduty_change,
    plain,
    zabbix,
)
from itsm.monitoring.formats.base import Reading, Remark, Unreadable

FORMATS: Mapping[str, Any] = {
    "pagerduty": pagerduty,
    "pagerduty-change": pagerduty_change,
    "alertmanager": alertmanager,
    "grafana": grafana,
    "zabbix": zabbix,
    "nagios": nagios,
    "icinga": icinga,
    "cloudevents": cloudevents,
    "generic": generic,
}
FORGIVING = {"alertmanager", "grafana"}  # they are told to send other tools' shapes too
PAST, FUTURE = timedelta(days=366), timedelta(minutes=10)  # a clock is believed within


def read(
    name: str,
    body: bytes,
    headers: Mapping[str, str],
    mapping: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    at: datetime | None = None,
) -> Reading:
    """What a body in the format of this name holds.

    `headers` with small letters; `key` is the one that we gave it; `at` when it was
    received: times too far from it are not believed. Raises Unreadable, and nothing
    else, whatever the body is.
    """
    try:
        reading = _read(name, decode(name, body, headers), headers, mapping or {}, key)
    except RecursionError as error:
        raise Unreadable("deep") from error
    return _believed(reading, at) if at else reading


def decode(name: str, body: bytes, headers: Mapping[str, str]) -> Any:
    """The values in a body. Raises Unreadable."""
    if name == "cloudevents":
        return cloudevents.decode(body, headers)
    return plain.load(body)


def _read(
    name: str,
    data: Any,
    headers: Mapping[str, str],
    mapping: Mapping[str, Any],
    key: str,
) -> Reading:
    if name == "generic":
        return generic.read(data, headers, mapping=mapping)
    try:
        reading: Reading = FORMATS[name].read(data, headers, key)
    except Unreadable:
        if name not in FORGIVING or not generic.knows(data):
            raise
        reading = generic.read(data, headers)
    if not mapping.get("severity_from"):
        return reading
    signals = tuple(mapped.severity(one, mapping) for one in reading.signals)
    return replace(reading, signals=signals)


def _believed(reading: Reading, at: datetime) -> Reading:
    """Without times that no clock near ours can have told."""

    def is_odd(told: datetime | None) -> bool:
        return told is not None and not at - PAST <= told <= at + FUTURE

    told = [one.at for one in reading.signals] + [one.at for one in reading.changes]
    if not any(map(is_odd, told)):
        return reading
    return replace(
        reading,
        signals=tuple(
            replace(o, at=None) if is_odd(o.at) else o for o in reading.signals
        ),
        changes=tuple(
            replace(o, at=None) if is_odd(o.at) else o for o in reading.changes
        ),
        remarks=(Remark.CLOCK,),
    )
