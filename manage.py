#!/usr/bin/env python
"""Django's entry; `manage.py up` starts everything on one machine."""

import gc
import os
import sys


def main() -> None:
    """Run one management command, with the embedded servers where none are named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from config import embedded

    try:
        _ = settings.DEBUG  # reads them all
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    if sys.argv[1:] == ["up"]:
        gc.disable()  # a fifth of the time; it soon becomes the supervisor
        from config import prepare

        prepare.begin_cluster()
    with embedded.servers_for(sys.argv):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
