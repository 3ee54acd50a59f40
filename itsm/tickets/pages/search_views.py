"""Search over everything a person may see."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.templating import render
from itsm.tickets.search import Found, search
from people.pages.doors import page

PAGE = 50


@page()
def search_page(request: HttpRequest) -> HttpResponse:
    """The exact number first, then the best of the newest matches, fifty a page."""
    user: Any = request.user
    at = timezone.now()
    q = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isdecimal() and len(asked) < 5 else 0
    found = search(user, q, at=at, limit=PAGE, offset=start) if q else Found()
    listed = found.rows
    last = start + len(listed)
    context = {
        "q": q,
        "search_words": q,
        "rows": listed,
        "found": found,
        "first": start + 1 if listed else 0,
        "last": last,
        "previous": max(start - PAGE, 0) if start else None,
        "next": last if listed and last < found.matches else None,
    }
    return render(request, "itsm/tickets/search.html", context)
