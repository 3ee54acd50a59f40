"""Writing lines of inboxes: one per person and thing, folded while it is unread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from notify.hearing import Heard
from notify.rulebook import INBOX

MOST = 200  # events that one line remembers, the newest; see `WRITE`
WRITE = """
INSERT INTO notify_notice
    (user_id, rule, subject_type, subject_id, events, is_urgent, at)
SELECT who, rule, kind, what, events::jsonb, urgent, at
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[],
            %s::boolean[], %s::timestamptz[])
     AS new (who, rule, kind, what, events, urgent, at)
ON CONFLICT (user_id, subject_type, subject_id) WHERE read_at IS NULL DO UPDATE SET
    rule = excluded.rule,
    events = jsonb_path_query_array(
        notify_notice.events || excluded.events, '$[last - 199 to last]'),
    is_urgent = notify_notice.is_urgent OR excluded.is_urgent,
    at = greatest(notify_notice.at, excluded.at)
"""


@dataclass(slots=True)
class _Line:
    rule: str = ""
    events: list[tuple[str, int]] = field(default_factory=list)
    is_urgent: bool = False
    at: datetime | None = None


def write(heard: Sequence[Heard]) -> dict[int, set[int]]:
    """Write all lines with one statement; whose bell has moved, and for which things.

    Called in the transaction that moves the reader's cursor.
    """
    lines: dict[tuple[int, str, int], _Line] = {}
    for one in heard:
        if one.channel != INBOX:
            continue
        key = (one.person.user_id, one.event.subject_type, one.event.subject_id)
        line = lines.setdefault(key, _Line())
        line.rule = one.rule.name
        line.events.append((one.rule.name, one.event.id))
        line.is_urgent |= one.rule.is_urgent
        line.at = max(line.at or one.event.at, one.event.at)
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, _columns(lines))
    told: dict[int, set[int]] = {}
    for user_id, _kind, subject_id in lines:
        told.setdefault(user_id, set()).add(subject_id)
    return told


def _columns(lines: dict[tuple[int, str, int], _Line]) -> list[list[Any]]:
    rows = [
        (
            *(user_id, line.rule, kind, subject_id),
            *(json.dumps(line.events[-MOST:]), line.is_urgent, line.at),
        )
        for (user_id, kind, subject_id), line in lines.items()
    ]
    return [list(column) for column in zip(*rows, strict=True)]
