"""The closed vocabularies of a ticket. States themselves come from its process."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class TicketType(TextChoices):
    """The four practices; the process of a ticket has the same slug."""

    INCIDENT = "incident", _("Incident")
    REQUEST = "request", _("Request")
    CHANGE = "change", _("Change")
    PROBLEM = "problem", _("Problem")


PREFIXES = {
    TicketType.INCIDENT: "INC",
    TicketType.REQUEST: "REQ",
    TicketType.CHANGE: "CHG",
    TicketType.PROBLEM: "PRB",
}
TYPES_BY_PREFIX = {prefix: type_ for type_, prefix in PREFIXES.items()}


class StateCategory(TextChoices):
    """What every state of every process belongs to; clocks and measures use these."""

    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (StateCategory.NEW, StateCategory.ACTIVE, StateCategory.WAITING)
WORKABLE = (StateCategory.NEW, StateCategory.ACTIVE)  # stands in the order of work


class Level(TextChoices):
    """Impact and urgency."""

    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


class Size(IntegerChoices):
    """Job size, for the order of work."""

    XS = 1, "1"
    S = 2, "2"
    M = 3, "3"
    L = 5, "5"
    XL = 8, "8"


class Channel(TextChoices):
    """How it reached us; all of them share one conversation."""

    PORTAL = "portal", _("Portal")
    PHONE = "phone", _("Phone")
    WALK_IN = "walk_in", _("Walk-in")
    MAIL = "mail", _("Mail")
    MACHINE = "machine", _("Machine")
    AGENT = "agent", _("Agent")


class LinkKind(TextChoices):
    """How two tickets belong together; the parent is a field of the ticket."""

    DUPLICATE_OF = "duplicate_of", _("Duplicate of")
    CAUSED_BY = "caused_by", _("Caused by")
    CAUSED_BY_CHANGE = "caused_by_change", _("Caused by change")
    FIXED_BY_CHANGE = "fixed_by_change", _("Fixed by change")
    RELATED = "related", _("Related to")


LINK_SEEN_FROM_THERE = {
    LinkKind.DUPLICATE_OF: _("Has duplicate"),
    LinkKind.CAUSED_BY: _("Caused"),
    LinkKind.CAUSED_BY_CHANGE: _("Caused"),
    LinkKind.FIXED_BY_CHANGE: _("Fixes"),
    LinkKind.RELATED: _("Related to"),
}


class DueKind(TextChoices):
    """Which promise `next_due_at` is."""

    RESPONSE = "response", _("First response")
    UPDATE = "update", _("Next update")
    RESOLUTION = "resolution", _("Resolution")
