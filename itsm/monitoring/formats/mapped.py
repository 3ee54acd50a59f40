"""What a source's mapping says of a signal, whatever format it came in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from itsm.monitoring.formats import paths, words
from itsm.monitoring.formats.base import Signal


def said(signal: Signal, path: str) -> str:
    """What a path says of a signal: its fields, then its details, then its labels.

    `labels.team`, `annotations.team`, `custom_details.team`, `host`, or plain `team`.
    """
    fields = {
        "host": signal.host,
        "source": signal.host,
        "component": signal.component,
        "group": signal.group,
        "class": signal.class_,
        "severity": signal.severity,
        "summary": signal.summary,
        "key": signal.key,
        "url": signal.url,
        "labels": signal.labels,
        "details": signal.details,
        "annotations": signal.details,
        "custom_details": signal.details,
    }
    places = (fields, signal.details, signal.labels)
    found = (paths.said(dict(place), path) for place in places)
    return next((one for one in found if one), "")


def severity(signal: Signal, mapping: Mapping[str, Any]) -> Signal:
    """With the severity that the mapping's `severity_from` and `words` give it."""
    path, own = mapping.get("severity_from", ""), mapping.get("words") or {}
    word = said(signal, path) if path else ""
    if not word:
        return signal
    ours = {words.word(name): to for name, to in own.items()}.get(words.word(word))
    return replace(signal, severity=ours or words.severity(word, signal.severity))
