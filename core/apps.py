"""Django's entry to the room."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core room."""

    name = "core"

    def ready(self) -> None:
        """Register what must always be true, and who keeps copies of texts."""
        from core import log_checks, texts
        from core.api import idempotency

        log_checks.register()
        texts.on_redact(idempotency.forget_texts)
