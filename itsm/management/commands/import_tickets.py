"""`manage.py import_tickets`: tickets and their history from other tools."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, ProgrammingError, connection
from django.utils import timezone
from django.utils.text import slugify

from itsm.tickets.exchange import findings, importing
from itsm.tickets.exchange.eventlog import EventLog
from itsm.tickets.exchange.importing import Outcome
from itsm.tickets.exchange.problems import BadFile, Report
from itsm.tickets.exchange.rules import Rules
from itsm.tickets.exchange.snapshots import Mapped
from itsm.tickets.exchange.sources import Source
from itsm.tickets.exchange.uci import UciLog
from itsm.tickets.states import TicketType

NOT_ALL = 1
NOTHING_DONE = 2


class Command(BaseCommand):
    help = (
        "Import tickets with their history: uci (ServiceNow's incident audit log), "
        "log (a generic event log) or csv (one row per ticket). Safe to stop and to "
        "run again. Exit code 0: everything is in; 1: some rows could not be placed, "
        "see the report; 2: nothing was done."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", required=True, choices=["uci", "csv", "log"])
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="csv only: which column a field is read from",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, do nothing"
        )
        parser.add_argument(
            "--organisation",
            default="imported",
            help="slug of the organisation that new requesters belong to",
        )
        parser.add_argument(
            "--report", type=Path, help="where rows that need a look are listed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        dry: bool = options["dry_run"]
        to = options["report"] or settings.VAR / "imports" / f"{path.name}.report.csv"
        try:
            self._check(options)
            with Report(None if dry else to) as report:
                outcome = importing.run(
                    path,
                    partial(self._source, options),
                    format_=options["format"],
                    organisation=options["organisation"],
                    report=report,
                    at=timezone.now(),
                    progress=sys.stderr,
                    dry=dry,
                )
                (self._foretell if dry else self._tell)(outcome, report)
        except BadFile as error:
            self._give_up(str(error))
        except ProgrammingError:
            self._give_up(
                "The database does not have this version's tables: "
                "run `manage.py migrate` first."
            )
        except Error as error:
            why = str(error).strip().partition("\n")[0]
            self._give_up(
                f"The database refused: {why}. What was committed stays; "
                "run the same command again to go on."
            )
        except KeyboardInterrupt:
            self.stderr.write(
                "\nStopped. Whole tickets that were written stay; "
                "run the same command again to go on."
            )
            raise SystemExit(NOT_ALL) from None
        if report.refused:
            raise SystemExit(NOT_ALL)

    def _check(self, options: Mapping[str, Any]) -> None:
        if options["map"] and options["format"] != "csv":
            raise BadFile("--map belongs to --format csv; the other formats are fixed.")
        organisation = options["organisation"]
        if not organisation or slugify(organisation) != organisation:
            raise BadFile(
                "--organisation is a slug: small letters, digits and hyphens."
            )
        if len(organisation) > 50:
            raise BadFile("--organisation is longer than 50 characters.")

    def _source(
        self,
        options: Mapping[str, Any],
        path: Path,
        header: Sequence[str],
        rules: Mapping[TicketType, Rules],
    ) -> Source:
        if options["format"] == "uci":
            return UciLog(path, header, rules[TicketType.INCIDENT])
        if options["format"] == "log":
            return EventLog(path, header, rules)
        source = Mapped(path, header, rules, options["map"])
        if options["dry_run"]:
            pairs = (f"{field} from {name}" for field, name in source.columns.items())
            self.stdout.write(f"Columns: {', '.join(pairs)}")
            unread = [name for name in header if name not in source.columns.values()]
            if unread:
                self.stdout.write(f"Columns not read: {', '.join(unread)}")
        return source

    def _tell(self, outcome: Outcome, report: Report) -> None:
        rate = outcome.rows / max(outcome.seconds, 0.001)
        self.stdout.write(
            f"Imported {outcome.tickets:,} tickets with {outcome.events:,} events "
            f"in {outcome.seconds:.1f} s ({rate:,.0f} rows a second)."
        )
        self.stdout.write(
            f"Rows read: {outcome.rows:,}. Tickets that were here already: "
            f"{outcome.known:,}. Rows not placed: {report.refused:,}; "
            f"placed with a remark: {report.noted:,}."
        )
        self._say_made("Made", outcome)
        if report.refused or report.noted:
            self.stdout.write(f"The rows to look at are in {report.path}")
        if outcome.tickets and outcome.by_type["incident"]:
            with connection.cursor() as cursor:
                found = findings.find(cursor)
            if found.incidents:
                self.stdout.write("\n".join(["", *found.sentences()]))

    def _foretell(self, outcome: Outcome, report: Report) -> None:
        kinds = ", ".join(f"{n:,} {type_}" for type_, n in outcome.by_type.items())
        self.stdout.write(
            f"Nothing was changed. {outcome.rows:,} rows would become "
            f"{outcome.tickets:,} tickets ({kinds or 'none'}) with {outcome.events:,} "
            f"events. Tickets that are here already: {outcome.known:,}."
        )
        self._say_made("Would make", outcome)
        for name in outcome.made.get("people", [])[:20]:
            self.stdout.write(f"  new person: {name}")
        self.stdout.write(
            f"Rows that cannot be placed: {report.refused:,}; "
            f"placed with a remark: {report.noted:,}."
        )
        for line in report.first:
            self.stdout.write(f"  {line}")

    def _say_made(self, verb: str, outcome: Outcome) -> None:
        counts = ", ".join(f"{len(v):,} {what}" for what, v in outcome.made.items())
        self.stdout.write(f"{verb}: {counts}.")

    def _give_up(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(NOTHING_DONE)
