"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    """The notify room."""

    name = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Read the log, and show the bell."""
        from notify import bell, consumer

        consumer.register()
        bell.register()
