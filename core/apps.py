"""Django's entry to the room."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core room."""

    name = "core"

    def ready(self) -> None:
        """Register what must always be true of the log and its readers."""
        from core import log_checks

        log_checks.register()
