"""Grafana's webhook: unified alerting, and the payload of its alerting before 9.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import alertmanager, plain, words
from itsm.monitoring.formats.base import Note, Reading, Signal, Unreadable

QUIET = {"paused", "pending", "unknown"}  # states that are no news


def fits(data: Any) -> bool:
    """Whether it is the payload of the alerting before 9."""
    return isinstance(data, dict) and {"ruleId", "state"} <= set(data)


def read(data: Any, headers: Mapping[str, str], key: str = "") -> Reading:
    """The alerts in it. Raises Unreadable."""
    if alertmanager.fits(plain.an_object(data)):
        return alertmanager.read(data, headers)
    if not fits(data):
        raise Unreadable("shape", "alerts, or ruleId and state")
    if words.word(plain.text(data["state"])) in QUIET:
        return Reading(note=Note.STATE)
    return Reading((_signal(data),))


def _signal(data: Mapping[str, Any]) -> Signal:
    matches = data.get("evalMatches")
    matches = (
        [m for m in matches if isinstance(m, dict)] if isinstance(matches, list) else []
    )
    tags = plain.labels(data.get("tags"))
    seen = plain.labels(matches[0].get("tags")) if matches else {}
    labels = seen | tags
    url = plain.url(data.get("ruleUrl"))
    state = plain.text(data["state"])
    host = plain.first(labels, *alertmanager.HOSTS) or plain.host_of(url)
    return Signal(
        action=words.action(state),
        key=plain.key_of("rule", plain.text(data["ruleId"])),
        summary=plain.text(
            data.get("title") or data.get("ruleName") or data.get("message"),
            plain.LONGEST_SUMMARY,
        ),
        severity=words.severity(
            plain.first(labels, *alertmanager.SEVERITIES)
            or ("warning" if state == "no_data" else "")
        ),
        host=plain.without_port(host),
        component=plain.text(data.get("ruleName")),
        group=plain.first(labels, *alertmanager.GROUPS)[: plain.LONGEST_NAME],
        labels=labels,
        url=url,
        details=plain.details({"message": data.get("message"), "evalMatches": matches}),
    )
