"""Only re-exports the applets' models: one app, one migration history."""

from itsm.changes.models import Change
from itsm.problems.models import Problem
from itsm.requests.models import Offering, Request
from itsm.tickets.checklist.models import Task
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.mentions.models import Mention, Reference
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
from itsm.tickets.replies.models import ReplyTemplate

__all__ = [
    "Approval",
    "Attachment",
    "Change",
    "Comment",
    "Draft",
    "Link",
    "Mention",
    "Offering",
    "Participant",
    "Problem",
    "Reference",
    "ReplyTemplate",
    "Request",
    "Task",
    "Ticket",
    "TicketCount",
    "TicketCountDelta",
    "TicketCountFold",
    "TicketSearch",
    "Upload",
]
