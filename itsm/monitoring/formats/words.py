"""The words of all tools for how bad something is, and whether it is over."""

import re

from itsm.monitoring.formats.base import Action

SEVERITIES = {
    "critical": "critical crit fatal emergency emerg panic disaster blocker severe "
    "page alert immediate down unreachable failed p1 s1 sev0 sev1 highest",
    "error": "error err high major urgent p2 s2 sev2 alarm failure",
    "warning": "warning warn medium moderate minor average unknown degraded p3 s3 sev3 "
    "insufficient_data no_data nodata ticket anomalous",
    "info": "info information informational notice low lowest debug trace none ok up "
    "normal not_classified indeterminate cleared p4 p5 s4 s5 sev4 sev5",
}
_SEVERITY = {word: ours for ours, words in SEVERITIES.items() for word in words.split()}
_OVER = (
    "ok okay up resolved resolve close closed clear cleared recovered recovery recover "
    "normal inactive healthy passing passed success fixed ended canceled cancelled "
    "deactivated expired stopped green"
)
RESOLVED = frozenset(_OVER.split())
ACKNOWLEDGED = frozenset(
    {"acknowledge", "acknowledged", "acknowledgement", "ack", "acked"}
)
_ALONE = frozenset({"alert", "page", "none", "unknown", "up", "down"})  # no suffixes
_NOT = frozenset({"not", "no", "un", "non"})


def word(value: str) -> str:
    """A word as it is looked up: `Not classified` is `not_classified`."""
    return "_".join(_parts(value))


def _parts(value: str) -> list[str]:
    return [part for part in re.split(r"[^a-z0-9]+", value.lower()) if part]


def severity(value: str, default: str = "error") -> str:
    """Ours for a tool's: the whole of it, else its last or first word, else default."""
    parts = _parts(value)
    whole = "_".join(parts)
    for one in (whole, *parts[-1:], *parts[:1]):
        if one in _SEVERITY and (one == whole or one not in _ALONE):
            return _SEVERITY[one]
    return default


def action(
    status: str,
    resolved: frozenset[str] = RESOLVED,
    acknowledged: frozenset[str] = ACKNOWLEDGED,
) -> Action:
    """What a status says: `ALERT_RECOVERY`, `alert.resolved`, `DOWN -> UP`, `ok`."""
    parts = _parts(status)
    said = {"_".join(parts), *parts[-1:]}
    if said & resolved and not _NOT & set(parts):
        return Action.RESOLVE
    if said & acknowledged and not _NOT & set(parts):
        return Action.ACKNOWLEDGE
    return Action.TRIGGER
