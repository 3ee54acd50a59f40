"""Celery's application: batches of background work, poked by beat."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("beeline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        *("core", "notify", "people", "processes"),
        *("itsm.tickets", "itsm.sla", "itsm.monitoring", "itsm.webhooks"),
        "itsm.changes",
        "itsm.requests.catalogue",
        "itsm.requests",
        "backlog.stories",
    ]
)
