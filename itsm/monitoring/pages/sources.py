"""Settings, Sources: all of them, one of them, what is done to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import Invalid, Refused
from core.templating import render
from itsm.monitoring import health, source_actions, testing
from itsm.monitoring.models import Source
from itsm.monitoring.pages import drawing
from itsm.monitoring.pages.receptions import lines_of
from itsm.monitoring.snippets import TOOLS
from itsm.monitoring.source_forms import NewSourceForm, SourceForm
from itsm.monitoring.source_subjects import SEE, find, visible_to
from itsm.monitoring.source_words import MARKS, troubles, why
from people import history, policy
from people.models import User
from people.pages.doors import page, who
from people.pages.settings import tabs

VERB = source_actions.VERB
NEWEST = 8  # receptions on a source's own page


@require_safe
@page(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    """All of them, and how each is doing."""
    user = who(request)
    known = visible_to(user).select_related("service", "account")
    rows = list(known.order_by("name"))
    found = health.standings(rows, at=timezone.now())
    context = {
        "tabs": tabs(user, "sources"),
        "lines": [(one, MARKS[one.state], troubles(one)) for one in found],
        "may_change": policy.allows(user, VERB),
    }
    return render(request, "itsm/sources/list.html", context)


@page(VERB)
def new(request: HttpRequest) -> HttpResponse:
    """First which tool, then as little as it takes."""
    tool = TOOLS.get(request.GET.get("tool", ""))
    context: dict[str, Any] = {"tabs": tabs(who(request), "sources"), "tool": tool}
    if tool is None:
        context["tools"] = TOOLS.values()
        return render(request, "itsm/sources/tools.html", context)
    form = NewSourceForm(request.POST or None, initial={"name": tool.title})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = source_actions.create_source(
                    by=who(request), at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                return Redirect(
                    f"/settings/sources/{row.slug}/connect/?tool={tool.name}"
                )
    return render(
        request, "itsm/sources/new.html", {**context, "form": form}, status=status
    )


@page(SEE)
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: how it is doing; for administrators all there is to set."""
    user = who(request)
    row = find(user, slug)
    form, status = None, 200
    if policy.allows(user, VERB):
        form = SourceForm(request.POST or None, row=row)
    if request.method == "POST":
        policy.require(user, VERB)
        status = 422
        if form is not None and form.is_valid():
            try:
                source_actions.change_source(
                    source=row, by=user, at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    return render(
        request, "itsm/sources/one.html", _shown(user, row, form), status=status
    )


def _shown(user: User, row: Source, form: SourceForm | None) -> dict[str, Any]:
    at = timezone.now()
    found = health.health(row, at=at)
    return {
        "tabs": tabs(user, "sources"),
        "row": row,
        "at": at,
        "form": form,
        "health": found,
        "refusal": why,
        "mark": MARKS[found.standing.state],
        "troubles": troubles(found.standing),
        "chart": drawing.by_hour(found.hours, _("Events by the hour")),
        "receptions": lines_of(row, NEWEST),
        "may_change": form is not None,
        "former_until": row.former_until
        if row.former_until is not None and row.former_until > at
        else None,
        "history": history.of(row),
    }


def _verb(said: Any, act: Callable[..., Any]) -> Callable[..., Any]:
    @page(VERB)
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        row = find(who(request), slug)
        if request.method == "POST":
            try:
                act(source=row, by=who(request), at=timezone.now())
            except Refused as no:
                messages.error(request, no.detail)
            else:
                messages.success(request, said())
        return Redirect(f"/settings/sources/{row.slug}/")

    return view


def _pause(**known: Any) -> Source:
    return source_actions.pause_source(is_paused=True, **known)


def _resume(**known: Any) -> Source:
    return source_actions.pause_source(is_paused=False, **known)


pause = _verb(lambda: _("The source is paused."), _pause)
resume = _verb(lambda: _("The source goes on."), _resume)
rotate = _verb(
    lambda: _("There is a new key. The former one counts for a day."),
    source_actions.rotate_key,
)
end_former = _verb(
    lambda: _("The former key counts no longer."), source_actions.end_former_key
)
test = _verb(
    lambda: _("A test is on its way; it stands below in a moment."),
    testing.test_source,
)
