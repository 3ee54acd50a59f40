"""One reception read: until every format is there, signals as this product writes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itsm.monitoring.formats.base import Action, Reading, Signal, Unreadable


def read(
    name: str, body: bytes, headers: Mapping[str, str], mapping: Mapping[str, Any]
) -> Reading:
    """What a body holds. Raises Unreadable."""
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Unreadable("not_json", str(error)) from None
    signals = []
    for one in data:
        at = one.pop("at", None)
        one["action"] = Action(one.pop("action", "trigger"))
        signals.append(Signal(**one, at=at and datetime.fromisoformat(at)))
    return Reading(tuple(signals))
