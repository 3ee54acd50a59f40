"""What is on its way out says so itself: `Deprecation` (RFC 9745), `Sunset` (RFC 8594).

A `Doc` that carries a `Deprecated` is marked in the schema, and every answer of that
method tells since when, until when at least, and where it is written what to use.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.http import http_date

LEAST = timedelta(days=365)  # how long what was announced goes on working
POLICY_URL = "/api/docs/"


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Announced on the day `since`; works until `gone` (null: nobody has decided)."""

    since: date
    gone: date | None = None
    instead: str = POLICY_URL  # the page that says what to use

    def __post_init__(self) -> None:
        if self.gone is not None and self.gone - self.since < LEAST:
            raise ValueError(
                f"what is announced goes on for {LEAST.days} days at least"
            )

    @property
    def headers(self) -> dict[str, str]:
        """What every answer says; a date of RFC 9745 is seconds behind an @."""
        found = {
            "Deprecation": f"@{_seconds(self.since)}",
            "Link": f'<{self.instead}>; rel="deprecation"; type="text/html"',
        }
        if self.gone is not None:
            found["Sunset"] = http_date(_seconds(self.gone))
        return found


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
