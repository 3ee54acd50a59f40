"""`manage.py up`: the whole of Beeline on one machine, in one terminal."""

import os
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import embedded, prepare, processes
from config.servers import CannotStart


class Command(BaseCommand):
    help = (
        "Start PostgreSQL, Valkey, web server, live channel, worker and beat; "
        "Ctrl-C stops them all."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="only bring database and static files up to date, then end "
            "(for containers, which run the processes themselves)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, embedded.leave)
        if os.environ.pop("UP_WITH_PARENT", ""):  # `make up`
            processes.die_with_our_parent(signal.SIGTERM)
        try:
            if options["prepare"]:
                prepare.everything(settings.VAR)
                if prepare.demo_is_wanted():
                    prepare.load_demo()
            else:
                self.prepare_and_hand_over()
        except CannotStart as error:
            sys.exit(str(error))
        except PermissionError as error:
            sys.exit(f"Beeline may not use its files: {error}")
        except KeyboardInterrupt:
            sys.exit(130)

    def prepare_and_hand_over(self) -> None:
        """Prepare with Django, then become the supervisor, which needs none of it.

        The demo is loaded by a copy of this process while the others start.
        """
        var = settings.VAR
        prepare.check_ports()
        prepare.claim(var)
        with embedded.running(var, die_with_us=True):
            prepare.everything(var)
            if loading := prepare.load_demo_beside(var):
                os.environ["LOADING"] = str(loading)
            os.environ["VAR"] = str(var)
            os.environ["BASE_URL"] = settings.BASE_URL
            os.environ["PORT"] = str(settings.PORT)
            supervisor = [sys.executable, "-m", "config.supervisor"]
            os.execv(sys.executable, supervisor)  # noqa: S606
