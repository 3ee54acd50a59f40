"""Freezes in words."""

from core.reader import gettext as _
from core.wording import day_words
from itsm.changes.models import Change, Freeze


def repeat_words(row: Freeze) -> str:
    """How often it comes, and until when: Every month end, until 31 Dec 2027."""
    often = str(row.get_repeat_display())
    if row.until is None:
        return often
    words = {"often": often, "day": day_words(row.until)}
    return _("%(often)s, until %(day)s") % words


def allows_words(models: list[str] | frozenset[str]) -> str:
    """Which models go all the same: Emergency, Standard."""
    called = dict(Change.Model.choices)
    return ", ".join(str(called[one]) for one in Change.Model.values if one in models)
