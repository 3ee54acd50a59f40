"""What a page says when a verb was done."""

from django.utils.translation import gettext as _

from itsm.tickets.models import Ticket


def said(ticket: Ticket, verb: str) -> str:
    """One sentence about what was done."""
    words = {
        "take": _("%(n)s is yours."),
        "resolve": _("%(n)s is solved."),
        "wait": _("%(n)s waits."),
        "close": _("%(n)s is closed."),
        "watch": _("You watch %(n)s."),
        "unwatch": _("You no longer watch %(n)s."),
        "comment": _("Sent."),
        "promise": _("The requester knows when they hear next."),
        "merge": _("%(n)s is merged."),
        "unmerge": _("%(n)s is a ticket of its own again."),
        "split": _("This was split off from %(n)s."),
        "unsplit": _("%(n)s is taken back."),
        "convert": _("It is %(n)s now."),
        "ask": _("You asked for %(n)s."),
        "decline": _("You declined %(n)s."),
        "withdraw": _("%(n)s is no longer offered."),
        "grant": _("%(n)s is handed over."),
        "keep": _("%(n)s stays where it is."),
    }
    return words.get(verb, _("%(n)s is saved.")) % {"n": ticket.number}
