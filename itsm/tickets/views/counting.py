"""Which saved views have a maintained count, and what it counts.

Those of a team whose tickets are the same for every reader at any time. A view that
moves with the clock ("opened today"), hangs on its reader ("mine") or on words is
counted like any filter: exactly up to a thousand.
"""

from datetime import datetime
from typing import Any

from django.http import QueryDict

from itsm.tickets import queue
from itsm.tickets.filters import Narrowed, narrow
from itsm.tickets.states import OPEN, TicketType
from itsm.tickets.views.models import SavedView, ViewCountDelta, ViewRule
from itsm.tickets.wishes import Wish, wish_of
from people.models import User

PRACTICE_VIEWS = {"open": "open"}


def path_of(type_: str) -> str:
    """The list of a practice; of "" the queue."""
    return f"/{type_}s/" if type_ in TicketType.values else "/queue/"


def wish_for(asked: QueryDict | str, type_: str, *, default: str = "start") -> Wish:
    """The wish that an address of the queue, or of a practice's list, holds."""
    given = QueryDict(asked) if isinstance(asked, str) else asked
    path = path_of(type_)
    if type_:
        return wish_of(path, given, views=PRACTICE_VIEWS, default="open", type_=type_)
    return wish_of(path, given, views=queue.VIEWS, default=default)


def keep_rule(view: SavedView, by: User, *, at: datetime) -> None:
    """Make the view's rule what its address says now, or take it away."""
    ViewRule.objects.filter(view=view).delete()
    values = rule_of(view, by, at=at)
    if values is not None:
        ViewRule.objects.create(view=view, **values)


def rule_of(view: SavedView, by: User, *, at: datetime) -> dict[str, Any] | None:
    """The columns of the view's rule; None where its count cannot be maintained."""
    if view.team_id is None or view.deleted_at is not None:
        return None
    wish = wish_for(view.query, view.type)
    narrowed = narrow(by, wish, at=at)
    built_in = queue.VIEWS[wish.view]
    moves = built_in.is_mine or built_in.is_due or not narrowed.is_static
    states = queue.STATES.get(wish.state, built_in.states)
    if moves or narrowed.problems or not set(states) <= set(OPEN):
        return None
    return _columns(wish, narrowed, [s.value for s in states], built_in.is_unowned)


def _columns(
    wish: Wish, narrowed: Narrowed, states: list[str], is_unowned: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {"states": states, **narrowed.rule}
    if wish.type:
        values["types"] = [wish.type]
    if values.get("wait_reason"):
        values["states"] = [s for s in states if s == "waiting"]
    values["is_unowned"] = bool(values.get("is_unowned")) or is_unowned
    return values


def forget(view: SavedView) -> None:
    """Nobody counts it any more."""
    rules = ViewRule.objects.filter(view=view)
    ids = list(rules.values_list("pk", flat=True))
    rules.delete()
    ViewCountDelta.objects.filter(rule_id__in=ids).delete()
