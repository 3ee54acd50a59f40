"""Django's entries to the wiring: our own room, and the read-only admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class WiringConfig(AppConfig):
    """This room: holds `manage.py up`, and makes Celery know its broker."""

    name = "config"

    def ready(self) -> None:
        """Tasks sent from any process go to our own application."""
        from config import celery  # noqa: F401 - being imported is its work


class AdminConfig(DjangoAdminConfig):
    """The admin site whose every model is read-only."""

    default_site = "config.admin.ReadOnlyAdminSite"
