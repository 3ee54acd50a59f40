"""Sprints in words."""

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backlog.sprints.models import Sprint
from core.reader import language

TONES = {"planned": "", "running": "you", "closed": "good", "cancelled": "late"}
ICONS = {"planned": "cal", "running": "play", "closed": "check", "cancelled": "x"}


def name(sprint: Sprint) -> str:
    """Sprint 3."""
    return _("Sprint %(number)s") % {"number": sprint.number}


def dates(sprint: Sprint) -> str:
    """2 Mar to 13 Mar."""
    days = {"first": short(sprint.starts_on), "last": short(sprint.ends_on)}
    return _("%(first)s to %(last)s") % days


def short(day: date) -> str:
    """2 Mar."""
    return date_format(day, "j. M" if _is_german() else "j M")


def _is_german() -> bool:
    return (language() or "en").startswith("de")


def left(sprint: Sprint, today: date) -> str:
    """How long it still runs."""
    days = (sprint.ends_on - today).days + 1
    if sprint.state != Sprint.State.RUNNING:
        return ""
    if days <= 0:
        return _("Its last day is over")
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


def age(at: datetime, now: datetime) -> str:
    """How old an impediment or a block is, in whole days."""
    days = (now - at) // timedelta(days=1)
    if days == 0:
        return _("since today")
    return ngettext("for %(n)s day", "for %(n)s days", days) % {"n": days}
