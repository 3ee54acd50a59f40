"""The pages on which a process is described. The process's own page shows it all."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backlog.profile import actions, queries
from backlog.profile.forms import DescribeForm
from backlog.profile.parts import PARTS, STATEMENTS, Part
from backlog.standing import allows_on, get_process, profile_of, require_on
from core.errors import Invalid
from core.once import sent_once
from core.templating import render
from people.pages.doors import page, who
from processes import making
from processes.models import Process

SEE = "process.see"


@page(SEE)
def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is for, whose it is, how its backlog is kept."""
    user = who(request)
    process = _mine(request, slug)
    form = DescribeForm(
        request.POST or None,
        process=process,
        profile=profile_of(process),
        may_give=making.may_give(user, process),
    )
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            actions.describe(process=process, by=user, at=at, **form.cleaned_data)
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(_home(process))
    context = {"process": process, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "backlog/profile/describe.html", context, status=status)


@page(SEE)
def listing(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """One list of its profile; whoever describes the process adds to it here."""
    user, process, kind = who(request), get_process(who(request), slug), PARTS[part]
    may = queries.may_describe(user, process)
    form = _form(request, kind, process) if may else None
    if request.method == "POST":
        require_on(user, "backlog.describe", process)
        if (
            form is not None
            and form.is_valid()
            and _added(request, kind, process, form)
        ):
            return Redirect(f"{_home(process)}{part}/")
    context = {
        "process": process,
        "part": kind,
        "rows": kind.rows(user, process),
        "form": form,
        "faults": queries.faults,
        "held": queries.held(process) if kind is STATEMENTS else None,
        "is_told": allows_on(user, "stakeholder.opinion", process),
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "backlog/profile/list.html", context, status=status)


def _added(request: HttpRequest, kind: Part, process: Process, form: Any) -> bool:
    """Add it, once; a refusal stands in the form."""
    user, at = who(request), timezone.now()

    def add() -> str:
        row = kind.add(process=process, by=user, at=at, **form.given())
        return str(row.pk)

    try:
        sent_once(request, add, user_id=user.pk, at=at)
    except Invalid as no:
        form.add_refusal(no.errors)
        return False
    messages.success(request, _("Added."))
    return True


@page(SEE)
def one(request: HttpRequest, slug: str, part: str, pk: int) -> HttpResponse:
    """One of them: change it, or take it out."""
    user, process, kind = who(request), _mine(request, slug), PARTS[part]
    row = queries.part(kind.model, process, pk)
    if row is None:
        raise Http404(_("There is no such line."))
    known: dict[str, Any] = {kind.one: row, "by": user, "at": timezone.now()}
    if request.method == "POST" and "remove" in request.POST:
        kind.remove(**known)
        messages.success(request, _("Taken out."))
        return Redirect(f"{_home(process)}{part}/")
    form = _form(request, kind, process, row)
    if request.method == "POST" and form.is_valid():
        try:
            kind.change(**known, **form.given())
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(f"{_home(process)}{part}/")
    context = {"process": process, "part": kind, "row": row, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "backlog/profile/one.html", context, status=status)


def _form(request: HttpRequest, kind: Part, process: Process, row: Any = None) -> Any:
    is_told = allows_on(who(request), "stakeholder.opinion", process)
    sent = request.POST if request.method == "POST" else None
    return kind.form(sent, process=process, row=row, is_told=is_told)


def _mine(request: HttpRequest, slug: str) -> Process:
    """A process that is theirs to describe."""
    process = get_process(who(request), slug)
    require_on(who(request), "backlog.describe", process)
    return process


def _home(process: Process) -> str:
    return f"/processes/{process.slug}/"
