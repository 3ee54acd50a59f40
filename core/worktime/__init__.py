"""Working time: what a calendar says, and counting in it. No clock, no database.

Instants are aware datetimes, in whatever zone; answers are in UTC and exact to the
microsecond. Decided in docs/adr/0013-business-time.md: time used up exactly at closing
is due at the closing instant; real elapsed time counts over a clock change; an end
before its start measures zero; holidays win over overrides; a shift belongs to the day
it begins on, also where it ends on the next.
"""

from core.worktime.calendar import (
    ALWAYS,
    Calendar,
    CalendarError,
    Piece,
    resolve_local,
)
from core.worktime.counting import (
    Period,
    add,
    between,
    first_period,
    is_open,
    next_closing,
    next_opening,
    previous_closing,
    previous_opening,
    snap_back,
    snap_forward,
)
from core.worktime.days import add_working_days, day_periods
from core.worktime.reading import read

__all__ = [
    "ALWAYS",
    "Calendar",
    "CalendarError",
    "Period",
    "Piece",
    "add",
    "add_working_days",
    "between",
    "day_periods",
    "first_period",
    "is_open",
    "next_closing",
    "next_opening",
    "previous_closing",
    "previous_opening",
    "read",
    "resolve_local",
    "snap_back",
    "snap_forward",
]
