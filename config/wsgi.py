"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config import loading

application = loading.begin_after(settings.VAR, get_wsgi_application)
