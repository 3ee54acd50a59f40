"""An event to try a source out: it goes the way of every other, and wakes nobody."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import WrongState
from core.log import act, record
from itsm.monitoring.intake import storing
from itsm.monitoring.models import Reception, Source
from itsm.monitoring.source_actions import VERB
from people.models import User
from people.policy import require

FORMAT = "pagerduty"


def test_source(*, source: Source, by: User, at: datetime) -> Reception:
    """Say that something is there, only as information, and that it is gone.

    Raises Forbidden, WrongState where the source is paused.
    """
    with act():
        source = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
        require(by, VERB)
        if source.paused_at is not None:
            raise WrongState(_("The source is paused; let it go on first."))
        rows = [_reception(source, action, at) for action in ("trigger", "resolve")]
        Reception.objects.bulk_create(rows)
        transaction.on_commit(storing.poke)
        record("source.test", subject=source, by=by, at=at)
    return rows[0]


def _reception(source: Source, action: str, at: datetime) -> Reception:
    said: dict[str, Any] = {
        "event_action": action,
        "dedup_key": f"beeline-test-{at:%Y%m%d%H%M%S%f}",
        "payload": {
            "summary": _("A test of “%(name)s”") % {"name": source.name},
            "source": "beeline",
            "severity": "info",
        },
    }
    body = json.dumps(said, ensure_ascii=False).encode()
    return Reception(source=source, format=FORMAT, body=body, received_at=at)
