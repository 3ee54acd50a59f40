"""Ideas that nobody answered in time: noted once, each, for the process's owner."""

from datetime import datetime

from backlog.stories.models import Idea
from core.context import Door, through
from core.log import act, record

BATCH = 500


def sweep(*, at: datetime) -> int:
    """Note what became late; how many. Rows that another sweep holds are skipped."""
    with through(Door.TIMER), act():
        rows = Idea.objects.select_for_update(skip_locked=True)
        due = rows.filter(answered_at=None, late_told_at=None, answer_by__lte=at)
        found = list(due.order_by("answer_by")[:BATCH])
        for idea in found:
            idea.late_told_at = at
            changes = {"due": (None, idea.answer_by.isoformat())}
            record("idea.late", subject=idea, by=None, at=at, changes=changes)
        Idea.objects.bulk_update(found, ["late_told_at"])
    return len(found)
