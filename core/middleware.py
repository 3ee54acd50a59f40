"""What every request gets: a door, an id, a policy for its content."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import context
from core.shell import live_origin

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",  # custom properties of the look only
        "img-src 'self' data: blob:",
        "connect-src 'self' {live}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def content_policy(request: HttpRequest) -> str:
    """What a page may load and talk to: us alone, and our live channel.

    That is at LIVE_URL, or one port further under the host of BASE_URL and the allowed
    one by which this request came.
    """
    if settings.LIVE_URL:
        return POLICY.format(live=settings.LIVE_URL)
    base = urlsplit(settings.BASE_URL)
    ours = live_origin(base.scheme, base.netloc)
    theirs = live_origin(request.scheme, request.get_host())
    return POLICY.format(live=ours if ours == theirs else f"{ours} {theirs}")


class RequestContextMiddleware:
    """Sets the door and request id for the log, and the content policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside its surroundings."""
        is_api = request.path.startswith("/api/")
        door = context.Door.API if is_api else context.Door.PAGE
        with context.through(door) as surroundings:
            response = self.get_response(request)
        response.headers["X-Request-ID"] = str(surroundings.request_id)
        response.headers.setdefault("Content-Security-Policy", content_policy(request))
        return response
