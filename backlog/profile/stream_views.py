"""The pages of the value stream: by hand, and as the log proposes it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backlog.profile import proposing, queries, stream
from backlog.profile.forms import StepForm
from backlog.profile.models import StreamStep
from backlog.standing import get_process, require_on
from core.errors import Invalid
from core.templating import render
from people.pages.doors import page, who
from processes.models import Process

SEE = "process.see"
BLANK = 3  # lines to fill in below the last
Steps: Any = forms.formset_factory(
    StepForm,
    extra=BLANK,
    can_delete=True,
    can_order=True,
    max_num=stream.MOST_STEPS + BLANK,
)


def _mine(request: HttpRequest, slug: str) -> Process:
    process = get_process(who(request), slug)
    require_on(who(request), "backlog.describe", process)
    return process


@page(SEE)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw it by hand: a line a step; an empty name leaves the line out."""
    user, process, at = who(request), _mine(request, slug), timezone.now()
    form = _formset(request, queries.steps(process))
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        steps = _given(form)
        try:
            stream.draw_stream(process=process, by=user, at=at, steps=steps)
        except Invalid as no:
            problems = [one for found in no.errors.values() for one in found]
        else:
            messages.success(request, _("Saved."))
            return Redirect(f"/processes/{slug}/#stream")
    context = {"process": process, "form": form, "problems": problems}
    status = 422 if form.is_bound else 200
    return render(request, "backlog/profile/stream.html", context, status=status)


def _formset(request: HttpRequest, steps: list[StreamStep]) -> Any:
    names = (*StepForm.base_fields,)
    initial = [{name: _typed(getattr(step, name)) for name in names} for step in steps]
    return Steps(request.POST or None, initial=initial, prefix="step")


def _typed(value: Any) -> Any:
    """A number as one types it: 12, not 12.0."""
    is_whole = isinstance(value, Decimal) and value == int(value)
    return int(value) if is_whole else value


def _given(form: Any) -> list[dict[str, Any]]:
    """The lines that say something, in the order that was typed."""
    lines = []
    for place, one in enumerate(form.forms, 1):
        values = dict(one.cleaned_data)
        order, gone = values.pop("ORDER", None), values.pop("DELETE", False)
        is_blank = not values.get("name") and not (
            values.get("process_minutes") or values.get("waiting_minutes")
        )
        if not gone and not is_blank:
            one.cleaned_data = values
            lines.append((place if order is None else order, place, one.given()))
    return [given for _order, _place, given in sorted(lines, key=lambda one: one[:2])]


@page(SEE)
def propose(request: HttpRequest, slug: str) -> HttpResponse:
    """What the log proposes beside what is drawn; a person takes it over."""
    user, process, at = who(request), _mine(request, slug), timezone.now()
    problem = ""
    if request.method == "POST":
        try:
            proposing.take_over(
                process=process,
                by=user,
                at=at,
                states=request.POST.getlist("state"),
                as_of=_as_of(request, at),
            )
        except Invalid as no:
            problem = no.detail
        else:
            messages.success(request, _("Taken over from the log."))
            return Redirect(f"/processes/{slug}/#stream")
    found = proposing.propose(user, process, at=at)
    drawn = queries.steps(process)
    context = {
        "process": process,
        "proposal": found,
        "total": stream.total(found.usual) if found else None,
        "steps": drawn,
        "drawn": stream.total(drawn),
        "problem": problem,
        "days": proposing.PERIOD.days,
    }
    status = 422 if problem else 200
    return render(request, "backlog/profile/propose.html", context, status=status)


def _as_of(request: HttpRequest, at: datetime) -> datetime:
    try:
        found = parse_datetime(request.POST.get("as_of", ""))
    except ValueError:
        found = None
    return found if found is not None and found.tzinfo is not None else at
