"""Building an offering's form: questions at the left, how they look at the right.

Every step is kept in the draft at once; what is asked changes when it is released. With
htmx only the pieces that changed come back; without, each button is a page.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, Refused
from core.templating import render
from itsm.requests.forms import (
    actions,
    asking,
    building,
    defaults,
    definition,
    faults,
    posted,
    queries,
)
from itsm.requests.forms.definition import Field, Garbled, Type
from itsm.requests.models import Form, Offering
from itsm.requests.pages import sections
from people import queries as visible
from people.models import User
from people.pages.doors import page, who

PAGE = "itsm/requests/questions.html"
LIMITS: Mapping[Type, tuple[Any, Any]] = {  # what the smallest and largest are of
    Type.TEXT: (T("At least, in characters"), T("At most, in characters")),
    Type.LONG_TEXT: (T("At least, in characters"), T("At most, in characters")),
    Type.NUMBER: (T("The smallest"), T("The largest")),
    Type.DATE: (T("Earliest, in days from the order"), T("Latest, in days")),
    Type.FILE: (T("At least so many files"), T("At most so many files")),
    Type.TABLE: (T("At least so many rows"), T("At most so many rows")),
}
Step = Callable[[list[Field]], list[Field]]


@require_safe
@page("people.see")
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft, or what is asked now; the versions before."""
    blocks = ("beside",) if request.headers.get("HX-Target") == "beside" else ()
    opened = request.GET.get("open", "")
    return _page(request, sections.find(slug), opened=opened, blocks=blocks)


def _page(
    request: HttpRequest,
    offering: Offering,
    *,
    opened: str = "",
    problem: str = "",
    blocks: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    user = who(request)
    draft, newest = queries.draft(offering), queries.newest(offering)
    fields = queries.fields(draft or newest)
    versions = Form.objects.filter(offering=offering).exclude(released_at=None)
    context = sections.context(offering, user, "questions")
    context |= {
        "draft": draft,
        "newest": newest,
        "fields": [_item(one, fields) for one in fields],
        "faults": faults.of(fields),
        "labels": {one.slug: one.label for one in fields},
        "preview": _preview(fields, user),
        "versions": list(versions.select_related("created_by").order_by("-number")),
        "types": [(one.value, one.label) for one in Type],
        "column_types": [(one.value, one.label) for one in definition.IN_TABLES],
        "opened": opened,
        "problem": problem,
    }
    return render(request, PAGE, context, blocks=blocks, status=status)


def _item(one: Field, fields: list[Field]) -> dict[str, Any]:
    """A question with what its own form offers."""
    earlier = fields[: fields.index(one)]
    other = next((e for e in earlier if one.when and e.slug == one.when.field), None)
    takes = definition.TAKES.get(one.type, ())
    return {
        "field": one,
        "earlier": [(e.slug, e.label) for e in earlier],
        "answers": other.choices if other else (),
        "takes": [(name, defaults.WORDS[name]) for name in takes],
        "limits": LIMITS.get(one.type),
        "columns": [*one.columns, None][: definition.MOST_COLUMNS],
    }


def _preview(fields: list[Field], user: User) -> list[asking.Question]:
    """As this person would be asked."""
    known = defaults.fill(fields, defaults.of_person(user))
    services: list[tuple[str, str]] = []
    if any(one.type == Type.SERVICE for one in fields):
        rows = visible.services(user).filter(is_active=True).order_by("name")
        services = list(rows.values_list("slug", "name"))
    typed = {posted.name(slug): value for slug, value in known.items()}
    day = timezone.localdate()
    return asking.ask(fields, asking.Page(typed=typed, services=services, day=day))


def _step(request: HttpRequest, offering: Offering, step: Step) -> str:
    """One step of building, kept in the draft; or why it is not possible."""
    sections.require(offering, who(request))
    now = queries.draft(offering) or queries.newest(offering)
    try:
        fields = step(queries.fields(now))
        actions.edit_form(
            offering=offering,
            by=who(request),
            at=timezone.now(),
            fields=definition.dump(fields),
        )
    except Garbled as wrong:
        return str(wrong)
    except Invalid as no:
        return no.detail
    return ""


def _answer(
    request: HttpRequest, offering: Offering, problem: str, opened: str, *blocks: str
) -> HttpResponse:
    """The pieces for htmx, the page otherwise."""
    if request.headers.get("HX-Request"):
        wanted = blocks or ("builder", "beside")
        return _page(request, offering, opened=opened, problem=problem, blocks=wanted)
    if problem:
        return _page(request, offering, opened=opened, problem=problem, status=422)
    there = f"/settings/offerings/{offering.slug}/questions/"
    return Redirect(f"{there}?open={opened}#f-{opened}" if opened else there)


@require_POST
@page("people.see")
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """One more question."""
    offering = sections.find(slug)
    kind, label = request.POST.get("type", ""), request.POST.get("label", "")[:200]
    made: list[str] = []

    def step(fields: list[Field]) -> list[Field]:
        found = building.add(fields, kind, label)
        made.append(found[-1].slug)
        return found

    problem = _step(request, offering, step)
    return _answer(request, offering, problem, made[-1] if made else "")


@require_POST
@page("people.see")
def change(request: HttpRequest, slug: str, field: str) -> HttpResponse:
    """A question as it was typed; the whole where its kind or condition changed."""
    offering = _with(slug, field)
    if "remove" in request.POST:
        problem = _step(request, offering, lambda all_: building.remove(all_, field))
        return _answer(request, offering, problem, "")
    typed = _typed(request.POST)
    problem = _step(request, offering, lambda all_: building.change(all_, field, typed))
    whole = request.headers.get("HX-Target") != "beside"
    return _answer(request, offering, problem, field, *(() if whole else ("beside",)))


def _typed(sent: QueryDict) -> dict[str, Any]:
    return {**sent.dict(), "is": sent.getlist("is")}


@require_POST
@page("people.see")
def move(request: HttpRequest, slug: str, field: str) -> HttpResponse:
    """A question at another place."""
    offering = _with(slug, field)
    to = request.POST.get("to", "")
    if not (to.isascii() and to.isdigit() and len(to) < 4):
        raise Http404(_("There is no such place."))
    problem = _step(request, offering, lambda all_: building.move(all_, field, int(to)))
    if request.headers.get("HX-Request"):  # the list has moved it already
        return _page(request, offering, problem=problem, blocks=("beside",))
    return _answer(request, offering, problem, "")


def _with(slug: str, field: str) -> Offering:
    """The offering, where its form has this question."""
    offering = sections.find(slug)
    now = queries.draft(offering) or queries.newest(offering)
    if not any(one.slug == field for one in queries.fields(now)):
        raise Http404(_("There is no such question."))
    return offering


@require_POST
@page("people.see")
def release(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the draft from now on, or throw it away."""
    offering = sections.find(slug)
    by, at = who(request), timezone.now()
    try:
        if "discard" in request.POST:
            actions.discard_form(offering=offering, by=by, at=at)
            messages.info(request, _("The draft is discarded."))
        else:
            form = actions.release_form(offering=offering, by=by, at=at)
            said = _("Version %(n)s is asked from now on.")
            messages.success(request, said % {"n": form.number})
    except Refused as no:
        if no.status == 403:
            raise
        return _page(request, offering, problem=no.detail, status=no.status)
    return Redirect(f"/settings/offerings/{offering.slug}/questions/")
