"""The worker's statements: one for all rows of a batch, whatever their number."""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from itsm.monitoring.folding import Placed, Standing, Tally

COUNTERS = (
    *("received", "signals", "alerts", "repeats", "acknowledged", "cleared"),
    *("dropped", "others", "changes", "unreadable"),
)
CHANGE = """
UPDATE itsm_alert a SET status = v.status, count = v.count, last_at = v.last_at,
    recent = v.recent::timestamptz[], acknowledged_at = v.acknowledged_at,
    cleared_at = v.cleared_at,
    decide_at = CASE WHEN v.due THEN LEAST(a.decide_at, %s) ELSE a.decide_at END
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[],
    %s::timestamptz[], %s::timestamptz[], %s::boolean[])
    AS v(id, status, count, last_at, recent, acknowledged_at, cleared_at, due)
WHERE a.id = v.id
"""
SAID = """
UPDATE itsm_alert a SET severity = v.severity, summary = v.summary, host = v.host,
    component = v.component, group_name = v.group_name, class_name = v.class_name,
    service_id = v.service, team_id = v.team, impact = v.impact, urgency = v.urgency,
    labels = v.labels::jsonb, details = v.details::jsonb, url = v.url
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[])
    AS v(id, severity, summary, host, component, group_name, class_name, service, team,
        impact, urgency, labels, details, url)
WHERE a.id = v.id
"""
MAKE = """
INSERT INTO itsm_alert (source_id, key, status, count, recent, began_at, first_at,
    last_at, acknowledged_at, cleared_at, decide_at, decision, why,
    severity, summary, host, component, group_name, class_name, service_id, team_id,
    impact, urgency, labels, details, url)
SELECT v.source, v.key, v.status, v.count, v.recent::timestamptz[], v.began_at,
    v.first_at, v.last_at, v.acknowledged_at, v.cleared_at, %s, 'waiting', '{}',
    v.severity, v.summary, v.host, v.component, v.group_name, v.class_name, v.service,
    v.team, v.impact, v.urgency, v.labels::jsonb, v.details::jsonb, v.url
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
    %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[])
    WITH ORDINALITY AS v(source, key, status, count, recent, began_at, first_at,
        last_at, acknowledged_at, cleared_at, severity, summary, host, component,
        group_name, class_name, service, team, impact, urgency, labels, details, url,
        place)
ORDER BY v.place
"""
WORKED = """
UPDATE itsm_reception r SET worked_at = %s, n_signals = v.n, note = v.note
FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS v(id, n, note) WHERE r.id = v.id
"""
HOURS = f"""
INSERT INTO itsm_sourcehour AS h (source_id, hour, {", ".join(COUNTERS)})
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]{", %s::int[]" * len(COUNTERS)})
ON CONFLICT (source_id, hour) DO UPDATE SET
    {", ".join(f"{name} = h.{name} + excluded.{name}" for name in COUNTERS)}
"""  # noqa: S608 - our own words
HEARD = """
UPDATE itsm_source s SET heard_at = GREATEST(s.heard_at, v.at)
FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(id, at) WHERE s.id = v.id
"""


def change(alerts: Sequence[Standing], at: datetime) -> None:
    """Write what became of alerts that were there, before new ones of their keys."""
    if not alerts:
        return
    rows = [
        (a.pk, a.status, a.count, a.last_at, _array(a.recent), a.acknowledged_at,
         a.cleared_at, a.is_due)
        for a in alerts
    ]  # fmt: skip
    _run(CHANGE, at, columns=_columns(rows))
    said = [(a.pk, *_said(a.placed)) for a in alerts if a.placed is not None]
    if said:
        _run(SAID, columns=_columns(said))


def make(alerts: Sequence[Standing], at: datetime) -> None:
    """Write new alerts; they are to be decided at once."""
    rows = [
        (a.source, a.key, a.status, a.count, _array(a.recent), a.began_at, a.first_at,
         a.last_at, a.acknowledged_at, a.cleared_at, *_said(a.placed))
        for a in alerts
        if a.placed is not None
    ]  # fmt: skip
    if rows:
        _run(MAKE, at, columns=_columns(rows))


def worked(rows: Sequence[tuple[int, int, str]], at: datetime) -> None:
    """Mark receptions: id, how many signals, and a code where it held no alert."""
    _run(WORKED, at, columns=_columns(rows))


def count(tally: Tally) -> None:
    """Add to the hours of sources."""
    rows = [
        (source, hour, *(counts[name] for name in COUNTERS))
        for (source, hour), counts in sorted(tally.counts.items())
    ]
    if rows:
        _run(HOURS, columns=_columns(rows))


def heard(rows: Sequence[tuple[int, datetime]]) -> None:
    """Keep when each source was heard last."""
    _run(HEARD, columns=_columns(rows))


def plain(text: str) -> str:
    """A text as PostgreSQL takes it: no NUL, no half of a character."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def as_json(value: Any) -> str:
    """JSON as PostgreSQL takes it: no NUL, no number that is none."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        text = json.dumps(clean(value), ensure_ascii=False)
    if "\\u0000" in text:
        text = json.dumps(clean(value), ensure_ascii=False)
    return plain(text)


def clean(value: Any) -> Any:
    """The same without what PostgreSQL cannot keep."""
    if isinstance(value, dict):
        return {plain(str(name)): clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return plain(str(value))


def _said(placed: Placed | None) -> tuple[Any, ...]:
    if placed is None:
        raise ValueError("an alert is made by a trigger")
    s = placed.signal
    return (
        *(s.severity, plain(s.summary), plain(placed.host), plain(s.component)),
        *(plain(s.group), plain(s.class_), placed.service, placed.team),
        *(placed.impact, placed.urgency),
        *(as_json(dict(s.labels)), as_json(dict(s.details)), plain(s.url)),
    )


def _array(instants: Sequence[datetime]) -> str:
    """As a literal: an array of arrays of unlike lengths is none."""
    return "{" + ",".join(f'"{at.isoformat()}"' for at in instants) + "}"


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _run(sql: str, *values: Any, columns: Sequence[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *columns])
