"""Only re-exports the applets' models: one app, one migration history."""

from itsm.changes.calendar.models import CalendarLink
from itsm.changes.gate.models import Release
from itsm.changes.models import Change, Freeze, Kind, Proposal
from itsm.feedback.models import Feedback, FeedbackAsk
from itsm.knowledge.models import Article, ArticleLink, ArticleUse, ArticleVersion
from itsm.monitoring.models import (
    Alert,
    AlertGroup,
    AlertRule,
    Deployment,
    Maintenance,
    Reception,
    Source,
    SourceHour,
    SourceLine,
)
from itsm.portal.models import MeToo, Outage
from itsm.problems.models import Problem
from itsm.requests.catalogue.models import Ordered, OrderedCount
from itsm.requests.models import (
    Automatic,
    Charge,
    Course,
    Entitlement,
    Form,
    Offering,
    OfferingCategory,
    Part,
    Price,
    Profile,
    Recurring,
    Request,
    Training,
)
from itsm.sla.models import Agreement, Clock, Page, Recomputation
from itsm.tickets.approving.models import Approval, Authority, Delegation, Vote
from itsm.tickets.bulk.models import Bulk, BulkItem
from itsm.tickets.checklist.models import Task
from itsm.tickets.count_models import TicketCount, TicketCountDelta, TicketCountFold
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.exports.models import Export, ExportPart
from itsm.tickets.finding.models import SearchWord
from itsm.tickets.joining.models import FormerNumber, Merged, Split
from itsm.tickets.mentions.models import Mention, Reference
from itsm.tickets.models import (
    Attachment,
    Comment,
    Link,
    Participant,
    Ticket,
    TicketSearch,
)
from itsm.tickets.replies.models import ReplyTemplate
from itsm.tickets.tags.models import Tag, TicketTag
from itsm.tickets.together.models import Handover
from itsm.tickets.views.models import ListWish, SavedView, ViewCountDelta, ViewRule
from itsm.webhooks.models import Delivery, Replay, Webhook

__all__ = [
    "Agreement",
    "Alert",
    "AlertGroup",
    "AlertRule",
    "Approval",
    "Article",
    "ArticleLink",
    "ArticleUse",
    "ArticleVersion",
    "Attachment",
    "Authority",
    "Automatic",
    "Bulk",
    "BulkItem",
    "CalendarLink",
    "Change",
    "Charge",
    "Clock",
    "Comment",
    "Course",
    "Delegation",
    "Delivery",
    "Deployment",
    "Draft",
    "Entitlement",
    "Export",
    "ExportPart",
    "Feedback",
    "FeedbackAsk",
    "Form",
    "FormerNumber",
    "Freeze",
    "Handover",
    "Kind",
    "Link",
    "ListWish",
    "Maintenance",
    "MeToo",
    "Mention",
    "Merged",
    "Offering",
    "OfferingCategory",
    "Ordered",
    "OrderedCount",
    "Outage",
    "Page",
    "Part",
    "Participant",
    "Price",
    "Problem",
    "Profile",
    "Proposal",
    "Reception",
    "Recomputation",
    "Recurring",
    "Reference",
    "Release",
    "Replay",
    "ReplyTemplate",
    "Request",
    "SavedView",
    "SearchWord",
    "Source",
    "SourceHour",
    "SourceLine",
    "Split",
    "Tag",
    "Task",
    "Ticket",
    "TicketCount",
    "TicketCountDelta",
    "TicketCountFold",
    "TicketSearch",
    "TicketTag",
    "Training",
    "Upload",
    "ViewCountDelta",
    "ViewRule",
    "Vote",
    "Webhook",
]
