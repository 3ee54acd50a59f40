"""Django's entries to the wiring: our own room, and the read-only admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class WiringConfig(AppConfig):
    """This room: holds `manage.py up`, and makes Celery know its broker."""

    name = "config"

    def ready(self) -> None:
        """Celery knows our application; the first run knows its printed code."""
        from django.conf import settings

        from config import celery, firstrun  # noqa: F401 - celery: being imported
        from core import slots

        slots.fill(
            "first_run.check",
            "code",
            lambda code: firstrun.check_first_run_code(settings.VAR, code),
        )
        slots.fill(
            "first_run.done",
            "code",
            lambda at: firstrun.forget_first_run_code(settings.VAR),
        )


class AdminConfig(DjangoAdminConfig):
    """The admin site whose every model is read-only."""

    default_site = "config.admin.ReadOnlyAdminSite"
