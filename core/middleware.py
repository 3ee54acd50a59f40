"""What every request gets: a door, an id, a policy for its content."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import context

_LIVE = settings.LIVE_URL or f"http://*:{settings.PORT + 1}"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",  # custom properties of the look only
        "img-src 'self' data: blob:",
        f"connect-src 'self' {_LIVE}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


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
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
