"""One durable insert, and a poke for who works it off."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime

import psycopg2
from celery import current_app
from django.db import connection

from itsm.monitoring.writing import as_json

TASK = "itsm.monitoring.tasks.work_events"
POKE_EVERY = 0.2  # seconds, for each process
POKE_SHARE = 50  # and a fiftieth of its time at most, where poking is slow
PAUSE = 5.0  # after one that failed
INSERT = """
INSERT INTO itsm_reception
    (source_id, format, body, headers, key, received_at, n_signals, note)
VALUES (%s, %s, %s, %s, %s, %s, 0, '')
"""
log = logging.getLogger(__name__)
_poked_until = 0.0


def store(
    *,
    source: int,
    name: str,
    body: bytes,
    headers: Mapping[str, str],
    key: str,
    at: datetime,
) -> None:
    """Put a call on disk, as it came. When this returns, it is there."""
    kept = as_json(dict(headers)) if headers else "{}"
    values = [source, name, psycopg2.Binary(body), kept, key, at]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def poke() -> None:
    """Hurry the worker; beat pokes it every second anyway, so nothing here raises."""
    global _poked_until
    now = time.monotonic()
    if now < _poked_until:
        return
    _poked_until = now + POKE_EVERY
    try:
        current_app.send_task(TASK, expires=5, retry=False, ignore_result=True)
    except Exception as error:
        _poked_until = now + PAUSE
        log.warning("the worker was not poked: %s", error)
    else:
        took = time.monotonic() - now
        _poked_until = now + max(POKE_EVERY, took * POKE_SHARE)
