"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProcessesConfig(AppConfig):
    """The processes room."""

    name = "processes"
    verbose_name = _("Processes")

    def ready(self) -> None:
        """Let the log, the rail and the first run know of processes."""
        from core import slots
        from processes import shipping, subjects, views

        subjects.register()
        slots.fill("rail", "processes", views.rail, order=70)
        slots.fill("first_run.done", "processes", lambda at: shipping.load_all(at=at))
