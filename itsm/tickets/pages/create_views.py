"""`/new/`: logging a ticket, also while somebody is on the phone.

One form. Its buttons either send it or ask for another look at it: find people, pick
one, change the type. Nothing typed is lost on the way.
"""

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from core.errors import Invalid
from core.once import sent_once
from core.templating import render
from itsm.tickets import actions
from itsm.tickets.drafts import actions as drafts
from itsm.tickets.drafts.places import NEW
from itsm.tickets.pages.create_form import NewForm
from itsm.tickets.pages.creating import create
from itsm.tickets.pages.ticket_composer import kept_words
from itsm.tickets.pages.uploads import sent_files
from itsm.tickets.queries import get_ticket
from itsm.tickets.states import Channel, TicketType
from itsm.tickets.subjects import url
from people import find
from people.models import User
from people.pages.doors import page
from people.policy import require

TEMPLATE = "itsm/tickets/create.html"
LOOKS = ("as", "find", "pick", "drop", "use", "put", "fill", "show")  # do not send
OWN = Channel.AGENT.value
PIECES = {
    "category": ("category", "priority", "beside", "count"),
    "priority": ("priority", "count"),
    "beside": ("beside", "count"),
    "count": ("count",),
}


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def new(request: HttpRequest, type_: str = "") -> HttpResponse:
    """The form, and what it sends."""
    user: Any = request.user
    type_ = type_ or request.POST.get("type", TicketType.INCIDENT)
    if type_ not in TicketType.values:
        raise Http404(_("There is no such type of ticket."))
    if request.method == "POST":
        require(user, "ticket.queue")
        return _posted(request, user, type_)
    if not user.is_staff:
        return redirect("portal-report")
    if "again" in request.GET:  # from the page that finds people: only to look
        return Redirect(url(get_ticket(user, str(request.GET["again"])).number))
    given = {"title", "q", "requester"} & request.GET.keys()
    first = {name: str(request.GET[name]) for name in given}
    if "pick" in request.GET:  # from the page that finds people
        first["requester"] = str(request.GET["pick"])
    if "kind" in request.GET:  # from the page of a kind of change
        first["kind"] = str(request.GET["kind"])
    form = _kept(user, type_, any_type=request.path == "/new/") if not first else None
    form = form or NewForm(type_, user, first)
    if "kind" in first:
        form.typed = form.extra.fill(form.typed)
    form.focus = "q" if form.is_call and not form.value("requester") else "title"
    return _show(request, form)


def _kept(user: User, type_: str, *, any_type: bool) -> NewForm | None:
    """The form as it was left and not sent."""
    draft = drafts.read(user, None, NEW)
    if draft is None or not (any_type or draft.fields.get("type") == type_):
        return None
    typed = {n: str(v) for n, v in draft.fields.items() if n not in {"once", "q"}}
    kind = typed.get("type", type_)
    form = NewForm(kind if kind in TicketType.values else type_, user, typed)
    form.kept = kept_words(draft.at)
    return form


def _posted(request: HttpRequest, user: User, type_: str) -> HttpResponse:
    typed = {name: str(request.POST[name]) for name in request.POST}
    form = NewForm(typed.get("type", type_), user, typed)
    if form.type not in TicketType.values:
        raise Http404(_("There is no such type of ticket."))
    if "again" in typed:
        return _called_again(request, user, typed)
    if any(name in typed for name in LOOKS):
        return _look(request, form, typed)
    at = timezone.now()
    try:
        files = sent_files(request)

        def work() -> str:
            number = create(form, at=at, files=files).number
            drafts.drop(by=user, ticket=None, form=NEW)
            return number

        number = sent_once(request, work, user_id=user.pk, at=at)
    except Invalid as no:
        form.errors = no.errors
        form.focus = next(iter(no.errors), "")
        return _show(request, form, status=422)
    return _opened(request, number, form)


def _called_again(
    request: HttpRequest, user: User, typed: dict[str, str]
) -> HttpResponse:
    """The caller's own open ticket, where it says that they called again."""
    ticket = get_ticket(user, typed["again"])
    came = typed.get("channel", OWN)
    channel = Channel.WALK_IN if came == Channel.WALK_IN else Channel.PHONE
    actions.called_again(ticket=ticket, by=user, at=timezone.now(), channel=channel)
    messages.success(request, _("Noted on %(n)s.") % {"n": ticket.number})
    return _on_to(request, ticket.number)


def _opened(request: HttpRequest, number: str, form: NewForm) -> HttpResponse:
    said = _("%(n)s is logged and solved.") if form.is_solved else _("%(n)s is logged.")
    messages.success(request, said % {"n": number})
    return _on_to(request, number)


def _on_to(request: HttpRequest, number: str) -> HttpResponse:
    """To the ticket, whichever way the form was sent."""
    address = url(number)
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(address)
    return Redirect(address)


def _look(request: HttpRequest, form: NewForm, typed: dict[str, str]) -> HttpResponse:
    """The same form with what a button asked for."""
    if typed.get("as") in TicketType.values:
        form.type, form.focus = typed["as"], "title"
    elif "pick" in typed:
        called = typed.get("channel", OWN) == OWN  # somebody is there after all
        channel = Channel.PHONE.value if called else typed["channel"]
        form.typed = {**typed, "requester": typed["pick"], "q": "", "channel": channel}
        form.focus = "title"
    elif "drop" in typed:
        form.typed = {**typed, "requester": ""}
        form.focus = "q"
    elif "use" in typed:
        form.typed = {**typed, "service": typed["use"]}
        form.focus = "service"
    elif "put" in typed:  # what was proposed for some of the practice's own fields
        own = {asked.name for asked in form.extra.fields}
        put = {n: v for n, v in parse_qsl(typed["put"]) if n in own}
        form.typed, form.focus = typed | put, next(iter(put), "title")
    elif "fill" in typed:
        form.typed, form.focus = form.extra.fill(typed), "title"
    elif "find" in typed:
        form.found, form.focus = find.find(typed.get("q", ""), by=form.by), "q"
    elif request.headers.get("HX-Request") and typed["show"] in PIECES:
        blocks = PIECES[typed["show"]]
        told = {"form": form, "shown": blocks[0]}
        return render(request, TEMPLATE, told, blocks=blocks)
    return _show(request, form)


def _show(request: HttpRequest, form: NewForm, status: int = 200) -> HttpResponse:
    """The page, or for htmx the form alone."""
    asked = bool(request.headers.get("HX-Request")) and request.method == "POST"
    answer = render(
        request,
        TEMPLATE,
        {"form": form, "found": form.found},
        block="form" if asked else None,
        status=status,
    )
    if asked:
        answer.headers["HX-Replace-Url"] = reverse("new-of", args=[form.type])
    return answer
