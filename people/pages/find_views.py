"""Who is calling: the people that fit what was typed so far."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.templating import render
from people import find
from people.pages.doors import page


@require_safe
@page("people.see")
def find_people(request: HttpRequest) -> HttpResponse:
    """`/people/find/?q=`: for whoever works here; a piece of the page for htmx."""
    user: Any = request.user
    found = find.find(request.GET.get("q", ""), by=user)
    block = "found" if request.headers.get("HX-Request") else None
    return render(request, "people/found.html", {"found": found}, block=block)
