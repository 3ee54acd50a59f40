"""Only re-exports the applets' models: one app, one migration history."""

from itsm.changes.models import Change
from itsm.problems.models import Problem
from itsm.requests.models import Offering, Request, Task
from itsm.tickets.models import (
    Approval,
    Attachment,
    Comment,
    Link,
    Participant,
    Ticket,
    TicketCount,
    TicketCountDelta,
    TicketCountFold,
    TicketSearch,
)

__all__ = [
    "Approval",
    "Attachment",
    "Change",
    "Comment",
    "Link",
    "Offering",
    "Participant",
    "Problem",
    "Request",
    "Task",
    "Ticket",
    "TicketCount",
    "TicketCountDelta",
    "TicketCountFold",
    "TicketSearch",
]
