"""How an object of any tool is read: which paths say what.

A recipe is what `shapes` knows of a tool, what is guessed of an unknown one, and what
a source's mapping says, which goes before both. Paths are those of `paths`; `a|b` is
the first of them that says something.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from itsm.monitoring.formats import paths, plain, words
from itsm.monitoring.formats.base import Action, Signal

# What is another each time though the thing is the same: never part of its identity.
PASSING = re.compile(
    r"(^|_)(at|time|date|timestamp|since|until|duration|elapsed|started|ended|value"
    r"|values|metric|count|state|status|severity|level|priority|action|urgency|uptime"
    r"|signature|nonce|ts)$|time$|timestamp$|date$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which paths say what; `key` has a path for each part of the identity.

    `#path` in a key is the digest of all that is there, `#` of all that does not pass.
    """

    key: tuple[str, ...] = ()
    summary: str = ""
    severity: str = ""
    status: str = ""
    host: str = ""
    component: str = ""
    group: str = ""
    class_: str = ""
    labels: str = ""
    at: str = ""
    url: str = ""
    resolved: frozenset[str] = words.RESOLVED
    acknowledged: frozenset[str] = words.ACKNOWLEDGED
    severities: Mapping[str, str] | None = None  # a tool's own words

    def over(self, other: "Recipe") -> "Recipe":
        """This one, and what it leaves open as the other says."""
        said = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }
        return replace(other, **said)


NOTHING = Recipe()


def read(data: Mapping[str, Any], recipe: Recipe) -> Signal:
    """One object as a signal."""
    labels = plain.labels(paths.find(data, recipe.labels)) if recipe.labels else {}
    word, status = paths.said(data, recipe.severity), paths.said(data, recipe.status)
    action = words.action(status, recipe.resolved, recipe.acknowledged)
    if not status and word and words.word(word) in words.RESOLVED:
        action = Action.RESOLVE  # "severity": "ok"
    url = plain.url(paths.said(data, recipe.url, plain.LONGEST_URL + 1))
    host = paths.said(data, recipe.host) or plain.host_of(url)
    return Signal(
        action=action,
        key=key_of(data, recipe),
        summary=paths.said(data, recipe.summary, plain.LONGEST_SUMMARY)
        or plain.text(data, 200),
        severity=severity(word or status, recipe),
        host=plain.without_port(host),
        component=paths.said(data, recipe.component),
        group=paths.said(data, recipe.group),
        class_=paths.said(data, recipe.class_),
        labels=labels,
        at=moment(data, recipe),
        url=url,
        details=plain.details(data),
    )


def severity(word: str, recipe: Recipe) -> str:
    """Ours for a tool's word."""
    own = (recipe.severities or {}).get(words.word(word))
    return own or words.severity(word)


def moment(data: Mapping[str, Any], recipe: Recipe) -> Any:
    """The first path that holds a time."""
    found = (plain.moment(paths.find(data, one)) for one in recipe.at.split("|"))
    return next((one for one in found if one), None) if recipe.at else None


def key_of(data: Mapping[str, Any], recipe: Recipe) -> str:
    """The thing's identity; of what nothing names, all that does not pass."""
    parts = [_part(data, one) for one in recipe.key]
    return plain.key_of(*parts) or lasting(data)


def _part(data: Mapping[str, Any], path: str) -> str:
    if not path.startswith("#"):
        return paths.said(data, path, plain.WHOLE)
    found = paths.find(data, path[1:])
    return lasting(found) if found else ""


def lasting(value: Any) -> str:
    """A digest of a value without times, values, states and severities."""
    return plain.digest(_without_passing(value))[:40]


def _without_passing(value: Any, depth: int = 0) -> Any:
    if depth > plain.DEEPEST:
        return str(value)[: plain.LONGEST_DETAIL]
    if isinstance(value, dict):
        return {
            name: _without_passing(one, depth + 1)
            for name, one in value.items()
            if not PASSING.search(name)
        }
    if isinstance(value, list):
        return [_without_passing(one, depth + 1) for one in value]
    return value
