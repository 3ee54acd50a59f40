"""A ticket's fields and what became of them, in the reader's words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop

from core import wording
from core.reader import gettext as _
from core.reader import phrase
from itsm.tickets.timeline_rows import Names

LABELS: Mapping[str, Callable[[], str]] = {
    "impact": lambda: _("impact"),
    "urgency": lambda: _("urgency"),
    "priority": lambda: _("priority"),
    "size": lambda: _("size"),
    "affected": lambda: _("people affected"),
    "service": lambda: _("service"),
    "category": lambda: _("category"),
    "team": lambda: _("team"),
    "owner": lambda: _("owner"),
    "title": lambda: _("title"),
    "description": lambda: _("description"),
    "restricted": lambda: _("restricted"),
    "plan": lambda: _("plan"),
    "test": lambda: _("test"),
    "way_back": lambda: _("way back"),
    "window": lambda: _("window"),
    "threat": lambda: _("threat"),
    "model": lambda: _("model"),
    "kind": lambda: _("kind of change"),
    "answers": lambda: _("answers about risk"),
    "result": lambda: _("result"),
    "workaround": lambda: _("workaround"),
    "causes": lambda: _("causes"),
    "review_date": lambda: _("review date"),
    "extra": lambda: _("fields"),
    "state": lambda: _("state"),
    "state_category": lambda: "",
    "resolution": lambda: "",
}
CHOSEN = frozenset(  # from words that are ours
    ("impact", "urgency", "model", "result", "resolution_code", "channel", "type")
)
SAID = (  # what the log calls things, where no field above does
    *(gettext_noop("wait reason"), gettext_noop("wake at"), gettext_noop("channel")),
    *(gettext_noop("verified by"), gettext_noop("number"), gettext_noop("type")),
    *(gettext_noop("success"), gettext_noop("issues"), gettext_noop("rolled back")),
    *(gettext_noop("failed"), gettext_noop("phone"), gettext_noop("walk in")),
    *(gettext_noop("mail"), gettext_noop("machine"), gettext_noop("portal")),
    *(gettext_noop("incident"), gettext_noop("request"), gettext_noop("change")),
    gettext_noop("problem"),
)
TEXTUAL = frozenset(
    [
        *("title", "description", "plan", "test", "way_back", "threat"),
        *("workaround", "causes", "extra", "kind", "answers"),
    ]
)


def label(name: str) -> str:
    """A field's name in words."""
    known = LABELS.get(name)
    return known() if known else phrase(name.replace("_", " "))


def value_words(name: str, value: Any, names: Names) -> str:
    """A field's value in the reader's words; "none" for an empty one."""
    if value in (None, "", []):
        return _("none")
    if name == "priority":
        return f"P{value}"
    if name in {"owner", "offered_to", "requester"}:
        return names.user.get(value, "?")
    table = {"team": names.team, "service": names.service, "category": names.category}
    if name in table:
        return table[name].get(value, "?")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        ends = [parse_datetime(str(one)) for one in value]
        return " – ".join(wording.clock_words(one) for one in ends if one)
    words = str(value).replace("_", " ")
    if name == "state":
        return phrase(words.capitalize())
    return phrase(words) if name in CHOSEN else words


def change_words(name: str, pair: Sequence[Any], names: Names) -> str:
    """What became of one field: `pair` is its old and its new value."""
    if name in TEXTUAL:
        return _("%(field)s edited") % {"field": label(name)}
    old, new = pair
    words = {
        "field": label(name),
        "old": value_words(name, old, names),
        "new": value_words(name, new, names),
    }
    if old in (None, "", []):
        return _("%(field)s %(new)s") % words
    return _("%(field)s %(old)s became %(new)s") % words


def changes_words(changes: Mapping[str, Any], names: Names) -> str:
    """What became of each field that has a name, one after the other."""
    told = [change_words(n, pair, names) for n, pair in changes.items() if label(n)]
    return ", ".join(told)
