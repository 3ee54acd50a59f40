"""The web process."""

import os
from importlib import import_module

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config import loading
from core.bulk import without_collection


def whole() -> WSGIHandler:
    """With all views, which Django imports for the first request, where it waits."""
    with without_collection():
        handler = get_wsgi_application()
        import_module(settings.ROOT_URLCONF)
    return handler


application = loading.begin_after(settings.VAR, whole)
