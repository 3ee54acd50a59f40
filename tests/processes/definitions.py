"""Small definitions that tests bend."""

from copy import deepcopy
from typing import Any

from processes import shipping, yaml_text
from processes.definition import Definition, load

SMALL: dict[str, Any] = {
    "format": 1,
    "process": "small",
    "states": {
        "new": {"category": "new"},
        "doing": {"category": "active"},
        "done": {"category": "closed"},
    },
    "transitions": {
        "start": {"from": ["new"], "to": "doing"},
        "close": {"from": ["doing"], "to": "done"},
    },
}


def small(**changes: Any) -> dict[str, Any]:
    """The small definition with whole sections replaced."""
    return {**deepcopy(SMALL), **changes}


def bent(path: str, value: Any) -> dict[str, Any]:
    """The small definition with one value set at a dotted path."""
    data = small()
    *way, last = path.split(".")
    here = data
    for step in way:
        here = here.setdefault(step, {})
    here[last] = value
    return data


def shipped(slug: str) -> Definition:
    """A shipped definition."""
    return load(shipping.texts()[slug])


def shipped_data(slug: str) -> dict[str, Any]:
    """A shipped definition as the mapping it is written as."""
    data: dict[str, Any] = yaml_text.parse(shipping.texts()[slug])
    return data
