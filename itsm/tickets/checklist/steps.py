"""A task as pages show it, read as one text column so that it rides in any union."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, TextField
from django.db.models.functions import Cast, JSONObject

from itsm.tickets.checklist.models import Task

STEP = Cast(
    JSONObject(
        title="title",
        assignee=F("assignee__name"),
        assignee_email=F("assignee__email"),
        due_on="due_on",
        done_at="done_at",
        done_by=F("done_by__name"),
        waived_reason="waived_reason",
    ),
    TextField(),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One task."""

    pk: int
    title: str
    assignee: str
    assignee_email: str
    due_on: date | None
    done_at: datetime | None
    done_by: str
    waived_reason: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to do."""
        return self.done_at is None and not self.waived_reason


def step_of(pk: int, told: Mapping[str, Any]) -> Step:
    """A step from its column."""
    due, done = told["due_on"], told["done_at"]
    return Step(
        pk=pk,
        title=told["title"],
        assignee=told["assignee"] or "",
        assignee_email=told["assignee_email"] or "",
        due_on=date.fromisoformat(due) if due else None,
        done_at=datetime.fromisoformat(done) if done else None,
        done_by=told["done_by"] or "",
        waived_reason=told["waived_reason"],
    )


def of(ticket_id: int) -> Sequence[Step]:
    """The steps of a ticket in their order; one query."""
    rows = Task.objects.filter(ticket_id=ticket_id).order_by("position", "pk")
    return [
        step_of(row.pk, _told(row))
        for row in rows.select_related("assignee", "done_by")[:200]
    ]


def _told(row: Task) -> dict[str, Any]:
    return {
        "title": row.title,
        "assignee": row.assignee.name if row.assignee else "",
        "assignee_email": row.assignee.email if row.assignee else "",
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "done_by": row.done_by.name if row.done_by else "",
        "waived_reason": row.waived_reason,
    }
