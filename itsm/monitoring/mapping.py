"""A source's `mapping`: how its events are read, and how bad they are for us.

    {"severity": {"critical": {"impact": "high", "urgency": "high"}},
     "words": {"sev1": "critical"}, "severity_from": "labels.priority",
     "host": "labels.instance", "team": "labels.team", "service": "labels.service",
     "events": "incidents", "key": ["monitor.id", "host"], "summary": "title",
     "status": "state", "resolve_when": ["gone"], "acknowledge_when": ["seen"],
     "at": "when", "url": "link"}

All of it may be left out. The first three lines count for every format, the others for
generic events only. Paths are those of `formats.paths`. docs/integrations/generic.md
says it to administrators.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.monitoring.formats import mapped, paths, plain
from itsm.monitoring.formats.base import Signal
from itsm.monitoring.models import Severity
from itsm.tickets.states import Level

PATHS = ("host", "team", "service", "severity_from")
READING = ("events", "key", "summary", "status", "at", "url")  # generic events only
LISTS = ("resolve_when", "acknowledge_when")
TABLES = ("severity", "words")
KNOWN = (*TABLES, *PATHS, *READING, *LISTS)
LARGEST = 8192  # characters of all of it
MOST_PARTS, MOST_WORDS, LONGEST_WORD = 5, 100, 100
ZERO_BYTE = "\\u0000"  # as JSON writes it
LEVELS = frozenset(Level.values)
DEFAULT = {
    "critical": ("high", "high"),
    "error": ("medium", "high"),
    "warning": ("low", "medium"),
    "info": ("low", "low"),
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a signal means here; empty where the mapping says nothing of it."""

    impact: str
    urgency: str
    host: str
    team_slug: str
    service_slug: str


def apply(mapping: Mapping[str, Any], signal: Signal) -> Mapped:
    """What a source's mapping makes of a signal; it never fails."""
    impact, urgency = levels(mapping, signal.severity)
    return Mapped(
        impact=impact,
        urgency=urgency,
        host=_said(mapping, "host", signal) or signal.host,
        team_slug=slugify(_said(mapping, "team", signal)),
        service_slug=slugify(_said(mapping, "service", signal)),
    )


def levels(mapping: Mapping[str, Any], severity: str) -> tuple[str, str]:
    """Impact and urgency of a severity."""
    impact, urgency = DEFAULT.get(severity, DEFAULT["error"])
    own = (mapping.get("severity") or {}).get(severity) or {}
    return own.get("impact", impact), own.get("urgency", urgency)


def _said(mapping: Mapping[str, Any], name: str, signal: Signal) -> str:
    path = mapping.get(name) or ""
    return mapped.said(signal, path)[: plain.LONGEST_NAME] if path else ""


def check(mapping: Any) -> None:
    """Raises Invalid, about `mapping`, a sentence for each thing wrong with it."""
    found = list(wrong(mapping))
    if found:
        raise Invalid({"mapping": found})


def wrong(mapping: Any) -> Iterator[str]:
    """What is wrong with a mapping, in sentences."""
    if not isinstance(mapping, dict):
        yield _("A mapping is a JSON object.")
        return
    told = json.dumps(mapping)
    if len(told) > LARGEST:
        yield _("A mapping has at most %(n)s characters.") % {"n": LARGEST}
        return
    if ZERO_BYTE in told:
        yield _("It holds a character that cannot be stored (U+0000).")
        return
    for name, value in mapping.items():
        if name not in KNOWN:
            known = ", ".join(KNOWN)
            yield _("“%(name)s” is not known here. Known are: %(known)s.") % {
                "name": name,
                "known": known,
            }
        elif name == "severity":
            yield from _wrong_severities(value)
        elif name == "words":
            yield from _wrong_words(value)
        elif name in LISTS:
            yield from _wrong_list(name, value)
        else:
            yield from _wrong_paths(name, value)


def _wrong_severities(value: Any) -> Iterator[str]:
    if not isinstance(value, dict) or set(value) - set(Severity.values):
        yield _("“severity” has a line for some of %(known)s.") % {
            "known": ", ".join(Severity.values)
        }
        return
    for severity, one in value.items():
        is_table = isinstance(one, dict) and set(one) <= {"impact", "urgency"}
        if not is_table or not all(_is_in(level, LEVELS) for level in one.values()):
            yield _(
                "The severity %(severity)s is mapped to “impact” and “urgency”, each "
                "one of %(known)s."
            ) % {"severity": severity, "known": ", ".join(Level.values)}


def _wrong_words(value: Any) -> Iterator[str]:
    fits = isinstance(value, dict) and len(value) <= MOST_WORDS
    if not fits or not all(_is_in(one, Severity.values) for one in value.values()):
        yield _("“words” gives each word of the tool one of %(known)s.") % {
            "known": ", ".join(Severity.values)
        }


def _wrong_list(name: str, value: Any) -> Iterator[str]:
    fits = isinstance(value, list) and len(value) <= MOST_WORDS
    if not fits or not all(
        isinstance(one, str) and 0 < len(one) <= LONGEST_WORD for one in value
    ):
        yield _("“%(name)s” is a list of words.") % {"name": name}


def _wrong_paths(name: str, value: Any) -> Iterator[str]:
    parts = value if name == "key" and isinstance(value, list) else [value]
    if not 0 < len(parts) <= MOST_PARTS or not all(map(_is_path, parts)):
        yield _(
            "“%(name)s” is a path such as labels.host or alerts.0.host: names and "
            "numbers with dots between them, at most %(n)s."
        ) % {"name": name, "n": paths.DEEPEST}


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > paths.LONGEST or value[:1] == "#":
        return False
    return all(
        0 < len(one.split(".")) <= paths.DEEPEST and all(one.split("."))
        for one in value.split("|")
    )


def _is_in(value: Any, known: Any) -> bool:
    return isinstance(value, str) and value in known
