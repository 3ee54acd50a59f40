"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """The people room."""

    name = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        """Fill the rail, the settings' lists and the log's subjects."""
        from people import second_step, sessions, subjects
        from people.calendars import kind as calendars
        from people.delivery import subjects as delivery
        from people.machines import kind as machines
        from people.pages import nav, own_kinds, wordings
        from people.rotas import telling

        subjects.register()
        second_step.listen()
        sessions.listen()
        own_kinds.register()
        calendars.register()
        machines.register()
        nav.register()
        wordings.register()
        delivery.register()
        telling.register()
