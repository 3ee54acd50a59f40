"""Whether what was sent with a request came whole."""

from django.http import HttpRequest


def came_whole(request: HttpRequest) -> bool:
    """Whether the body is as long as it was said to be; reads the form to know.

    A body that breaks off loses, without a word, the file it broke off in.
    """
    request.FILES  # noqa: B018 - reading is what it does
    stream = getattr(request, "_stream", None)
    return int(getattr(stream, "_pos", 0)) >= int(getattr(stream, "limit", 0))
