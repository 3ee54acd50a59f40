"""Which verbs can be done to many tickets, and what of their fields is kept."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from itsm.tickets.bulk.models import BulkItem
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


def take_back(verb: str, item: BulkItem, *, by: User, at: datetime) -> bool:
    """Undo what has its own way back; whether this was such a verb."""
    return False
