"""What follows when agreements change: clocks that already run."""

from datetime import datetime

from itsm.sla import recompute
from itsm.sla.models import Recomputation
from people.models import User


def agreements_changed(*, by: User | None, at: datetime) -> None:
    """Called in the action that made, changed or ended an agreement, after its row.

    Tickets that are open may have other promises now; their clocks are recomputed
    from here.
    """
    recompute.begin(reason=Recomputation.Reason.AGREEMENT, by=by, at=at)
