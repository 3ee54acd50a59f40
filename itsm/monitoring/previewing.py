"""What the last payloads of a source would be by another mapping; nothing is changed.

Read and placed by the worker's own functions, so that the preview is what happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsm.monitoring.deciding.rules import Seen, rule_for, rules_of
from itsm.monitoring.folding import Placed
from itsm.monitoring.models import AlertRule, Reception, Source
from itsm.monitoring.placing import Places
from itsm.monitoring.source_words import why
from itsm.monitoring.work import Read, read_one
from people.models import Service, Team
from processes import engine
from processes.queries import definition_for

RECEPTIONS, EVENTS = 10, 5  # how many, and events shown of each
INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one event would be. `team` is empty where nobody's is named.

    `action` is that of the rule that is for it; its threshold, delay and grouping are
    for what comes together, so they are not told here.
    """

    placed: Placed
    action: str
    service: str
    team: str
    priority: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What one reception would be."""

    row: Reception
    outcomes: Sequence[Outcome]
    more: int  # events that are not shown
    n_changes: int
    why: str  # there is none


def last(source: Source, most: int = RECEPTIONS) -> list[Reception]:
    """The newest receptions, the newest first. One query."""
    return list(Reception.objects.filter(source=source).order_by("-pk")[:most])


def preview(
    source: Source, mapping: Mapping[str, Any], rows: Sequence[Reception]
) -> list[Preview]:
    """What each of them would be. Eight queries, whatever their number."""
    draft, places = copy(source), Places()
    draft.mapping = mapping
    reads = [read_one(row, draft, places) for row in rows]
    shown = [placed for one in reads for placed in one.placed[:EVENTS]]
    names = _Names(source, shown)
    return [
        Preview(
            one.row,
            [
                names.outcome(placed, one.row.received_at)
                for placed in one.placed[:EVENTS]
            ],
            max(0, len(one.placed) - EVENTS),
            len(one.reading.changes),
            _why(one),
        )
        for one in reads
    ]


def _why(one: Read) -> str:
    if one.failure is not None:
        return why(one.failure.code, one.failure.about)
    if one.placed or one.reading.changes:
        return ""
    return why(one.reading.note or "no_alert")


class _Names:
    """The names and rules behind some events; four queries and a stamp."""

    def __init__(self, source: Source, shown: Sequence[Placed]) -> None:
        self._source = source.pk
        self._rules = rules_of(list(AlertRule.objects.filter(is_active=True)))
        ids = {placed.service for placed in shown}
        services = Service.objects.filter(pk__in=ids).prefetch_related("support_teams")
        self._services = {service.pk: service for service in services}
        named = {placed.team for placed in shown if placed.team is not None}
        self._teams = Team.objects.in_bulk(named)

    def outcome(self, placed: Placed, at: datetime) -> Outcome:
        """One event in the words of this installation."""
        service = self._services[placed.service]
        team = self._team(placed, service)
        _version, definition = definition_for(
            INCIDENT, ticket_key="", team=team.pk if team else None
        )
        return Outcome(
            placed,
            rule_for(self._seen(placed, at), self._rules).action,
            service.name,
            team.name if team else "",
            engine.priority(definition, placed.impact, placed.urgency),
        )

    def _seen(self, placed: Placed, at: datetime) -> Seen:
        signal = placed.signal
        return Seen(
            pk=0,
            source=self._source,
            key=placed.key,
            service=placed.service,
            severity=signal.severity,
            first_at=at,
            last_at=at,
            summary=signal.summary,
            host=placed.host,
            component=signal.component,
            group=signal.group,
            class_=signal.class_,
            labels=signal.labels,
        )

    def _team(self, placed: Placed, service: Service) -> Team | None:
        """The one that is named; else the service's own, where it has just one."""
        if placed.team is not None:
            return self._teams.get(placed.team)
        own = list(service.support_teams.all())
        return own[0] if len(own) == 1 else None


def leaves(node: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value in a body with the path to it, `labels.host`, in their order."""
    inner: Any = ()
    if isinstance(node, dict):
        inner = node.items()
    elif isinstance(node, list):
        inner = ((str(n), one) for n, one in enumerate(node[:3]))
    if not inner or depth >= 9:
        if path:
            yield path, node
        return
    for name, one in inner:
        if isinstance(name, str) and "|" not in name and name:
            yield from leaves(one, f"{path}.{name}" if path else name, depth + 1)
