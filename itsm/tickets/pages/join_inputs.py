"""Inputs of the verbs about two tickets, and of tags."""

from django.utils.translation import gettext as _

from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_inputs import FormField, Options
from itsm.tickets.states import TicketType
from itsm.tickets.tags.models import Tag

LISTED = 50  # messages that a split offers, the newest
SHORT = 90  # characters of each


def into(ticket: Ticket, verb: str) -> FormField:
    """The ticket in which this one goes on."""
    help_ = _(
        "Its number, such as INC-1042. This ticket ends there; its conversation stays "
        "readable, and its requester goes on seeing it. It can be undone."
    )
    return FormField("into", _("Goes on in"), help=help_)


def kind(ticket: Ticket, verb: str) -> FormField:
    """What it becomes."""
    options = [(t.value, str(t.label)) for t in TicketType if t.value != ticket.type]
    help_ = _(
        "It gets another number; the old one goes on leading here. Conversation, "
        "people and used time stay. It can be converted back."
    )
    return FormField("type", _("It is rather a"), "select", "", options, help=help_)


def comments(ticket: Ticket, verb: str) -> FormField:
    """Which messages go to the new ticket."""
    rows = ticket.comments.filter(redacted_at=None).select_related("author")
    options: Options = [
        (str(one.pk), f"{one.author.name if one.author else ''}: {_short(one.body)}")
        for one in rows.order_by("-pk")[:LISTED]
    ]
    return FormField("comments", _("Messages that go there"), "checks", "", options)


def attachments(ticket: Ticket, verb: str) -> FormField:
    """Which files go there besides those of the messages."""
    rows = ticket.attachments.filter(redacted_at=None, comment=None).order_by("-pk")
    options: Options = [(str(one.pk), one.name) for one in rows[:LISTED]]
    return FormField("attachments", _("Files that go there"), "checks", "", options)


def add(ticket: Ticket, verb: str) -> FormField:
    """Tags that it does not have."""
    had = ticket.tagged.values("tag_id") if ticket.pk else []
    rows = Tag.objects.filter(is_active=True).exclude(pk__in=had).order_by("name")
    options = list(rows.values_list("slug", "name"))
    return FormField("add", _("Put on"), "checks", "", options)


def remove(ticket: Ticket, verb: str) -> FormField:
    """Tags that it has."""
    rows = ticket.tagged.order_by("tag__name")
    options = list(rows.values_list("tag__slug", "tag__name"))
    return FormField("remove", _("Take off"), "checks", "", options)


def _short(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= SHORT else f"{line[:SHORT]}…"


MAKERS = {
    "into": into,
    "type": kind,
    "comments": comments,
    "attachments": attachments,
    "add": add,
    "remove": remove,
}
