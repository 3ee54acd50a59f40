"""`manage.py export_tickets`: tickets with their history, for other tools."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, transaction

from itsm.tickets.exchange import export_json, export_log, export_xes, reading
from itsm.tickets.exchange.problems import BadFile
from itsm.tickets.exchange.progress import Bar
from itsm.tickets.models import Ticket

FORMATS = {"log": export_log, "json": export_json, "xes": export_xes}
NOTHING_DONE = 2


class Command(BaseCommand):
    help = (
        "Export tickets with their history: log (CSV, what import_tickets reads), "
        "json (one object per line, with events and comments) or xes (IEEE 1849, for "
        "process mining). Restricted tickets stay out unless asked for."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=list(FORMATS))
        parser.add_argument(
            "--output", type=Path, help="the file to write (else standard output)"
        )
        parser.add_argument(
            "--include-restricted",
            action="store_true",
            help="export restricted tickets too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        restricted: bool = options["include_restricted"]
        try:
            with _output(options["output"]) as out, transaction.atomic():
                bar = Bar(
                    "Exporting", self._total(options["format"], restricted), sys.stderr
                )
                written = FORMATS[options["format"]].write(
                    out, restricted=restricted, bar=bar
                )
                bar.finish()
        except BrokenPipeError:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(NOTHING_DONE) from None
        except BadFile as error:
            self._give_up(str(error))
        except Error as error:
            why = str(error).strip().partition("\n")[0]
            self._give_up(f"The database refused: {why}.")
        except KeyboardInterrupt:
            self._give_up("\nStopped; nothing was kept.")
        what = "tickets" if options["format"] == "json" else "changes"
        self.stderr.write(f"Exported {written:,} {what}.")

    def _total(self, format_: str, restricted: bool) -> int:
        if format_ == "json":
            tickets = Ticket.objects.all()
            return (tickets if restricted else tickets.filter(restricted=False)).count()
        return reading.count_changes(restricted=restricted)

    def _give_up(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(NOTHING_DONE)


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name when it is whole."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    draft = path.with_name(f"{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as out:
            yield out
        draft.replace(path)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise BadFile(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
