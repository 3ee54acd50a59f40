"""What other products' tests say of business time, restated as vectors, and decided."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import worktime

ROOT = Path(__file__).resolve().parents[3]
DATA = "data/business_time_vectors.json"
BESIDE = (found for up in ROOT.parents[:2] for found in up.glob(f"*/{DATA}"))
FILE = next(BESIDE, ROOT.parent / DATA)  # in a folder beside the project
GIVEN: dict[str, Any] = (
    json.loads(FILE.read_text()) if FILE.exists() else {"vectors": [], "calendars": {}}
)
DECIDED: dict[str, Any] = {  # docs/adr/0013-business-time.md
    "bt030": "2006-01-08T12:00:00Z",  # due at the closing, not at the next opening
    "bt121": 0,  # an end before its start measures zero
    "bt245": 0,
    "bt248": 0,
    "bt129": 1500,  # that Sunday lasted 25 hours
}
CALENDARS = {
    name: worktime.read({"time_zone": told["tz"], **told})
    for name, told in GIVEN["calendars"].items()
}


def at(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def local(text: str) -> datetime:
    day, _, time = text.partition("T")
    hours, *rest = (int(part) for part in time.split(":"))
    since = timedelta(hours=hours, minutes=rest[0], seconds=rest[1])
    return datetime.fromisoformat(day) + since


def running(vector: dict[str, Any], until: datetime) -> list[tuple[datetime, datetime]]:
    """From start to end without the pauses."""
    here, found = at(vector["start"]), []
    for begin, end in vector.get("pauses", []):
        if at(end) <= here:
            continue
        found.append((here, max(here, at(begin))))
        here = at(end)
    return [*found, (here, until)]


def added(calendar: worktime.Calendar, vector: dict[str, Any]) -> datetime:
    left = timedelta(minutes=vector["minutes"])
    far = datetime(2099, 1, 1, tzinfo=UTC)
    for begin, end in running(vector, far):
        due = worktime.add(calendar, begin, left)
        if due <= end:
            return due
        left -= worktime.between(calendar, begin, end)
    raise AssertionError("the last stretch has no end")


def in_days(calendar: worktime.Calendar, vector: dict[str, Any]) -> str | datetime:
    start, is_date = vector["start"], "T" not in vector["start"]
    if is_date:  # any time of that day
        start += "T12:00:00Z"
    due = worktime.add_working_days(
        calendar,
        at(start),
        vector["days"],
        end_of_day=vector.get("end_of_day", False),
    )
    return due.date().isoformat() if is_date else due


def answer(vector: dict[str, Any]) -> Any:
    op = vector["op"]
    if op == "resolve_local":
        return worktime.resolve_local(ZoneInfo(vector["tz"]), local(vector["local"]))
    calendar = CALENDARS[vector["calendar"]]
    if op == "add":
        return added(calendar, vector)
    if op == "between":
        spans = running(vector, at(vector["end"]))
        found = sum((worktime.between(calendar, *s) for s in spans), timedelta())
        return found / timedelta(minutes=1)
    if op == "is_open":
        return worktime.is_open(calendar, at(vector["at"]))
    if op == "add_working_days":
        return in_days(calendar, vector)
    if op == "first_period_from":
        period = worktime.first_period(calendar, at(vector["start"]))
        return list(period) if period else None
    snap = {"snap_forward": worktime.snap_forward, "snap_back": worktime.snap_back}[op]
    return snap(calendar, at(vector["start"]))


def expected(vector: dict[str, Any]) -> Any:
    told = vector.get("expected", vector.get("expected_minutes"))
    told = DECIDED.get(vector["id"], told)
    if isinstance(told, list):
        return [at(one) for one in told]
    if isinstance(told, str) and "T" in told:
        return at(told)
    return told


@pytest.mark.skipif(not FILE.exists(), reason="the vectors of business time are absent")
def test_all_vectors_are_there():
    assert len(GIVEN["vectors"]) == 202
    disputed = {v["id"] for v in GIVEN["vectors"] if "disputed" in v}
    assert disputed == {"bt018", "bt129", "bt153"}


@pytest.mark.parametrize("vector", GIVEN["vectors"], ids=lambda v: v["id"])
def test_the_vector_holds(vector):
    assert answer(vector) == expected(vector)


def test_a_date_that_samoa_left_out_has_no_working_time():
    hours = {day: [["09:00", "17:00"]] for day in ("thu", "fri", "sat")}
    calendar = worktime.read({"time_zone": "Pacific/Apia", "hours": hours})

    assert worktime.day_periods(calendar, date(2011, 12, 30)) == []
    assert len(worktime.day_periods(calendar, date(2011, 12, 31))) == 1
