"""The generic event log, as `import_tickets --format log` reads it."""

import csv
from typing import TextIO

from core.cells import safe
from itsm.tickets.exchange import reading
from itsm.tickets.exchange.cells import write_instant
from itsm.tickets.exchange.eventlog import COLUMNS
from itsm.tickets.exchange.progress import Bar


def write(out: TextIO, *, restricted: bool, bar: Bar) -> int:
    """Write one row per change; how many. Cells are safe to open in a spreadsheet."""
    names = reading.Names()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for change in reading.changes(restricted=restricted):
        now = change.values
        row = (
            change.number,
            write_instant(change.at),
            now.get("state") or "",
            names.teams.get(now.get("team"), ""),
            names.people.get(now.get("owner"), ""),
            names.people.get(now.get("requester"), ""),
            names.services.get(now.get("service"), ""),
            names.categories.get(now.get("category"), ""),
            now.get("impact") or "",
            now.get("urgency") or "",
            change.title,
        )
        writer.writerow([safe(cell.strip()) for cell in row])
        written += 1
        bar.at(written)
    return written
