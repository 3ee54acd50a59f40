"""What fields, filters and states of stories are called."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

LABELS: Mapping[str, Any] = {
    "title": T("Title"),
    "as_a": T("As a"),
    "i_want": T("I want"),
    "so_that": T("So that"),
    "notes": T("Notes"),
    "value": T("Value"),
    "time_criticality": T("Time criticality"),
    "risk_reduction": T("Risk reduction"),
    "size": T("Size"),
    "points": T("Points"),
    "stakeholder": T("Stakeholder"),
    "activity": T("Activity"),
    "increment": T("Increment"),
    "assignee": T("Who does it"),
    "is_published": T("Published"),
}
PART_WORDS: Mapping[str, tuple[Any, Any]] = {
    "value": (LABELS["value"], T("What it is worth to those it is for")),
    "time_criticality": (LABELS["time_criticality"], T("What waiting costs")),
    "risk_reduction": (LABELS["risk_reduction"], T("Risk it takes, door it opens")),
    "size": (LABELS["size"], T("How much work it is")),
}
STATE_WORDS: Mapping[str, Any] = {
    "": T("Open"),
    "done": T("Done"),
    "dropped": T("Dropped"),
    "all": T("All"),
}
ONLY_WORDS: Mapping[str, Any] = {
    "ready": T("With criteria and points"),
    "vague": T("Without criteria"),
    "unestimated": T("Without points"),
    "unweighed": T("Without WSJF"),
    "unplanned": T("In no sprint"),
    "blocked": T("Blocked"),
    "hand": T("Placed by hand"),
}


def sprint(row: Any) -> str:
    """A sprint in few letters: Sprint 4."""
    return _("Sprint %(n)s") % {"n": row.number}


HAPPENED: Mapping[str, Any] = {
    "edit": T("Changed"),
    "move": T("Moved"),
    "drop": T("Dropped"),
    "restore": T("Brought back"),
    "criterion": T("Acceptance criteria"),
    "remark": T("Said something"),
    "redact": T("Took words out for good"),
    "watch": T("Watching"),
    "attach": T("Added a file"),
    "evidence": T("Evidence"),
    "link": T("Linked"),
    "split": T("Split"),
    "merge": T("Merged"),
    "column": T("Moved on the board"),
    "block": T("Blocked"),
    "estimate": T("Estimated"),
    "sprint": T("Sprint"),
    "publish": T("Published"),
    "give": T("Dropped an idea"),
    "answer": T("Answered"),
    "late": T("Not answered in time"),
}
HAPPENED_TO: Mapping[str, Any] = {
    **LABELS,
    "wsjf": T("WSJF"),
    "by_hand": T("Placed by hand"),
    "text": T("Criterion"),
    "met": T("Seen to hold"),
    "mentioned": T("Named"),
    "watching": T("Watches"),
    "into": T("Into"),
    "from": T("From"),
    "story": T("Story"),
    "link": T("How"),
    "column": T("Column"),
    "process": T("Process"),
}


def worth(value: Decimal | None) -> str:
    """WSJF to two places, as the reader's language writes it."""
    return "–" if value is None else str(number_format(value, 2))
