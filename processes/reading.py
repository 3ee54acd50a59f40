"""Read a definition's mapping into values, collecting every mistake on the way."""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

from core.reader import gettext as _
from core.reader import phrase
from processes import definition as d
from processes.durations import duration

T = TypeVar("T")
SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
PROCESS = re.compile(r"[a-z0-9][a-z0-9_-]*")  # as addresses call it
MOST = 100  # of anything: states, verbs, fields
TOP = [
    "format",
    "process",
    "name",
    "states",
    "transitions",
    "priority",
    "targets",
    "order",
    "routing",
    "approvals",
    "fields",
    "controls",
    "risk",
    "trust",
]
NAMED = (  # what a list or a word is of
    *(gettext_noop("category"), gettext_noop("promise"), gettext_noop("event")),
    *(gettext_noop("state"), gettext_noop("actor"), gettext_noop("field")),
    *(gettext_noop("value"), gettext_noop("priority"), gettext_noop("technique")),
    *(gettext_noop("model"), gettext_noop("approver"), gettext_noop("verb")),
    *(gettext_noop("type"), gettext_noop("choice")),
)
DEFAULT_PRIORITY = {
    "high": {"high": 1, "medium": 2, "low": 3},
    "medium": {"high": 2, "medium": 3, "low": 4},
    "low": {"high": 3, "medium": 4, "low": 5},
}
_H = timedelta(hours=1)
DEFAULT_TARGETS = {
    1: d.Target(_H / 4, _H / 2, 4 * _H),
    2: d.Target(_H / 2, 2 * _H, 8 * _H),
    3: d.Target(4 * _H, 8 * _H, 24 * _H),
    4: d.Target(8 * _H, 16 * _H, 40 * _H),
    5: d.Target(16 * _H, 40 * _H, 120 * _H),
}
DEFAULT_MAX_WAIT = {1: 4 * _H, 2: 24 * _H, 3: 72 * _H, 4: 168 * _H, 5: 240 * _H}


def one_of(words: Collection[str]) -> str:
    """The words a person may choose from, shortened when there are many."""
    shown = list(words)[:20]
    return ", ".join(shown) + (", …" if len(words) > len(shown) else "")


def did_you_mean(word: object, words: Collection[str]) -> str:
    """A hint in brackets where one word is close, else nothing."""
    close = get_close_matches(str(word)[:60], list(words), n=1, cutoff=0.6)
    return _(' (did you mean "%(word)s"?)') % {"word": close[0]} if close else ""


