"""`manage.py up`: the whole of Beeline on one machine, in one terminal."""

import os
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from config import embedded, prepare, processes
from config.servers import CannotStart


class Command(BaseCommand):
    help = (
        "Start PostgreSQL, Valkey, web server, live channel, worker and beat; "
        "Ctrl-C stops them all."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, embedded.leave)
        if os.environ.pop("UP_WITH_PARENT", ""):  # `make up`
            processes.die_with_our_parent(signal.SIGTERM)
        try:
            self.prepare_and_hand_over()
        except CannotStart as error:
            sys.exit(str(error))
        except PermissionError as error:
            sys.exit(f"Beeline may not use its files: {error}")
        except KeyboardInterrupt:
            sys.exit(130)

    def prepare_and_hand_over(self) -> None:
        """Prepare with Django, then become the supervisor, which needs none of it."""
        var = settings.VAR
        prepare.check_ports()
        prepare.claim(var)
        with embedded.running(var, die_with_us=True):
            static = prepare.collect_static()
            prepare.check_database()
            prepare.check_broker()
            prepare.migrate()
            prepare.refuse_demo_in_the_open()
            prepare.load_demo_or_invite(var)
            prepare.static_collected(static)
            connection.close()
            os.environ["VAR"] = str(var)
            os.environ["BASE_URL"] = settings.BASE_URL
            os.environ["PORT"] = str(settings.PORT)
            supervisor = [sys.executable, "-m", "config.supervisor"]
            os.execv(sys.executable, supervisor)  # noqa: S606
