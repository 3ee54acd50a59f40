"""`reckon_promises`: ask promises of open tickets anew, or say what would change."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from core import jobs
from itsm.sla import recompute
from itsm.sla.models import Recomputation


class Command(BaseCommand):
    help = "Ask for the promises of all open tickets anew, keeping the time used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say which tickets would change and how, and change nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dry = options["dry_run"]
        job = Recomputation(
            reason=Recomputation.Reason.BY_HAND, dry=dry, created_at=timezone.now()
        )
        job.total = recompute.scope(job).count()
        job.save()
        jobs.claim(job, at=timezone.now())
        while jobs.run(job):
            jobs.claim(job, at=timezone.now())
        job.refresh_from_db()
        for effect in job.effects:
            for kind, (old, new) in effect["due"].items():
                old, new = old or "nothing", new or "nothing"
                self.stdout.write(f"{effect['number']} {kind}: {old} -> {new}")
        would = "would change" if dry else "changed"
        self.stdout.write(f"{job.changed} of {job.total} tickets {would}.")
