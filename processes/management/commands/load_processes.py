"""Load the shipped process definitions. Safe to run at every start."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from processes import shipping

SAYS = {
    "released": "version {} is released to all",
    "drafted": "version {} is a new draft: what is shipped changed",
    "kept": "version {} is what is shipped; nothing to do",
}


class Command(BaseCommand):
    help = "Loads the shipped process definitions; twice changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        for loaded in shipping.load_all(at=timezone.now()):
            says = SAYS[loaded.outcome].format(loaded.version.number)
            self.stdout.write(f"{loaded.slug}: {says}")
