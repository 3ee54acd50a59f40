"""The pages of increments: the list of a process, and one with its release."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backlog.increments import actions, queries
from backlog.increments.forms import IncrementForm, decision_of
from backlog.increments.models import Increment
from backlog.standing import allows_on, get_process, require_on
from core import slots
from core.errors import Invalid, Refused
from core.templating import render
from people.pages.doors import page, who

STORIES, PARTS = "increment.stories", "increment.parts"  # slots of its page


@require_safe
@page()
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """All of a process: what is being filled, and what was released."""
    user = who(request)
    process = get_process(user, slug)
    rows = list(queries.listed(process, user))
    context = {
        "process": process,
        "open": [row for row in rows if row.state in actions.OPEN],
        "released": [r for r in rows if r.state == Increment.State.RELEASED][::-1],
        "may_plan": allows_on(user, actions.PLAN, process),
    }
    return render(request, "backlog/increments/list.html", context)


@page()
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan one."""
    user = who(request)
    process = get_process(user, slug)
    require_on(user, actions.PLAN, process)
    form = IncrementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.plan_increment(
                process=process, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            _put(form, no)
        else:
            return Redirect(reverse("increment", args=[made.pk]))
    context = {"process": process, "form": form, "increment": None}
    status = 422 if form.errors else 200
    return render(request, "backlog/increments/form.html", context, status=status)


@page()
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change its words."""
    user = who(request)
    increment = queries.get_increment(user, pk)
    require_on(user, actions.PLAN, increment.process)
    was = {name: getattr(increment, name) for name in actions.TEXTS}
    form = IncrementForm(request.POST or None, initial=was)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_increment(
                increment=increment,
                by=user,
                at=timezone.now(),
                given=form.cleaned_data,
            )
        except Invalid as no:
            _put(form, no)
        else:
            return Redirect(reverse("increment", args=[pk]))
    context = {"process": increment.process, "form": form, "increment": increment}
    status = 422 if form.errors else 200
    return render(request, "backlog/increments/form.html", context, status=status)


@require_safe
@page()
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One increment: its stories, its definition of done, its release."""
    return _one(request, queries.get_increment(who(request), pk))


def _one(
    request: HttpRequest,
    increment: Increment,
    problem: Refused | None = None,
    decision: Form | None = None,
) -> HttpResponse:
    user = who(request)
    process = increment.process
    is_open = increment.state in actions.OPEN
    may_release = allows_on(user, actions.RELEASE, process)
    context: dict[str, Any] = {
        "process": process,
        "increment": increment,
        "is_open": is_open,
        "done": queries.done_of(increment) if user.is_staff else [],
        "may_plan": is_open and allows_on(user, actions.PLAN, process),
        "may_edit": actions.verbs(increment) and allows_on(user, actions.PLAN, process),
        "may_release": is_open and may_release,
        "decision": decision or decision_of(increment),
        "problem": problem,
        "stories": slots.filled(STORIES, increment, user),
        "parts": slots.filled(PARTS, increment, user),
        "happened": queries.happened(increment) if user.is_staff else [],
    }
    status = problem.status if problem else 200
    return render(request, "backlog/increments/increment.html", context, status=status)


@require_POST
@page()
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Up or down the map; back to where it was asked."""
    user = who(request)
    increment = queries.get_increment(user, pk)
    to = request.POST.get("to", "")
    place = int(to[:4]) if to.isascii() and to.isdigit() else 0
    actions.move_increment(increment=increment, by=user, at=timezone.now(), to=place)
    return Redirect(reverse("increments", args=[increment.process.slug]))


@require_POST
@page()
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a sentence holds, or that it does not."""
    sentence = request.POST.get("sentence", "")
    holds = request.POST.get("holds") == "1"
    return _do(request, pk, actions.check_done, sentence=sentence, holds=holds)


@require_POST
@page()
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide when, how and to whom."""
    increment = queries.get_increment(who(request), pk)
    form = decision_of(increment, request.POST)
    if not form.is_valid():
        return _one(request, increment, _faults(form), form)
    try:
        actions.decide(
            increment=increment, by=who(request), at=timezone.now(), **form.cleaned_data
        )
    except Invalid as no:
        _put(form, no)
        return _one(request, increment, no, form)
    messages.success(request, _("The decision is recorded."))
    return Redirect(reverse("increment", args=[pk]))


@require_POST
@page()
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release it now."""
    return _do(request, pk, actions.release, said=_("Released."))


def _do(
    request: HttpRequest,
    pk: int,
    verb: Callable[..., Increment],
    said: str = "",
    **given: Any,
) -> HttpResponse:
    """One verb; a refusal stands on the page, with everything as it was."""
    user = who(request)
    increment = queries.get_increment(user, pk)
    try:
        verb(increment=increment, by=user, at=timezone.now(), **given)
    except Refused as no:
        increment.refresh_from_db()
        return _one(request, increment, no)
    if said:
        messages.success(request, said)
    return Redirect(reverse("increment", args=[pk]))


def _faults(form: Form) -> Invalid:
    errors = form.errors.get_json_data()
    return Invalid(
        {n: [one["message"] for one in found] for n, found in errors.items()}
    )


def _put(form: Form, no: Invalid) -> None:
    """What an action found wrong, under the field it is about."""
    for name, found in no.errors.items():
        form.add_error(name if name in form.fields else None, found)
