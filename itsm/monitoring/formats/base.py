"""What every format is read into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What a signal says of its alert."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Signal:
    """One word of a tool on one thing. `key` is what makes it the same thing again.

    `severity` is critical, error, warning or info; `at` by the tool's clock, None where
    it says none or none that is credible; `labels` is flat. Lengths are those of
    `itsm.monitoring.models` already.
    """

    action: Action
    key: str
    summary: str
    severity: str = "error"
    host: str = ""
    component: str = ""
    group: str = ""
    class_: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    url: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Something was changed: a deployment. Never an alert."""

    summary: str
    at: datetime | None = None
    origin: str = ""
    links: tuple[Mapping[str, str], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body holds. `note` is a code that says why it holds no alert.

    `remarks` are codes of what is odd though it was read, for the source's health page.
    """

    signals: tuple[Signal, ...] = ()
    changes: tuple[Change, ...] = ()
    note: str = ""
    remarks: tuple[str, ...] = ()


class Note(StrEnum):
    """Why a body that was taken holds no alert."""

    HANDSHAKE = "handshake"  # a tool asks whether we are there
    CALLBACK = "callback"  # what somebody did with an alert elsewhere
    INVENTORY = "inventory"  # what a tool knows of has changed
    STATE = "state"  # neither a problem nor its end: a downtime, flapping, a pause
    TRUNCATED = "truncated"  # ends that a shortened message cannot tell
    EMPTY = "empty"  # nothing in it


class Remark(StrEnum):
    """What is odd about a body that was read."""

    CLOCK = "clock"  # its times are too far from ours to be believed


class Unreadable(Exception):
    """A body that its format does not allow; `code` and `about` may be kept."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code, about)
        self.code, self.about = code, about
