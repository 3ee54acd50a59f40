"""Why a message was not sent: kept as a code and what was said, worded when read.

`keep("mail.refused", "550 …")` goes into the columns named `failure`; `words` says it
in the reader's language.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import outbound

LONGEST = 1000
WORDS: Mapping[str, Any] = {
    **outbound.WORDS,
    "mail.away": _("The mail server does not answer. %(about)s"),
    "mail.broke": _("The mail server broke off. %(about)s"),
    "mail.closed": _("The mail server takes nothing from us: %(about)s"),
    "mail.later": _("The mail server asks to try later: %(about)s"),
    "mail.refused": _("The mail server refused it: %(about)s"),
    "mail.address": _("The mail server refused the address: %(about)s"),
    "mail.paused": _("The address is paused, because mail to it came back."),
    "mail.none": _("There is no mail address."),
    "hook.moved": _("The address has moved (%(about)s): enter the new one."),
    "hook.refused": _("The other side refused it: %(about)s"),
    "hook.gone": _("The other side does not know us, or not any more: %(about)s"),
    "hook.busy": _("The other side asks to wait: %(about)s"),
    "hook.broke": _("The other side has trouble: %(about)s"),
    "route.off": _("The route is paused."),
    "route.none": _("There is no route that it could take."),
    "page.mailed": _("Nobody can page them: it went by mail, marked urgent."),
    "page.none": _("They have no number or topic for this route any more."),
    "person.gone": _("They have no access any more."),
    "told.unseen": _("It may not be seen by them any more."),
    "told.nothing": _("Nothing of it is told any more."),
    "told.broken": _("It could not be written: %(about)s"),
    "lane.worn": _("It could not be sent for a day. %(about)s"),
}


def keep(code: str, about: object = "") -> str:
    """As a column holds it: one line, without control characters."""
    said = "".join(c if c.isprintable() else " " for c in str(about))
    return f"{code}|{' '.join(said.split())}"[:LONGEST]


def words(kept: str) -> str:
    """In the reader's language; a code that is gone is shown with what was said."""
    code, _sep, about = kept.partition("|")
    if code not in WORDS:
        return " ".join(filter(None, (code, about)))
    return (str(WORDS[code]) % {"about": about}).strip()
