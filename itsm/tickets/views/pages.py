"""The pages of saved views: saving one, changing it, and arranging one's strip."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import Invalid
from core.reader import gettext as _
from core.templating import render
from itsm.tickets import queue
from itsm.tickets.filters import narrow
from itsm.tickets.states import TicketType
from itsm.tickets.views import actions, queries
from itsm.tickets.views.counting import wish_for
from itsm.tickets.views.models import SavedView
from people.models import User
from people.pages.doors import elsewhere, page, who

FORM = "itsm/tickets/queue_view_form.html"
LIST = "itsm/tickets/queue_views.html"


@page("view.save")
def new(request: HttpRequest) -> HttpResponse:
    """Save a list under a name: the form, then the view."""
    user, at = who(request), timezone.now()
    sent = request.POST if request.method == "POST" else request.GET
    type_ = _type(sent.get("type", ""))
    query = sent.get("list", "")
    teams = actions.teams_for(user)
    told: dict[str, Any] = {
        "query": query,
        "type": type_,
        "teams": teams,
        "problem": "",
    }
    if request.method == "POST":
        team = next((t for t in teams if t.slug == sent.get("team")), None)
        try:
            view = actions.save(
                by=user,
                at=at,
                name=sent.get("name", ""),
                query=query,
                type=type_,
                team=team,
            )
        except Invalid as no:
            told |= {"problem": no.detail, "name": sent.get("name", "")}
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
            return elsewhere(request, _address(view))
    wish = wish_for(query, type_)
    told["chips"] = narrow(user, wish, at=at).chips
    told["view_label"] = queue.VIEWS[wish.view].label
    block = "dialog" if request.htmx else None  # type: ignore[attr-defined]
    status = 422 if told["problem"] else 200
    return render(request, FORM, told, block=block, status=status)


@page("view.save")
def arrange(request: HttpRequest) -> HttpResponse:
    """All views: one's strip in its order, and those of other teams to copy."""
    user, at = who(request), timezone.now()
    if request.method == "POST":
        _arrange(request, user)
        return Redirect("/queue/views/")
    strip = queries.strip(user)
    own = {view.pk for view in strip.views}
    rows = SavedView.objects.filter(actions.seen_by(user), deleted_at=None)
    rows = rows.select_related("team", "owner").order_by("team__name", "name")
    found = list(rows)
    saved = {f"v{v.pk}": v for v in found if v.pk in own}
    told = {
        "lines": _lines(strip, saved, user, at),
        "others": [v for v in found if v.pk not in own],
        "start": strip.start or "start",
        "removed": _removed(request, user),
    }
    return render(request, LIST, told)


@require_POST
@page("view.save")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, keep changes, remove, bring back or copy one view."""
    user, at = who(request), timezone.now()
    doing = request.POST.get("do", "")
    view = queries.get_view(user, pk, removed=doing == "restore")
    try:
        if doing == "rename":
            name = request.POST.get("name", "")
            actions.change(view=view, by=user, at=at, name=name)
        elif doing == "keep":
            query = request.POST.get("list", "")
            view = actions.change(view=view, by=user, at=at, query=query)
            messages.success(request, _("“%(name)s” is saved.") % {"name": view.name})
            return Redirect(_address(view))
        elif doing == "remove":
            actions.remove(view=view, by=user, at=at)
            return Redirect(f"/queue/views/?removed={view.pk}")
        elif doing == "restore":
            actions.restore(view=view, by=user, at=at)
        elif doing == "copy":
            view = actions.copy(view=view, by=user, at=at)
            return Redirect(_address(view))
    except Invalid as no:
        messages.error(request, no.detail)
    return Redirect("/queue/views/")


@page("view.save")
def late_counts(request: HttpRequest) -> HttpResponse:
    """Counts that nobody keeps, for a page that is there already: `?v=12,13`."""
    wanted = [int(v) for v in request.GET.get("v", "").split(",") if _is_id(v)]
    found = queries.late_counts(who(request), wanted, at=timezone.now())
    return render(request, "itsm/tickets/queue_counts.html", {"counts": found})


@require_POST
@page("view.save")
def look(request: HttpRequest) -> HttpResponse:
    """Columns and density: for all of one's lists, or in this list's address."""
    user, sent = who(request), request.POST
    type_, wanted = _type(sent.get("type", "")), sent.getlist("columns")
    density = sent.get("density", "")
    wish = wish_for(_with(sent), type_)
    if sent.get("for") == "this":
        columns = ",".join(c for c in wanted if c)
        return Redirect(wish.url(columns=columns, density=density))
    usual = sent.get("for") == "usual"
    actions.set_look(
        by=user, columns=[] if usual else wanted, density="" if usual else density
    )
    return Redirect(wish.url(columns="", density=""))


def _with(sent: QueryDict) -> QueryDict:
    asked = QueryDict(sent.get("list", ""), mutable=True)
    if sent.get("saved"):
        asked["saved"] = sent.get("saved", "")
    return asked


def _arrange(request: HttpRequest, user: User) -> None:
    """One button of the page: up, down, show, hide, start here."""
    strip = queries.strip(user)
    doing, _colon, key = request.POST.get("do", "").partition(":")
    keys = [line["key"] for line in _lines(strip, {}, user, None)]
    if key not in keys:
        return
    if doing in {"up", "down"}:
        place = keys.index(key)
        other = max(0, place - 1) if doing == "up" else min(len(keys) - 1, place + 1)
        keys.insert(other, keys.pop(place))
        actions.arrange(by=user, order=keys)
    elif doing in {"hide", "show"}:
        hidden = [k for k in strip.hidden if k != key]
        actions.arrange(by=user, hidden=[*hidden, key] if doing == "hide" else hidden)
    elif doing == "start":
        actions.arrange(by=user, start="" if key == "start" else key)


def _lines(strip: Any, saved: Any, user: User, at: Any) -> list[dict[str, Any]]:
    """Everything that can stand in the queue's strip, in this person's order."""
    lines = [
        {"key": v.slug, "label": v.label, "url": f"/queue/?view={v.slug}"}
        for v in queue.VIEWS.values()
    ]
    for found in strip.views:
        view = saved.get(found.key)
        line = {"key": found.key, "label": found.name, "url": found.url}
        line |= {"pk": found.pk, "team": found.team, "type": found.type}
        if view is not None:
            line["can_change"] = actions.may_change(view, user)
            line["stale"] = queries.stale(view, user, at=at)
        lines.append(line)
    rank = {key: place for place, key in enumerate(strip.order)}
    lines.sort(key=lambda line: rank.get(line["key"], len(rank)))
    return [{**line, "hidden": line["key"] in strip.hidden} for line in lines]


def _removed(request: HttpRequest, user: User) -> SavedView | None:
    """The view that was just taken away, for the way back."""
    pk = request.GET.get("removed", "")
    if not _is_id(pk):
        return None
    try:
        view = queries.get_view(user, int(pk), removed=True)
    except Http404:
        return None
    may = view.deleted_at is not None and actions.may_change(view, user)
    return view if may else None


def _address(view: SavedView) -> str:
    return wish_for(view.query, view.type).url(saved=str(view.pk))


def _type(text: str) -> str:
    return text if text in TicketType.values else ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
