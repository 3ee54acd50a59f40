"""The portfolio: what every process aims at, works on and is held up by."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from backlog.portfolio import lanes, queries
from core.reader import local
from core.templating import render
from people import policy
from people.pages.doors import page, who


@require_safe
@page("process.see")
def portfolio(request: HttpRequest) -> HttpResponse:
    """Across processes, for their owners and the Agile Service Managers."""
    user, now = who(request), timezone.now()
    found = queries.portfolio(user, today=local(now).date())
    context = {
        "found": found,
        "lanes": lanes.draw(found),
        "now": now,
        "may_make": policy.allows(user, "process.make"),
    }
    return render(request, "backlog/portfolio/page.html", context)
