"""`load_demo`: the demo organisation with ninety days of history."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.bulk import without_collection
from itsm.demo.build import build
from people.models import User


class Command(BaseCommand):
    help = "Load the demo organisation into an empty database (loopback only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_LOOPBACK:
            raise CommandError(
                f"The demo has well-known passwords, and {settings.BASE_URL} can be "
                "reached by others. It is loaded on loopback only."
            )
        if User.objects.exists():
            raise CommandError(
                "There are people in this database already; the demo goes into an "
                "empty one. Start with another VAR= to see it."
            )
        began = time.monotonic()
        call_command("load_processes", verbosity=0)
        with without_collection():
            count = build(at=timezone.now())
        seconds = time.monotonic() - began
        self.stdout.write(f"Loaded the demo: {count} tickets in {seconds:.1f} s.")
