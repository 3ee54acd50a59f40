"""Definitions as text. YAML 1.2's plain scalars, no anchors, no key twice.

The text is what a version stores: it keeps the order of states (which decides where
a ticket begins) and the owner's remarks, and both would be lost in a JSON column.
"""

from typing import Any

import yaml

from core.reader import gettext as _

MOST_CHARACTERS = 200_000
_MOST_DEPTH = 20
_MOST_DIGITS = 18


class Unreadable(ValueError):
    """The text is not the YAML a definition is written in; says where and why."""


class _Loader(yaml.SafeLoader):
    """PyYAML reads YAML 1.1, where `on`, `no` and dates are not text."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise Unreadable(_("anchors and aliases are not used in a definition"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                line = key_node.start_mark.line + 1
                raise Unreadable(_("line %(line)s: a key is text") % {"line": line})
            if key in seen:
                words = {"line": key_node.start_mark.line + 1, "key": repr(key)}
                text = _("line %(line)s: %(key)s stands here a second time")
                raise Unreadable(text % words)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in {f"tag:yaml.org,2002:{t}" for t in ("int", "float", "null")}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    """Python reads hexadecimal of any length, but writes no decimal of 5,000 digits."""
    if len(node.value) > _MOST_DIGITS:
        line = node.start_mark.line + 1
        text = _("line %(line)s: no number here is that long")
        raise Unreadable(text % {"line": line})
    return int(loader.construct_yaml_int(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)


def parse(text: str) -> Any:
    """Read YAML text. Raises Unreadable with the line and a sentence."""
    if len(text) > MOST_CHARACTERS:
        most = {"most": f"{MOST_CHARACTERS:,}"}
        raise Unreadable(_("a definition has at most %(most)s characters") % most)
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        words = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        where = _("line %(line)s, column %(column)s: ") % words if mark else ""
        why = error.problem or _("this is not YAML")
        raise Unreadable(f"{where}{why}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise (
            error
            if isinstance(error, Unreadable)
            else Unreadable(_("this is not YAML a definition can be written in"))
        ) from None
    except RecursionError:
        text = _("more than %(n)s levels inside each other") % {"n": _MOST_DEPTH}
        raise Unreadable(text) from None


def write(data: Any) -> str:
    """Write a definition's mapping as text `parse` reads, order kept."""
    return yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
