"""Django's entry to the room."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    """The processes room."""

    name = "processes"
    verbose_name = "Processes"

    def ready(self) -> None:
        """Let the log know what a process is."""
        from processes import subjects

        subjects.register()
