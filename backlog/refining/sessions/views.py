"""The page of a refinement session: agenda, clock, what became of each story."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from backlog.refining.models import AgendaItem, Session
from backlog.refining.sessions import actions, queries
from backlog.standing import allows_on, get_process, profile_of, require_on
from backlog.stories.queries import backlog_of, get_story
from core.errors import Invalid, Refused
from core.templating import render
from core.wording import countdown
from people.pages.doors import page, who
from processes.models import Process

SEE = "process.see"
OUTCOMES = (
    _("Ready"),
    _("Estimated"),
    _("Split"),
    _("Needs an answer from its stakeholder"),
    _("Later"),
)


class WhenForm(forms.Form):
    """When it begins, and for how long."""

    starts_at = forms.DateTimeField(
        label=_("Begins"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=actions.SHORTEST,
        max_value=actions.LONGEST,
        initial=60,
    )


@page(SEE)
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan one; its agenda fills itself."""
    user = who(request)
    process = get_process(user, slug)
    require_on(user, actions.VERB, process)
    form = WhenForm(request.POST or None, initial={"starts_at": _tomorrow()})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.plan_session(
                process=process, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            for name, found in no.errors.items():
                form.add_error(name, found)
        else:
            return Redirect(_url(made))
    context = {"process": process, "form": form}
    status = 422 if form.errors else 200
    return render(request, "backlog/refine/new.html", context, status=status)


def _tomorrow() -> datetime:
    """Ten o'clock of the next day, where the reader is."""
    here = timezone.localtime()
    ten = here.replace(hour=10, minute=0, second=0, microsecond=0)
    return ten + timedelta(days=1)


@require_safe
@page(SEE)
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The agenda, and the clock while it runs."""
    return _one(request, _session(request, slug, pk))


def _one(
    request: HttpRequest, session: Session, problem: Refused | None = None
) -> HttpResponse:
    user, at = who(request), timezone.now()
    process: Process = session.process
    may = session.ended_at is None and allows_on(user, actions.VERB, process)
    items = queries.items_of(session, user, at)
    held = [item.row.story_id for item in items]
    offered = backlog_of(process, user).filter(sprint=None).exclude(pk__in=held)
    context: dict[str, Any] = {
        "process": process,
        "session": session,
        "items": items,
        "clock": queries.clock_of(session, at),
        "countdown": countdown,
        "ready": profile_of(process).ready,
        "outcomes": OUTCOMES,
        "offered": list(offered.only("pk", "title")[:200]) if may else [],
        "may": may,
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/refine/session.html", context, status=status)


@require_POST
@page(SEE)
def act(request: HttpRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """Begin, end, or put a story on the agenda."""
    session = _session(request, slug, pk)
    if verb not in VERBS:
        raise Http404
    given: dict[str, Any] = {"session": session, "by": who(request)}
    if verb == "add":
        given["story"] = get_story(who(request), request.POST.get("story", ""))
    return _do(request, session, VERBS[verb], **given)


VERBS: dict[str, Callable[..., Any]] = {
    "start": actions.start_session,
    "end": actions.end_session,
    "add": actions.add_item,
}


@require_POST
@page(SEE)
def act_on(
    request: HttpRequest, slug: str, pk: int, item: int, verb: str
) -> HttpResponse:
    """Turn to a story of it, say what became of it, or take it off."""
    session = _session(request, slug, pk)
    found = (
        session.items.filter(pk=min(item, 2**63 - 1)).select_related("story").first()
    )
    if found is None:
        raise Http404
    return _do(request, session, _of_item(request, verb), item=found, by=who(request))


def _of_item(request: HttpRequest, verb: str) -> Callable[..., Any]:
    if verb == "start":
        return actions.start_item
    if verb == "remove":
        return actions.remove_item
    if verb != "end":
        raise Http404
    said = request.POST.get("said", "").replace("\x00", "").strip()
    outcome = said or request.POST.get("outcome", "").replace("\x00", "")

    def end(item: AgendaItem, by: Any, at: datetime) -> Any:
        return actions.end_item(item=item, by=by, at=at, outcome=outcome)

    return end


def _do(
    request: HttpRequest, shown: Session, verb: Callable[..., Any], **given: Any
) -> HttpResponse:
    try:
        verb(at=timezone.now(), **given)
    except Refused as no:
        shown.refresh_from_db()
        return _one(request, shown, no)
    return Redirect(_url(shown))


def _session(request: HttpRequest, slug: str, pk: int) -> Session:
    process = get_process(who(request), slug)
    found = queries.get_session(who(request), pk)
    if found.process_id != process.pk:
        raise Http404
    return found


def _url(session: Session) -> str:
    return reverse("refine-session", args=[session.process.slug, session.pk])
