"""Django's entry to the room: the applets register with core's registries."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ItsmConfig(AppConfig):
    """The itsm room."""

    name = "itsm"
    verbose_name = _("Service management")

    def ready(self) -> None:
        """Let the applets register what the lower rooms show and call."""
        from itsm import register

        register.all_applets()
