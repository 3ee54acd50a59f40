"""`doctor`: proves that nothing was lost, doubled or left half-done."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import invariants


class Command(BaseCommand):
    help = "Check what must always be true; exit code 1 where something is not."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="machine-readable")
        parser.add_argument(
            "--whole",
            action="store_true",
            help="look at all tickets, also where that takes minutes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checks = invariants.registered(whole=options["whole"])
        found = {one.name: one.check() for one in checks}
        healthy = not any(found.values())
        if options["json"]:
            report = [
                {"name": one.name, "says": one.says, "problems": found[one.name]}
                for one in checks
            ]
            self.stdout.write(json.dumps({"healthy": healthy, "checks": report}))
        else:
            for one in checks:
                self._tell(one.says, found[one.name])
            self.stdout.write("All is well." if healthy else "Something is wrong.")
        if not healthy:
            raise SystemExit(1)

    def _tell(self, says: str, problems: list[str]) -> None:
        mark = self.style.ERROR("✗") if problems else self.style.SUCCESS("✓")
        self.stdout.write(f"{mark} {says}")
        for problem in problems[:20]:
            self.stdout.write(f"    {problem}")
        if len(problems) > 20:
            self.stdout.write(f"    … and {len(problems) - 20} more")
