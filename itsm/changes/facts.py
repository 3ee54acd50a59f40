"""What a change's risk is counted from: read from the change and what it is about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.worktime import between
from itsm.changes import records
from itsm.changes.models import Change, Kind
from itsm.changes.risk import Found
from itsm.changes.trust import Record, standing_of
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import Size
from people.calendars.reading import default_version_id, worktime
from people.models import Service
from processes.control import Trust
from processes.definition import Definition

SOME, MANY = 10, 100  # people
NOT_TESTS = frozenset({"merge_review"})  # evidence of something else


def look(ticket: Ticket, row: Change, *, at: datetime) -> dict[str, Found]:
    """What is found now. Up to three queries: two records and the calendar."""
    return found_of(
        definition_of(ticket),
        service=ticket.service,
        team_id=ticket.team_id,
        kind=row.kind,
        size=ticket.size,
        affected=ticket.affected,
        window=row.window,
        test=row.test,
        evidence=row.evidence,
        at=at,
        but=ticket.pk,
    )


def found_of(
    definition: Definition,
    *,
    service: Service | None,
    team_id: int | None,
    kind: Kind | None,
    size: int,
    affected: int,
    window: tuple[datetime, datetime] | None,
    test: str,
    evidence: Any,
    at: datetime,
    but: int | None = None,
) -> dict[str, Found]:
    """The same for what is only typed so far."""
    trust = definition.trust or Trust()
    found = {
        "criticality": _criticality(service),
        "size": Found(_size(size), {"size": size}),
        "affected": Found(_affected(affected), {"n": affected}),
        "window": _window(window),
        "evidence": _evidence(test, evidence),
        "record": Found("none"),
        "team": Found("none"),
    }
    asked = definition.risk.factors if definition.risk else {}
    if kind is not None and "record" in asked:
        found["record"] = _record(records.of_kind(kind, but=but), trust)
    if team_id is not None and "team" in asked:
        found["team"] = _record(records.of_team(team_id, at=at, but=but), trust)
    return found


def _criticality(service: Service | None) -> Found:
    if service is None:
        return Found("none")
    return Found(service.criticality, {"service": service.name})


def _record(record: Record, trust: Trust) -> Found:
    word = standing_of(record, trust.suspend_over)
    return Found(word, {"ended": record.ended, "failed": record.failed})


def _size(size: int) -> str:
    return "small" if size <= Size.S else "medium" if size <= Size.M else "large"


def _affected(people: int) -> str:
    return "few" if people < SOME else "some" if people < MANY else "many"


def _window(window: tuple[datetime, datetime] | None) -> Found:
    """Whether people work by the default calendar while it is done."""
    if window is None:
        return Found("none")
    version = default_version_id()
    start, end = window
    inside = between(worktime(version), start, end) > timedelta(0)
    told = {"start": start.isoformat(), "end": end.isoformat()}
    return Found("inside" if inside else "outside", told)


def _evidence(test: str, evidence: Any) -> Found:
    """Tests that passed, told by whoever ran them (`{"kind", "passed"}`), or words."""
    listed = evidence if isinstance(evidence, list) else []
    passed = [
        str(one.get("kind", ""))[:40]
        for one in listed
        if isinstance(one, Mapping)
        and one.get("kind") not in NOT_TESTS
        and one.get("passed", True) is True
    ]
    if passed:
        return Found("shown", {"kinds": passed[:10]})
    return Found("written" if test.strip() else "none")
