"""Settings, Routes and Delivery: pages for administrators."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid, Refused
from core.templating import render
from notify import failures
from notify.lanes import channel_of
from notify.models import Channel, Message, Route
from people import history
from people.delivery import actions, queries
from people.delivery.forms import RouteForm, kind_words, offered
from people.models import User
from people.pages.doors import page, who
from people.pages.settings import tabs

VERB = actions.VERB


@page(VERB)
def routes(request: HttpRequest) -> HttpResponse:
    """Every way out besides mail, and how it is doing."""
    rows = list(Route.objects.order_by("name"))
    titles = dict(offered())
    context = {
        "tabs": tabs(who(request), "routes"),
        "routes": [
            {
                "row": row,
                "kind": row.get_kind_display(),
                "host": actions.host_of(row),
                "is_room": channel_of(row.kind) == Channel.CHAT,
                "hears": [titles[name] for name in row.rules if name in titles],
                "why": failures.words(row.failure) if row.failure else "",
            }
            for row in rows
        ],
    }
    return render(request, "settings/routes.html", context)


@page(VERB)
def new_route(request: HttpRequest) -> HttpResponse:
    """First what kind, then its form."""
    kind = request.GET.get("kind", "")
    if kind not in Route.Kind.values:
        context = {"tabs": tabs(who(request), "routes"), "kinds": kind_words()}
        return render(request, "settings/route_kinds.html", context)
    form = RouteForm(request.POST or None, kind=kind)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = actions.create_route(
                    by=who(request), at=timezone.now(), kind=kind, **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Added: %(name)s.") % {"name": row.name})
                return Redirect(f"/settings/routes/{row.pk}/")
    return _form(request, form, kind, None, status)


@page(VERB)
def edit_route(request: HttpRequest, pk: int) -> HttpResponse:
    """One route: its fields, a test, a pause, what happened to it."""
    row = _route(pk)
    status = 200
    if request.method == "POST":
        form = RouteForm(request.POST, kind=row.kind, row=row)
        status = 422
        if form.is_valid():
            try:
                actions.change_route(
                    route=row, by=who(request), at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    else:
        form = RouteForm(kind=row.kind, row=row)
    return _form(request, form, row.kind, row, status)


def _form(
    request: HttpRequest, form: RouteForm, kind: str, row: Route | None, status: int
) -> HttpResponse:
    sent = Message.objects.filter(route=row).order_by("-pk") if row else None
    context = {
        "tabs": tabs(who(request), "routes"),
        "form": form,
        "row": row,
        "kind": Route.Kind(kind),
        "is_room": form.is_room,
        "host": actions.host_of(row) if row else "",
        "why": failures.words(row.failure) if row and row.failure else "",
        "lines": queries.lines(list(sent.select_related("user", "route")[:5]))
        if sent is not None
        else [],
        "history": history.of(row) if row else [],
    }
    return render(request, "settings/route.html", context, status=status)


@page(VERB)
def test_route(request: HttpRequest, pk: int) -> HttpResponse:
    """A message to try it out."""
    row = _route(pk)
    if request.method == "POST":
        try:
            actions.test_route(route=row, by=who(request), at=timezone.now())
        except Refused as no:
            messages.error(request, no.detail)
        else:
            said = _("A test is on its way; how it went stands below in a moment.")
            messages.success(request, said)
    return Redirect(f"/settings/routes/{row.pk}/#tests")


@page(VERB)
def pause_route(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause it, or let it go on."""
    row = _route(pk)
    if request.method == "POST":
        is_paused = request.POST.get("pause") == "1"
        actions.pause_route(
            route=row, by=who(request), at=timezone.now(), is_paused=is_paused
        )
        said = _("The route is paused.") if is_paused else _("The route goes on.")
        messages.success(request, said)
    return Redirect(f"/settings/routes/{row.pk}/")


def _route(pk: int) -> Route:
    row = Route.objects.filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such route."))
    return row


@page(VERB)
def delivery(request: HttpRequest) -> HttpResponse:
    """What is on its way, what failed and why, which addresses are paused."""
    at = timezone.now()
    wish = {
        "stands": request.GET.get("stands", ""),
        "channel": request.GET.get("channel", ""),
        "q": request.GET.get("q", "").replace("\x00", "").strip()[:100],
    }
    rows = queries.found(**wish)
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < 18
    lines, more = queries.page(rows, int(before) if is_id else None)
    paused = queries.paused()
    context = {
        "tabs": tabs(who(request), "delivery"),
        "standings": queries.standings(at),
        "at": at,
        "lines": lines,
        "total": rows.order_by().count(),
        "next": lines[-1].message.pk if more else None,
        "is_first": not is_id,
        "wish": wish,
        "channels": Channel.choices,
        "paused": [(one, failures.words(one.mail_failure)) for one in paused[:100]],
        "n_paused": paused.count(),
    }
    return render(request, "settings/delivery.html", context)


@page(VERB)
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """One that failed, again."""
    message = Message.objects.filter(pk=pk).first()
    if message is None:
        raise Http404(_("There is no such message."))
    if request.method == "POST":
        try:
            actions.send_again(message=message, by=who(request), at=timezone.now())
        except Refused as no:
            messages.error(request, no.detail)
        else:
            messages.success(request, _("It is sent again."))
    return _back()


@page(VERB)
def send_all_again(request: HttpRequest) -> HttpResponse:
    """All that failed on one channel, again."""
    channel = request.POST.get("channel", "")
    if request.method == "POST" and channel in Channel.values:
        n = actions.send_all_again(channel=channel, by=who(request), at=timezone.now())
        said = ngettext(
            "%(num)s message is sent again.", "%(num)s messages are sent again.", n
        )
        messages.success(request, said % {"num": n})
    return _back()


@page(VERB)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Send mail to this person again."""
    person: Any = User.objects.filter(pk=pk).first()
    if person is None:
        raise Http404(_("There is no such person."))
    if request.method == "POST":
        actions.release_address(user=person, by=who(request), at=timezone.now())
        said = _("Mail goes to %(name)s again. What failed can be sent again.")
        messages.success(request, said % {"name": person.name})
    return _back()


def _back() -> HttpResponse:
    return Redirect("/settings/delivery/")
