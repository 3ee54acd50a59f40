"""Tasks: the lists, and one of them, for whoever does it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, Refused
from core.templating import render
from itsm.requests.fulfilment import answering, lists
from itsm.requests.models import Task
from itsm.tickets.checklist import actions
from people.models import Team, User
from people.pages.doors import page, who

MOST_PAGES = 200


@require_safe
@page("ticket.queue")
def listing(request: HttpRequest) -> HttpResponse:
    """My teams', mine, late, failed; five queries."""
    user, at = who(request), timezone.now()
    tab = request.GET.get("tab", "teams")
    if tab not in lists.TABS:
        raise Http404(_("There is no such page."))
    team = request.GET.get("team", "").replace("\x00", "")[:50]
    number = _page(request)
    found, more = lists.lines(user, tab, at=at, page=number, team=team)
    counted = lists.counts(user, at=at)
    context = {
        "lines": found,
        "tabs": _tabs(tab, counted),
        "tab": tab,
        "count": counted[tab],
        "team": team,
        "teams": _teams(user),
        "first": number * lists.SIZE + 1,
        "next": f"?tab={tab}&team={team}&page={number + 1}" if more else "",
        "previous": f"?tab={tab}&team={team}&page={number - 1}" if number else "",
        "at": at,
    }
    return render(request, "itsm/requests/tasks/list.html", context)


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "0")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 4
    return min(int(asked), MOST_PAGES) if is_number else 0


def _tabs(tab: str, counted: dict[str, int]) -> list[dict[str, Any]]:
    words = {
        "teams": _("My teams'"),
        "mine": _("Mine"),
        "late": _("Late"),
        "failed": _("Failed by themselves"),
    }
    return [
        {
            "label": words[name],
            "url": f"?tab={name}",
            "count": counted[name],
            "current": name == tab,
        }
        for name in lists.TABS
    ]


def _teams(user: User) -> list[tuple[str, str]]:
    rows = Team.objects.filter(memberships__user=user).order_by("name")
    return list(rows.values_list("slug", "name"))


@require_safe
@page("ticket.queue")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A task with all that is needed to do it."""
    return _show(request, _get(who(request), pk))


def _show(
    request: HttpRequest, task: Task, problem: str = "", status: int = 200
) -> HttpResponse:
    user, at = who(request), timezone.now()
    is_hidden = bool(lists.hidden([task], user))
    is_open = task.done_at is None and not task.waived_reason
    stages = Task.objects.filter(ticket_id=task.ticket_id, stage__gt=0)
    context = {
        "task": task,
        "line": lists.of(task, at=at, is_hidden=is_hidden),
        "automatic": getattr(task, "automatic", None),
        "is_open": is_open,
        "is_turn": not task.stage or task.begun_at is not None,
        "stages": len(set(stages.values_list("stage", flat=True))),
        "is_mine": task.assignee_id == user.pk,
        "problem": problem,
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "itsm/requests/tasks/task.html", context, status=status)


def _get(user: User, pk: int) -> Task:
    """The one getter."""
    rows = Task.objects.visible_to(user).select_related(
        *("ticket", "ticket__requester", "ticket__owner", "ticket__team"),
        *("team", "assignee", "done_by", "automatic"),
    )
    found: Task | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such task for you."))
    return found


@require_POST
@page("ticket.queue")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """What the button says: done, waive, retry, take, leave."""
    user, at = who(request), timezone.now()
    task = _get(user, pk)
    try:
        said = _do(request, task, user, at)
    except Refused as refused:
        said = _sentence(refused)
        return _show(request, _get(user, pk), said, refused.status)
    messages.success(request, said)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("task", args=[pk])
    return Redirect(back)


def _do(request: HttpRequest, task: Task, user: User, at: datetime) -> str:
    form = request.POST
    common: dict[str, Any] = {"ticket": task.ticket, "task": task.pk}
    common |= {"by": user, "at": at}
    if "waive" in form:
        actions.waive_task(**common, reason=form.get("reason", ""))
        return _("The step is waived.")
    if "retry" in form:
        answering.retry(task=task, by=user, at=at)
        return _("It is called again.")
    if "take" in form or "leave" in form:
        mine = user if "take" in form else None
        actions.change_task(**common, given={"assignee": mine})
        return _("It is yours.") if mine else _("It is the team's again.")
    actions.finish_task(**common)
    return _("Done.")


def _sentence(refused: Refused) -> str:
    if isinstance(refused, Invalid):
        return " ".join(one for some in refused.errors.values() for one in some)
    return refused.detail
