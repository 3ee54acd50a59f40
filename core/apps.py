"""Django's entry to the room."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core room."""

    name = "core"
