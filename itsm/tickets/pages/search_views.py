"""Search over everything a person may see."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import finders
from core.templating import render
from itsm.tickets.finding import complete, filters
from itsm.tickets.search import Found, search
from people.pages.doors import page

PAGE = 25
OTHERS = 25  # people or articles of their own page
BESIDE = 5


@require_safe
@page()
def search_page(request: HttpRequest) -> HttpResponse:
    """The exact number first, then the best of the newest matches, a page of them."""
    user: Any = request.user
    q = asked(request)
    kind = request.GET.get("in", "")
    if kind in {finder.name for finder in finders.listed(user)}:
        return _others(request, kind, q)
    begin = request.GET.get("from", "")
    start = int(begin) if begin.isdecimal() and len(begin) < 5 else 0
    found = Found()
    if q:
        found = search(user, q, at=timezone.now(), limit=PAGE, offset=start, quote=True)
    last = start + len(found.rows)
    has_next = found.rows and last < found.matches
    context = {
        **_frame(request, q, ""),
        "found": found,
        "hits": [(row, found.excerpts[row.pk]) for row in found.rows],
        "chips": [(chip.text, address(chip.rest)) for chip in found.asked.chips],
        "first": start + 1 if found.rows else 0,
        "last": last,
        "previous": address(q, start - PAGE) if start else "",
        "next": address(q, last) if has_next else "",
        "meant": found.meant,
        "literal": address(found.meant.literal) if found.meant else "",
        "home": "" if user.is_staff else "/portal/",
    }
    return render(request, "itsm/tickets/search.html", context)


@require_safe
@page()
def beside(request: HttpRequest) -> HttpResponse:
    """People and articles that fit as well: loaded beside the tickets found."""
    q = asked(request)
    groups = finders.find(request.user, words_of(request, q), limit=BESIDE)
    context = {"q": q, "groups": [(g, address(q, kind=g.name)) for g in groups]}
    return render(request, "itsm/tickets/search_beside.html", context)


@require_safe
@page()
def completions(request: HttpRequest) -> HttpResponse:
    """How the filter that is being typed may go on: options for the search field."""
    user: Any = request.user
    context = {"options": complete.completions(user, asked(request))}
    return render(request, "itsm/tickets/search_complete.html", context)


def _others(request: HttpRequest, kind: str, q: str) -> HttpResponse:
    words = words_of(request, q)
    groups = finders.find(request.user, words, limit=OTHERS, only=kind)
    context = {
        **_frame(request, q, kind),
        "group": groups[0] if groups else None,
        "found": Found(),
    }
    return render(request, "itsm/tickets/search_others.html", context)


def _frame(request: HttpRequest, q: str, kind: str) -> dict[str, Any]:
    """What every page of search shows: the field, where to look, how to ask."""
    user: Any = request.user
    kinds = [("", None), *((f.name, f.label) for f in finders.listed(user))]
    return {
        "q": q,
        "search_words": q,
        "kind": kind,
        "kinds": [(n, label, address(q, kind=n)) for n, label in kinds],
        "filters": filters.known_to(user).values(),
    }


def asked(request: HttpRequest) -> str:
    """What was typed."""
    return request.GET.get("q", "").replace("\x00", "")[:200].strip()


def words_of(request: HttpRequest, q: str) -> str:
    """The words of a query, without its filters."""
    user: Any = request.user
    return filters.words(user, q)


def address(q: str, start: int = 0, *, kind: str = "") -> str:
    """The address of a search."""
    asked = {"q": q, "in": kind, "from": start if start > 0 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('search')}?{query}" if query else reverse("search")
