"""The reader's time zone, for every page of theirs."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core import reader


class TimeZoneMiddleware:
    """Times are shown in the zone the person chose, else in the server's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the zone active.

        The person is known from here on, so what stood for them until somebody asked
        is replaced: a page asks them five hundred things.
        """
        request.user = get_user(request)
        zone = _zone(getattr(request.user, "time_zone", ""))
        if zone is None:
            with reader.reading():
                return self.get_response(request)
        with timezone.override(zone), reader.reading():
            return self.get_response(request)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
