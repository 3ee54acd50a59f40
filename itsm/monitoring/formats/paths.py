"""Dotted paths into a body: `labels.alertname`, `alerts.0.host`. No code, no templates.

A name that holds dots itself is found too; in a list of pairs (`[{"key", "value"}]`,
`[[name, value]]`) a name finds its value, in a text the rest of the line that begins
with it.
"""

from collections.abc import Iterable
from typing import Any

from itsm.monitoring.formats import plain

LONGEST, DEEPEST = 200, 10  # characters and parts of a path


def find(data: Any, path: str) -> Any:
    """What is there; None where nothing is."""
    return _walk(data, path.split(".")[:DEEPEST]) if path else data


def _walk(node: Any, parts: list[str]) -> Any:
    if not parts:
        return node
    if isinstance(node, dict):
        for n in range(len(parts), 0, -1):
            name = ".".join(parts[:n])
            if name in node:
                found = _walk(node[name], parts[n:])
                if found is not None:
                    return found
        return None
    if isinstance(node, list):
        head = parts[0]
        if head.isascii() and head.isdigit() and len(head) < 6:
            index = int(head)
            return _walk(node[index], parts[1:]) if index < len(node) else None
        return plain.labels(node[:100]).get(".".join(parts))
    if isinstance(node, str):
        name = ".".join(parts)
        return _line(node, name) if "\n" in node else plain.labels(node).get(name)
    return None


def _line(lines: str, name: str) -> str | None:
    for line in lines[: plain.LONGEST_DETAIL].splitlines():
        if line.startswith(name) and line[len(name) : len(name) + 1] in (" ", ":"):
            return line[len(name) :].strip(" :")
    return None


def said(data: Any, paths: str | Iterable[str], longest: int = 255) -> str:
    """The first of these (`a|b.c`) that says something, as a text.

    Words that a tool did not fill in (`$SERVICE`, `*insert …*`) say nothing.
    """
    for path in paths.split("|") if isinstance(paths, str) else paths:
        found = plain.text(find(data, path), longest) if path else ""
        if found and found[0] not in "$*" and found not in {"null", "[]", "{}"}:
            return found
    return ""
