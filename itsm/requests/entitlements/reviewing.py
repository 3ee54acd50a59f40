"""A service's owner goes through what people hold: keep, or end. One decision each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.errors import WrongState
from core.log import act
from itsm.requests.entitlements import giving, lists
from people.models import User

KEEP, END = "keep", "end"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many were kept and ended."""

    kept: int = 0
    ended: int = 0


def review(
    *,
    decisions: Mapping[int, str],
    by: User,
    at: datetime,
    rest: bool = False,
) -> Reviewed:
    """Decide all at once. `rest`: what is owed and not named is kept.

    What ended meanwhile is passed over. Raises Forbidden.
    """
    kept = ended = 0
    with act():
        for held in lists.owed(by, at=at):
            wish = decisions.get(held.pk, KEEP if rest else "")
            if wish not in {KEEP, END}:
                continue
            verb = giving.confirm if wish == KEEP else giving.end
            try:
                verb(entitlement=held, by=by, at=at)
            except WrongState:
                continue
            kept += wish == KEEP
            ended += wish == END
    return Reviewed(kept, ended)
