"""The stories of a process as CSV, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from backlog.stories.models import Criterion
from backlog.stories.querysets import StoryQuerySet
from core import cells

HEADS = (
    *("number", "title", "as_a", "i_want", "so_that", "notes", "criteria"),
    *("value", "time_criticality", "risk_reduction", "size", "wsjf", "points"),
    *("state", "activity", "increment", "sprint", "assignee", "stakeholder"),
    *("external_ref", "created_at", "updated_at", "done_at"),
)


def lines(rows: StoryQuerySet) -> Iterator[str]:
    """A line for each, by rank; read in pages of 500."""
    criteria = Prefetch("criteria", Criterion.objects.order_by("position", "pk"))
    related = ("activity", "increment", "sprint", "assignee", "stakeholder")
    found = rows.select_related(*related).prefetch_related(criteria).order_by("rank")
    yield "\ufeff" + _line(HEADS)
    for story in found.iterator(chunk_size=500):
        yield _line([_cell(story, name) for name in HEADS])


def _cell(story: Any, name: str) -> str:
    if name == "criteria":
        return "\n".join(one.text for one in story.criteria.all())
    value = getattr(story, name)
    if value is None:
        return ""
    if name == "sprint":
        return str(value.number)
    if name == "assignee":
        return str(value.email)
    if hasattr(value, "isoformat"):
        return str(value.isoformat(timespec="seconds"))
    return str(getattr(value, "name", value))


def _line(values: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([cells.safe(value) for value in values])
    return out.getvalue()
