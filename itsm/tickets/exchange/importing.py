"""An import from beginning to end: stage, enrol, write in batches, sum up.

Safe to kill at any moment and to run again: each batch of whole tickets is one
transaction, and tickets that are here are found by the source's number. A stopped
run leaves at most a gap in our own numbers.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from django.db import Error, connection

from core import live as live_updates
from itsm.tickets.exchange import rules as rule_book
from itsm.tickets.exchange import staging, tables, writing
from itsm.tickets.exchange.history import History
from itsm.tickets.exchange.problems import BadFile, Report
from itsm.tickets.exchange.progress import Bar
from itsm.tickets.exchange.roster import Roster, enrol
from itsm.tickets.exchange.rules import Rules
from itsm.tickets.exchange.sources import Source
from itsm.tickets.states import TicketType

BATCH = 1000  # tickets in one transaction
IMPORT_LOCK = 7_236_010  # advisory, of the session: one import at a time
RuleBook = Mapping[TicketType, Rules]
MakeSource = Callable[[Path, Sequence[str], RuleBook], Source]


@dataclass(slots=True)
class Outcome:
    """What an import did (or, in a dry run, would do)."""

    rows: int = 0
    tickets: int = 0
    known: int = 0
    events: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    made: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0


def run(
    path: Path,
    make_source: MakeSource,
    *,
    format_: str,
    organisation: str,
    report: Report,
    at: datetime,
    progress: TextIO,
    dry: bool = False,
) -> Outcome:
    """Import a file. Raises BadFile, before anything is written.

    `at` is the time of the import, for what is due next on tickets still open.
    """
    started = time.monotonic()
    with closing(_Turn()), tables.opened(path) as (header, rows, raw):
        rules = {type_: rule_book.live(type_) for type_ in TicketType}
        source = make_source(path, header, rules)
        reading = Bar("Reading", path.stat().st_size, progress)
        outcome = Outcome(rows=staging.stage(source, rows, raw, reading, report))
        staged = staging.group(report)
        reading.finish()
        outcome.known = staged.known
        roster = enrol(source.mentions, organisation=organisation, at=at, dry=dry)
        outcome.made = roster.made
        job = _Job(source, roster, rules, format_, at, dry, outcome)
        job.write_all(staged.tickets, Bar("Writing", staged.tickets, progress))
    if outcome.tickets and not dry:
        _settle()
    outcome.seconds = time.monotonic() - started
    return outcome


class _Turn:
    """Holds the lock that makes this the only import. Raises BadFile."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK])
            if not cursor.fetchone()[0]:
                raise BadFile("Another import is running; wait until it is done.")

    def close(self) -> None:
        """Let others import. With the connection gone, so is the lock."""
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [IMPORT_LOCK])


@dataclass(slots=True)
class _Job:
    source: Source
    roster: Roster
    rules: RuleBook
    format: str
    at: datetime
    dry: bool
    outcome: Outcome

    def write_all(self, tickets: int, bar: Bar) -> None:
        request_id = str(uuid4())
        for after in range(0, tickets, BATCH):
            if histories := self._histories(after):
                self._write(histories, request_id)
            bar.at(after + BATCH)
        bar.finish()

    def _histories(self, after: int) -> list[History]:
        histories = []
        for ref, rows in staging.batch(after, BATCH):
            history = self.source.history(ref, rows, self.roster)
            history.extra["imported"] = {"format": self.format, "rows": len(rows)}
            histories.append(history)
        return histories

    def _write(self, histories: list[History], request_id: str) -> None:
        self.outcome.tickets += len(histories)
        self.outcome.by_type.update(h.type.value for h in histories)
        if self.dry:
            self.outcome.events += sum(len(h.steps) for h in histories)
            return
        self.outcome.events += writing.write(
            histories,
            self.rules,
            self.roster,
            request_id=request_id,
            at=self.at,
        )


def _settle() -> None:
    """Let the planner know the new rows, and the log's readers that there are some."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE itsm_ticket, core_event, people_user")
    live_updates.poke()
