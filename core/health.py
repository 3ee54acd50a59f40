"""Is it alive, is it ready, and how is it doing: for supervisors and Prometheus.

`ready` answers 503 for the database and its migrations only: whatever else is away,
people can still work, so the rest is `degraded` with reasons.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import redis
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core import consumers, gauges, live
from core.api.problems import problem
from core.models import Consumer, Event

LATE = gauges.LATE
BEHIND = timedelta(seconds=60)


def live_view(request: HttpRequest) -> HttpResponse:
    """`/health/live`: this process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


def ready_view(request: HttpRequest) -> HttpResponse:
    """`/health/ready`: 503 for database or migrations, else ok or degraded."""
    at = timezone.now()
    try:
        if _needs_migrations():
            return _unready("Migrations of the database are not applied.")
        late = gauges.seconds_late(at)
        reasons = [
            *_late_timers(late),
            *_valkey(),
            *_readers(at),
            *gauges.warnings(at),
        ]
    except Error:
        return _unready("The database does not answer.")
    return JsonResponse(
        {
            "status": "degraded" if reasons else "ok",
            "reasons": reasons,
            "timers_late_seconds": round(late, 1),
        }
    )


def _unready(reason: str) -> HttpResponse:
    body = {"status": "unavailable", "reasons": [reason], "timers_late_seconds": None}
    return JsonResponse(body, status=503)


def _needs_migrations() -> bool:
    """Whether this code wants migrations the database lacks; remembered once it has."""
    if _is_migrated.cache_info().currsize:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return False
    try:
        return not _is_migrated()
    except _Missing:
        return True


class _Missing(Exception):
    """Not remembered, so that the next question looks again."""


@lru_cache(maxsize=1)
def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Missing
    return True


def _late_timers(late: float) -> list[str]:
    return [f"Timers are {late:.0f} seconds late."] if late > LATE else []


def _valkey() -> list[str]:
    try:
        live._valkey().ping()
    except (redis.RedisError, OSError):
        return ["Valkey does not answer; live updates and background work are late."]
    return []


def _readers(at: datetime) -> list[str]:
    """Readers of the log that failed, or have not kept up for a minute."""
    rows = {row.name: row for row in Consumer.objects.all()}
    found = []
    for name in consumers.names():
        row = rows.get(name)
        if row is not None and row.failure:
            found.append(f"The reader “{name}” failed and tries again.")
            continue
        cursor = row.cursor if row else 0
        waiting = Event.objects.filter(pk__gt=cursor).order_by("pk")
        oldest = waiting.values_list("recorded_at", flat=True).first()
        if oldest is not None and oldest < at - BEHIND:
            found.append(f"The reader “{name}” is behind.")
    return found


def metrics_view(request: HttpRequest) -> HttpResponse:
    """`/metrics` for Prometheus: this machine, or an administrator's token."""
    if not (_is_loopback(request) or _is_administrator(request)):
        return problem(
            403, detail="Metrics are for administrators' tokens and this machine."
        )
    at = timezone.now()
    lines = [
        *_lines("beeline_timers_late_seconds", "How late timers are", _late(at)),
        *_lines("beeline_consumer_lag_events", "Events not yet read", _lag()),
        *_lines("beeline_consumer_failed", "Readers that failed", _failed()),
    ]
    for gauge in gauges.registered():
        lines += _lines(gauge.name, gauge.says, gauge.read(at))
    text = "\n".join(lines) + "\n"
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_loopback(request: HttpRequest) -> bool:
    """Asked from this very machine and not through a proxy on it."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket: there is no address
        return False


def _is_administrator(request: HttpRequest) -> bool:
    classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    authenticators = [one() for one in classes]
    asked = Request(request, authenticators=authenticators)
    try:
        return bool(asked.user and asked.user.is_superuser)
    except APIException:
        return False


def _late(at: datetime) -> Mapping[gauges.Labels, float]:
    return {(): gauges.seconds_late(at)}


def _lag() -> Mapping[gauges.Labels, float]:
    """How many ids each reader's cursor is behind the end of the log."""
    end = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    cursors = dict(Consumer.objects.values_list("name", "cursor"))
    return {
        (("reader", name),): max(0, end - cursors.get(name, 0))
        for name in consumers.names()
    }


def _failed() -> Mapping[gauges.Labels, float]:
    rows = dict(Consumer.objects.values_list("name", "failure"))
    return {(("reader", n),): float(bool(rows.get(n))) for n in consumers.names()}


def _lines(name: str, says: str, values: Mapping[gauges.Labels, float]) -> list[str]:
    found = [f"# HELP {name} {says}", f"# TYPE {name} gauge"]
    for labels, value in values.items():
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        found.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}")
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
