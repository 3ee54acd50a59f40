"""A Python of its own for what a test kills: nothing is inherited, no wait is endless.

A fork would share our connections, and our locks in whatever state they were.
"""

import os
import subprocess
import sys

from django.conf import settings

from tests.servers import database_url

BEGIN = "import django\ndjango.setup()\n"


def run_apart(code: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start this code on the test's own database, Valkey and media.

    `environment` adds to ours, as an operator would set it.
    """
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + code],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SECRET_KEY": settings.SECRET_KEY,
            **environment,
        },
    )