class Reader:
    """Reads pieces of a mapping and keeps the problems it meets."""

    def __init__(self) -> None:
        self.problems: list[d.Problem] = []

    def wrong(self, path: str, sentence: str) -> None:
        """Keep a problem."""
        self.problems.append(d.Problem(path, sentence))

    def mapping(
        self,
        value: Any,
        path: str,
        keys: Collection[str] | None = None,
        need: Collection[str] = (),
    ) -> Mapping[str, Any]:
        """A mapping with these keys only; {} where it is missing or not one."""
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            self.wrong(path, _("this must be a mapping of names to values"))
            return {}
        if len(value) > MOST:
            words = {"most": MOST, "n": len(value)}
            text = _("%(most)s entries are the most; here are %(n)s") % words
            self.wrong(path, text)
            return {}
        for key in value:
            if keys is not None and key not in keys:
                text = _(
                    'there is no "%(key)s" here%(hint)s; possible are %(keys)s'
                ) % {
                    "key": key,
                    "hint": did_you_mean(key, keys),
                    "keys": one_of(keys),
                }
                self.wrong(f"{path}.{key}".lstrip("."), text)
        for key in need:
            if value.get(key) in (None, "", [], {}):
                self.wrong(f"{path}.{key}".lstrip("."), _("this is missing"))
        return value

    def slugs(self, value: Mapping[Any, Any], path: str) -> list[tuple[str, Any]]:
        """The entries whose names are usable: small letters, digits, underscores."""
        good = []
        for key, entry in value.items():
            if isinstance(key, str) and SLUG.fullmatch(key):
                good.append((key, entry))
            else:
                self.wrong(
                    f"{path}.{key}",
                    _(
                        "a name here is small letters, digits and underscores, starts "
                        "with a letter and has at most 40 characters"
                    ),
                )
        return good

    def text(self, value: Any, path: str, default: str = "", most: int = 80) -> str:
        """Text of at most `most` characters."""
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            text = _("this must be text; %(value)s is not (quote it?)")
            self.wrong(path, text % {"value": repr(value)})
            return default
        if len(value) > most or "\x00" in value:
            text = _("at most %(most)s characters, none of them NUL")
            self.wrong(path, text % {"most": most})
        return value.strip()

    def word(
        self, value: Any, path: str, words: Collection[str], what: str, default: str
    ) -> str:
        """One of the known words."""
        if value is None:
            return default
        if isinstance(value, str) and value in words:
            return value
        text = _('there is no %(what)s "%(word)s"%(hint)s; possible are %(words)s') % {
            "what": phrase(what),
            "word": str(value)[:60],
            "hint": did_you_mean(value, words),
            "words": one_of(words),
        }
        self.wrong(path, text)
        return default

    def words(
        self, value: Any, path: str, words: Collection[str] | None, what: str
    ) -> tuple[str, ...]:
        """A list of words, each known where `words` says which are."""
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or len(value) > MOST:
            self.wrong(path, _("this must be a list, like [one, other]"))
            return ()
        good: list[str] = []
        for entry in value:
            if not isinstance(entry, str) or not entry:
                text = _("%(value)s is not text (quote it?)")
                self.wrong(path, text % {"value": repr(entry)})
            elif entry in good:
                self.wrong(path, _('"%(name)s" stands here twice') % {"name": entry})
            elif words is not None and entry not in words:
                self.word(entry, path, words, what, "")
            else:
                good.append(entry)
        return tuple(good)

    def length(
        self, value: Any, path: str, day: timedelta = d.CALENDAR_DAY
    ) -> timedelta | None:
        """A duration; None where it is not written."""
        if value is None:
            return None
        try:
            return duration(value, day=day)
        except ValueError as error:
            self.wrong(path, str(error))
            return None

    def number(
        self, value: Any, path: str, low: float, high: float, kind: type = int
    ) -> Any:
        """A number between the two; None where it is not written."""
        if value is None:
            return None
        usable = isinstance(value, int if kind is int else (int, float))
        if not usable or isinstance(value, bool) or not low <= value <= high:
            words = {"low": f"{low:g}", "high": f"{high:g}"}
            self.wrong(
                path, _("this must be a number from %(low)s to %(high)s") % words
            )
            return None
        return kind(value)


def read(data: Any) -> d.Definition:
    """Read all sections. Raises DefinitionError with every problem found."""
    from processes import control_reading, sections

    reader = Reader()
    if not isinstance(data, Mapping):
        raise d.DefinitionError([d.Problem("", _("a definition is a mapping"))])
    top = reader.mapping(data, "", TOP, ("format", "process", "states", "transitions"))
    if top.get("format") not in (None, 1) or isinstance(top.get("format"), bool):
        text = _("this Beeline reads format 1, not %(format)s")
        reader.wrong("format", text % {"format": repr(top["format"])})
    process = reader.text(top.get("process"), "process", "unnamed", 50)
    if not PROCESS.fullmatch(process):
        reader.wrong("process", _("small letters, digits, - and _ only"))
    fields = sections.fields(reader, top.get("fields"))
    states = sections.states(reader, top.get("states"))
    transitions = sections.transitions(
        reader, top.get("transitions"), states.keys(), fields
    )
    for slug, field in fields.items():
        at = f"fields.{slug}.required_for"
        reader.words(list(field.required_for), at, transitions.keys(), "verb")
    result = d.Definition(
        format=1,
        process=process,
        name=reader.text(
            top.get("name"), "name", process.replace("_", " ").capitalize()
        ),
        states=_frozen(states),
        transitions=_frozen(transitions),
        priority=sections.priority(reader, top.get("priority")),
        targets=sections.targets(reader, top.get("targets")),
        order=sections.order(reader, top.get("order")),
        routing=sections.routing(reader, top.get("routing")),
        approvals=sections.approvals(reader, top.get("approvals"), transitions, fields),
        fields=_frozen(fields),
        controls=sections.controls(reader, top.get("controls")),
        risk=control_reading.risk(reader, top.get("risk")),
        trust=control_reading.trust(reader, top.get("trust")),
    )
    if reader.problems:
        raise d.DefinitionError(reader.problems)
    return result


def _frozen(value: dict[str, T]) -> Mapping[str, T]:
    return MappingProxyType(value)
