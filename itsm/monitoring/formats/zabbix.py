"""What our media type for Zabbix sends (docs/integrations/scripts/).

An object of texts: `trigger_id`, `event_id`, `value` (1 problem, 0 over), `update` (1:
somebody did something with it), `acknowledged` (Yes), `severity`, `name`, `host`,
`hostgroup`, `item`, `opdata`, `tags` (a list of `{"tag", "value"}`), `at`, `url`.

The key is the trigger and its tags: what Zabbix itself closes together, also where one
trigger makes several problems.
"""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import plain, words
from itsm.monitoring.formats.base import Action, Reading, Signal, Unreadable

SHOWN = ("event_id", "item", "opdata", "ip", "message", "update_message", "by")


def fits(data: Any) -> bool:
    """Whether it looks like one of these."""
    return isinstance(data, dict) and {"trigger_id", "value", "event_id"} <= set(data)


def read(data: Any, _headers: Mapping[str, str], key: str = "") -> Reading:
    """The event in it. Raises Unreadable."""
    if not fits(plain.an_object(data)):
        raise Unreadable("shape", "trigger_id, event_id and value")
    tags, trigger = plain.labels(data.get("tags")), plain.text(data["trigger_id"])
    part = plain.digest(_sorted(data.get("tags")))[:32] if tags else ""
    host, name = plain.text(data.get("host")), data.get("name")
    return Reading(
        (
            Signal(
                action=_action(data),
                key=plain.key_of("trigger", trigger, part),
                summary=plain.text(name, 1024) or f"Trigger {trigger}",
                severity=words.severity(plain.text(data.get("severity"))),
                host=host,
                component=plain.text(data.get("item")) or tags.get("component", ""),
                group=plain.text(data.get("hostgroup")),
                labels=tags,
                at=plain.moment(data.get("at")),
                url=plain.url(data.get("url")),
                details=plain.details({n: data[n] for n in SHOWN if data.get(n)}),
            ),
        )
    )


def _sorted(tags: Any) -> list[str]:
    """All tags: a name may stand there twice."""
    return sorted(str(one) for one in tags) if isinstance(tags, list) else [str(tags)]


def _action(data: Mapping[str, Any]) -> Action:
    if plain.text(data["value"]) == "0":
        return Action.RESOLVE
    is_update = plain.text(data.get("update")) == "1"
    if is_update and plain.text(data.get("acknowledged")).lower() == "yes":
        return Action.ACKNOWLEDGE
    return Action.TRIGGER
