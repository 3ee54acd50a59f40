"""The command palette's answer to what is typed."""

import re

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.tickets.pages import palette
from itsm.tickets.pages.search_views import asked
from people.pages.doors import page

NUMBER = re.compile(r"[A-Z]{3}-\d{1,12}")
MOST = 12


@require_safe
@page()
def options(request: HttpRequest) -> HttpResponse:
    """Lines in groups, as options of the palette's list."""
    on = request.GET.get("on", "")
    recent = NUMBER.findall(request.GET.get("recent", "")[:300])[:MOST]
    groups = palette.groups(
        request,
        asked(request),
        on=on if NUMBER.fullmatch(on) else "",
        recent=recent,
        at=timezone.now(),
    )
    return render(request, "itsm/tickets/palette_options.html", {"groups": groups})
