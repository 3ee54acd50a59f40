"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    """The notify room."""

    name = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Say what sending tells and measures of itself."""
        from notify import bounces, measures

        bounces.register()
        measures.register()
