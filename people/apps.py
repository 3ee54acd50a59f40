"""Django's entry to the room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The people room."""

    name = "people"
    verbose_name = "People"
