"""What our script for Nagios sends (docs/integrations/scripts/beeline-nagios.sh).

An object of texts: `type` (NOTIFICATIONTYPE), `host`, `address`, `service` (empty for
the host itself), `state`, `output`, `long_output`, `at` (epoch), `url`, `groups`,
`by` and `comment` of an acknowledgement, `problem_id`.
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import plain, words
from itsm.monitoring.formats.base import Action, Note, Reading, Signal, Unreadable

NEEDED = ("type", "host", "state")
SHOWN = ("address", "output", "long_output", "by", "comment", "problem_id", "command")


def fits(data: Any) -> bool:
    """Whether it looks like one of these."""
    return isinstance(data, dict) and {*NEEDED, "output", "problem_id"} <= set(data)


def read(data: Any, _headers: Mapping[str, str], key: str = "") -> Reading:
    """The notification in it. Raises Unreadable."""
    missing = [name for name in NEEDED if name not in plain.an_object(data)]
    if missing:
        raise Unreadable("shape", ", ".join(missing))
    host, state = plain.text(data["host"]), plain.text(data["state"])
    action = action_of(plain.text(data.get("type")), state)
    if action is None:
        return Reading(note=Note.STATE)
    service, output = plain.text(data.get("service")), data.get("output")
    names = (plain.text(data.get(n), plain.WHOLE) for n in ("host", "service"))
    name = "!".join(filter(None, names))  # neither may hold "!"
    told = plain.text(output, plain.LONGEST_SUMMARY)
    bare = f"{service or host} {state}"
    where = "" if host.lower() in told.lower() else f" ({host})"
    return Reading(
        (
            Signal(
                action=action,
                key=plain.key_of(name),
                summary=f"{bare}{where if service else ''}: {told}"[:1024]
                if told
                else f"{bare}{where if service else ''}",
                severity=words.severity(state),
                host=host,
                component=service,
                group=plain.text(data.get("groups")),
                class_=plain.text(data.get("command")),
                labels=labels(data),
                at=plain.moment(data.get("at")),
                url=plain.url(data.get("url")),
                details=plain.details({n: data[n] for n in SHOWN if data.get(n)}),
            ),
        )
    )


def action_of(kind: str, state: str) -> Action | None:
    """What a notification says; None: nothing that opens or ends an alert."""
    kind = words.word(kind)
    if kind.startswith(("flapping", "downtime")):
        return None
    if kind.startswith("ack"):
        return Action.ACKNOWLEDGE
    over = words.action(state) is Action.RESOLVE
    if kind == "recovery" or (over and kind in {"", "problem"}):
        return Action.RESOLVE
    return None if over else Action.TRIGGER


def labels(data: Mapping[str, Any]) -> dict[str, str]:
    """What rules may ask for."""
    names = ("type", "state", "address", "groups")
    return {name: plain.text(data[name]) for name in names if data.get(name)}
