"""Alerts as CSV: times in ISO 8601, no cell a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.api.answers import iso
from core.cells import safe
from itsm.monitoring.alerts.because import because
from itsm.monitoring.alerts.queries import KEY, RELATED, incidents_of
from itsm.monitoring.models import Alert
from itsm.tickets.keyset import beyond
from itsm.tickets.models import Ticket
from people.models import User

MARK = "\ufeff"  # so that letters survive
SEPARATORS = {"de": ";"}
PIECE, MOST = 500, 10_000  # rows that are read at a time, and of a file
HEAD = (
    *(_("Severity"), _("Summary"), _("Status"), _("Service"), _("Source"), _("Host")),
    *(_("Key"), _("Count"), _("First reported"), _("Last reported"), _("Cleared")),
    *(_("Decision"), _("Why"), _("Incident")),
)


def written(rows: QuerySet[Alert], user: User) -> str:
    """The newest ten thousand; two queries for each five hundred."""
    rows = rows.select_related(*RELATED).order_by("-first_at", "-pk")
    found = [MARK + _lines([[str(words) for words in HEAD]])]
    some: list[Alert] = []
    for _start in range(0, MOST, PIECE):
        here = rows.filter(beyond(KEY, _place(some[-1]), down=True)) if some else rows
        some = list(here[:PIECE])
        seen = incidents_of(user, some)
        found.append(
            _lines(_cells(row, seen.get(row.incident_id or 0)) for row in some)
        )
        if len(some) < PIECE:
            break
    return "".join(found)


def _place(row: Alert) -> tuple[datetime, int]:
    return row.first_at, row.pk


def _cells(row: Alert, incident: Ticket | None) -> list[str]:
    times = [
        iso(at) if at else "" for at in (row.first_at, row.last_at, row.cleared_at)
    ]
    texts = [
        *(row.severity, row.summary, row.status, row.service.slug, row.source.slug),
        *(row.host, row.key, str(row.count), *times, row.decision, because(row)),
        incident.number if incident else "",
    ]
    return [safe(text or "") for text in texts]


def _lines(rows: Iterable[list[str]]) -> str:
    file = io.StringIO()
    separator = SEPARATORS.get((get_language() or "")[:2], ",")
    csv.writer(file, delimiter=separator).writerows(rows)
    return file.getvalue()
