"""Answers as HTML inputs: `a.<question>`, in tables `a.<question>.<row>.<column>`.

Drafts keep the same names, so one reading serves both.
"""

import re
from collections.abc import Mapping
from typing import Any

from itsm.requests.forms.answers import MOST_ROWS, is_blank
from itsm.requests.forms.definition import Field, Fields, Type

OURS = "a."
CELL = re.compile(r"a\.([a-z][a-z0-9_]*)\.([0-9]{1,2})\.([a-z][a-z0-9_]*)")
Typed = Mapping[str, str]


def name(slug: str) -> str:
    """The input of a question."""
    return f"{OURS}{slug}"


def cell(slug: str, row: int, column: str) -> str:
    """The input of one cell of a table."""
    return f"{OURS}{slug}.{row}.{column}"


def typed(source: Mapping[str, Any]) -> dict[str, str]:
    """Our inputs of a posted form or a draft."""
    return {n: str(source[n]) for n in source if n.startswith(OURS)}


def read(fields: Fields, typed: Typed) -> dict[str, Any]:
    """What was typed, as `answers.clean` takes it; files come apart."""
    found: dict[str, Any] = {}
    for one in fields:
        if one.type == Type.TABLE:
            found[one.slug] = rows(one, typed)
        elif one.type != Type.FILE:
            found[one.slug] = typed.get(name(one.slug), "")
    return {slug: value for slug, value in found.items() if not is_blank(value)}


def rows(one: Field, typed: Typed) -> list[dict[str, str]]:
    """The rows of a table that hold something, in their order."""
    return [
        row for row in _all_rows(one, typed) if any(v.strip() for v in row.values())
    ]


def _all_rows(one: Field, typed: Typed) -> list[dict[str, str]]:
    return [
        {c.slug: typed.get(cell(one.slug, n, c.slug), "") for c in one.columns}
        for n in range(how_many(one, typed))
    ]


def how_many(one: Field, typed: Typed) -> int:
    """Rows that the page shows: those typed into, and never none."""
    found = (CELL.fullmatch(each) for each in typed)
    used = [int(m[2]) + 1 for m in found if m is not None and m[1] == one.slug]
    return min(max([1, *used]), MOST_ROWS)


def written(fields: Fields, answers: Mapping[str, Any]) -> dict[str, str]:
    """Answers as the inputs that would give them."""
    found: dict[str, str] = {}
    for one in fields:
        value = answers.get(one.slug)
        if one.type == Type.TABLE:
            for n, row in enumerate(value or ()):
                found |= {cell(one.slug, n, c): str(v) for c, v in row.items()}
        elif one.type != Type.FILE and value is not None:
            found[name(one.slug)] = str(value)
    return found
