"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    """The notify room."""

    name = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Read the log, show the bell, say what sending measures of itself."""
        from notify import bell, bounces, consumer, measures

        for part in (consumer, bell, bounces, measures):
            part.register()
