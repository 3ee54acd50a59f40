"""Django's entry to the room."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    """The processes room."""

    name = "processes"
