"""When the demo's people work."""

from datetime import datetime

from people.calendars.actions import create_calendar
from people.calendars.models import Calendar
from people.models import User

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def office_hours(*, by: User, at: datetime) -> Calendar:
    """The default calendar: office hours in Berlin, with its public holidays."""
    return create_calendar(
        by=by,
        at=at,
        name="Linden office hours",
        time_zone="Europe/Berlin",
        hours={day: [["09:00", "17:00"]] for day in WEEKDAYS},
        overrides={f"{at.year}-12-24": [["09:00", "12:00"]]},
        names={f"{at.year}-12-24": "Christmas Eve"},
        country="DE",
        region="BE",
        is_default=True,
    )
