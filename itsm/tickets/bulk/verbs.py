"""Which verbs can be done to many tickets, and what of their fields is kept."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Refused
from itsm.tickets.actions.undoing import check_untouched
from itsm.tickets.bulk.models import BulkItem
from itsm.tickets.doors import hold, perform
from itsm.tickets.states import TYPES_BY_PREFIX
from itsm.tickets.verbs import OPTIONAL, SPECS
from people.models import User
from processes import definition
from processes.models import ProcessVersion

TEXTS = frozenset(
    ["body", "comment", "resolution", "reason", "plan", "test", "way_back"]
)
NEVER = frozenset({"redact", "edit", "split", "unsplit"})  # about one ticket's texts
VERB = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_verb(verb: str) -> str:
    """What is wrong with it; empty where it can be asked of many."""
    if verb in NEVER:
        return _("“%(verb)s” is for one ticket at a time.") % {"verb": verb}
    if verb in SPECS or verb in OPTIONAL:
        return ""
    if VERB.fullmatch(verb) and any(
        verb in definition.of(version).transitions
        for version in ProcessVersion.objects.exclude(
            status=ProcessVersion.Status.DRAFT
        ).order_by("-pk")[:50]
    ):
        return ""
    return _("There is no verb “%(verb)s”.") % {"verb": verb[:40]}


def shown_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without the texts: each ticket has its own copy of those."""
    return {
        name: value
        for name, value in fields.items()
        if name not in TEXTS and not name.startswith(("fields.", "extra"))
    }


def take_back(item: BulkItem, verb: str, *, by: User, at: datetime) -> bool:
    """Undo what has a way back of its own; whether this was such a verb."""
    back: dict[str, dict[str, Any]] = {
        "merge": {"verb": "unmerge", "raw": {}},
        "unmerge": {},
        "convert": {"verb": "convert", "raw": {"type": _type_of(item.number)}},
    }
    if verb not in back:
        return False
    if not back[verb] or item.ticket is None:
        raise Refused(_("This has no way back."))
    ticket = hold(item.ticket, back[verb]["verb"], back[verb]["raw"])
    check_untouched(ticket, item.version)
    perform(ticket, by=by, at=at, **back[verb])
    return True


def _type_of(number: str) -> str:
    return TYPES_BY_PREFIX[number.partition("-")[0]].value
