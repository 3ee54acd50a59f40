"""The reader's language and time zone, for every page of theirs."""

from collections.abc import Callable
from contextlib import nullcontext
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from core import reader
from people import sessions

_SPOKEN = frozenset(code for code, _name in settings.LANGUAGES)


class ReaderMiddleware:
    """Pages speak the language the person chose, else one their browser asks for.

    Times are shown in the zone the person chose. Where neither is known, both are the
    installation's (LANGUAGE_CODE, TIME_ZONE).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in their language, with their zone active.

        The person is known from here on, so what stood for them until somebody asked
        is replaced: a page asks them five hundred things.
        """
        request.user = get_user(request)
        zone = _zone(getattr(request.user, "time_zone", ""))
        with (
            timezone.override(zone) if zone else nullcontext(),
            reader.speaking(language_of(request)),
        ):
            response = self.get_response(request)
            if getattr(request.user, "is_authenticated", False):  # the API: None
                sessions.touch(request, timezone.now())
            response.headers.setdefault(
                "Content-Language", reader.language() or settings.LANGUAGE_CODE
            )
        patch_vary_headers(response, ("Accept-Language",))
        return response


def language_of(request: HttpRequest) -> str:
    """The language of an answer: the person's choice, else what the browser asks for.

    A cookie would be a third answer to the same question: there is none.
    """
    chosen: str = getattr(request.user, "language", "")
    if chosen in _SPOKEN:
        return chosen
    asked = request.headers.get("Accept-Language", "")
    return translation.get_language_from_request(request) if asked else ""


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
