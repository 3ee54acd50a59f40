"""Decisions, as the other verbs know them; what they are lives in `approving`."""

from itsm.tickets.approving.asking import APPROVED, REJECTED, WITHDRAWN, ask, carry_over
from itsm.tickets.approving.naming import stands_in, who_decides
from itsm.tickets.approving.voting import count_reviews, decide

__all__ = [
    "APPROVED",
    "REJECTED",
    "WITHDRAWN",
    "ask",
    "carry_over",
    "count_reviews",
    "decide",
    "stands_in",
    "who_decides",
]
