"""What the verbs share: the locked row, and whether given fields fit the process."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from backlog.standing import lock
from backlog.stories.models import SCALE, Story
from backlog.stories.querysets import StoryQuerySet
from core import prepared
from core.errors import Invalid, WrongState
from people.changes import require_known, require_people
from processes.models import Process

TEXTS = frozenset({"title", "as_a", "i_want", "so_that", "notes"})
PARTS = ("value", "time_criticality", "risk_reduction", "size")  # of WSJF
FIELDS = TEXTS | {
    *PARTS,
    *("stakeholder", "activity", "increment", "points", "assignee", "is_published"),
}
LONGEST = {"title": 250, "as_a": 250, "i_want": 2000, "so_that": 2000, "notes": 20_000}
OPEN = (Story.State.OPEN, Story.State.DOING)


def locked(story: Story, *, orders: bool = False) -> Story:
    """The row, held until the action ends; first its process's, where ranks change."""
    if orders:
        lock(story.process)

    def build(pk: int) -> StoryQuerySet:
        rows = Story.objects.select_related(
            *("process", "sprint", "activity", "increment", "stakeholder", "assignee")
        )
        return rows.select_for_update(of=("self",), no_key=True).filter(pk=pk)

    [row] = prepared.instances("lock of a story", build, pk=story.pk)
    return row


def require_open(story: Story) -> None:
    """Refuse what only makes sense while it can still come to something."""
    if story.state == Story.State.DROPPED:
        words = {"number": story.number}
        raise WrongState(
            _("%(number)s was dropped; bring it back first.") % words,
            allowed=["restore"],
        )


def check(given: Mapping[str, Any], process: Process) -> None:
    """Raise Invalid: unknown fields, no title, off the scale, of another process."""
    require_known(given, FIELDS)
    require_people(given, "assignee")
    errors: dict[str, list[str]] = {}
    if "title" in given and not given["title"].strip():
        errors["title"] = [_("Say in a few words what it is about.")]
    for name, most in LONGEST.items():
        if len(given.get(name) or "") > most:
            errors[name] = [_("At most %(n)s characters.") % {"n": most}]
    for name in (*PARTS, "points"):
        if given.get(name) is not None and given[name] not in SCALE:
            scale = ", ".join(map(str, SCALE))
            errors[name] = [_("One of %(scale)s.") % {"scale": scale}]
    for name in ("stakeholder", "activity", "increment"):
        row = given.get(name)
        if row is not None and row.process_id != process.pk:
            errors[name] = [_("It belongs to another process.")]
    if errors:
        raise Invalid(errors)


def tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    """Texts without space around them."""
    return {n: v.strip() if n in TEXTS else v for n, v in given.items()}


def wsjf_of(story: Story) -> Decimal | None:
    """Weighted shortest job first: what waiting costs by how big it is.

    (value + time criticality + risk reduction) / size, to two places; None until all
    four are said. D. Reinertsen, The Principles of Product Development Flow, 2009.
    """
    value, time, risk, size = (getattr(story, name) for name in PARTS)
    if value is None or time is None or risk is None or size is None:
        return None
    exact = Decimal(value + time + risk) / size
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
