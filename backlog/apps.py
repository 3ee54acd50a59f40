"""Django's entry to the room: the applets register with core's registries."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BacklogConfig(AppConfig):
    """The backlog room."""

    name = "backlog"
    verbose_name = _("Process Backlog")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the applets register what the lower rooms show and call."""
        from backlog import register

        register.all_applets()
