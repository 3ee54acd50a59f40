"""When nothing but emergencies goes: the month end of ERP, the shop's season."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.changes.freezes import actions
from itsm.demo.cast import Cast

ZONE = "Europe/Berlin"
HERE = ZoneInfo(ZONE)


def create(cast: Cast, *, at: datetime) -> None:
    """Both come again, for ever."""
    frank = cast.people["frank"]
    last = date(at.year, at.month, monthrange(at.year, at.month)[1])
    after = last + timedelta(days=2)
    actions.create_freeze(
        by=frank,
        at=at,
        name="ERP month end",
        reason="The books are closed; nobody wants to search for two causes at once.",
        services=[cast.services["erp"]],
        starts_at=_at(last - timedelta(days=1), 18),
        ends_at=_at(after, 6),
        repeat="month_end",
        time_zone=ZONE,
        allows=["emergency"],
    )
    actions.create_freeze(
        by=frank,
        at=at,
        name="Season of the web shop",
        reason="A third of the year's orders come in these six weeks.",
        services=[cast.services["web-shop"]],
        starts_at=_at(date(at.year, 11, 20), 0),
        ends_at=_at(date(at.year + 1, 1, 3), 0),  # 2 January is the last day
        repeat="yearly",
        time_zone=ZONE,
        allows=["emergency"],
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=HERE)
