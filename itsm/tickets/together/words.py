"""What is said about people on one ticket."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.tickets.together.presence import Other

NAMED = 2  # people named before they are counted


def here(others: Sequence[Other]) -> str:
    """One sentence: who types; where nobody does, who is here."""
    typing = [_doing(other) for other in others if other.doing][:NAMED]
    if typing:
        return " · ".join(typing)
    if not others:
        return ""
    if len(others) == 1:
        return _("%(name)s is here") % {"name": others[0].name}
    if len(others) == NAMED:
        return _("%(name)s and %(other)s are here") % {
            "name": others[0].name,
            "other": others[1].name,
        }
    more = len(others) - 1
    return ngettext(
        "%(name)s and %(n)d more are here", "%(name)s and %(n)d more are here", more
    ) % {"name": others[0].name, "n": more}


def _doing(other: Other) -> str:
    words = {
        "reply": _("%(name)s is typing a reply"),
        "note": _("%(name)s is writing a note"),
        "edit": _("%(name)s is changing something"),
    }
    return words[other.doing] % {"name": other.name}
