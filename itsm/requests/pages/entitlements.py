"""What people hold: one's own, a person's, a service's, and confirming it."""

from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import Forbidden, Refused
from core.templating import render
from itsm.requests.entitlements import giving, lists, reviewing
from itsm.requests.models import Entitlement
from people.models import Service, User
from people.pages.doors import page, who

LIST = "/entitlements/"


@require_safe
@page()
def listing(request: HttpRequest) -> HttpResponse:
    """Mine; for who works here also a person's and a service's."""
    user, at = who(request), timezone.now()
    person = _text(request, "person") if user.is_staff else ""
    service = _text(request, "service")
    which = request.GET.get("which", "") if user.is_staff else ""
    rows, title = _rows(user, person, service, which)
    count = rows.order_by().count()
    owes = lists.owed(user, at=at).count()
    context = {
        "title": title,
        "rows": list(rows[: lists.SIZE]),
        "count": count,
        "person": person,
        "service": service,
        "which": which,
        "services": _services(user),
        "owes": owes,
        "late": lists.unconfirmed(user, at=at).count() if user.is_staff else 0,
        "soon": at + lists.SOON,
        "at": at,
        "base": "base.html" if user.is_staff else "portal_base.html",
    }
    return render(request, "itsm/requests/entitlements/list.html", context)


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:254]


def _rows(
    user: User, person: str, service: str, which: str
) -> tuple[QuerySet[Entitlement], str]:
    """The rows that are asked for, and what they are called."""
    rows = lists.held(user).order_by("service__name", "person__name", "pk")
    if which == "late":
        return lists.unconfirmed(user, at=timezone.now()), _("Not confirmed in time")
    if which == "ending":
        ending = rows.filter(expires_at__isnull=False)
        return ending.order_by(F("expires_at").asc(), "pk"), _("With an end")
    if person:
        who_ = User.objects.filter(email__iexact=person).first()
        name = who_.name if who_ else person
        found = rows.filter(person__email__iexact=person)
        return found, _("What %(name)s holds") % {"name": name}
    if service:
        known = Service.objects.filter(slug=service).first()
        if known is None:
            raise Http404(_("There is no such service."))
        words = {"name": known.name}
        return rows.filter(service=known), _("Who uses %(name)s") % words
    return rows.filter(person=user), _("What I have")


def _services(user: User) -> list[tuple[str, str]]:
    """Services to look at: all for who works here, one's own for others."""
    rows = Service.objects.filter(is_active=True).order_by("name")
    if not user.is_staff:
        rows = rows.filter(owner=user)
    return list(rows.values_list("slug", "name"))


@page()
def confirm(request: HttpRequest) -> HttpResponse:
    """All that waits for this person's yes, on one page."""
    user, at = who(request), timezone.now()
    if request.method == "POST":
        decisions = {
            int(name.removeprefix("e-")): str(wish)
            for name, wish in request.POST.items()
            if name.startswith("e-") and name[2:].isascii() and name[2:].isdigit()
        }
        rest = "rest" in request.POST
        done = reviewing.review(decisions=decisions, by=user, at=at, rest=rest)
        kept = ngettext("%(num)s kept", "%(num)s kept", done.kept) % {"num": done.kept}
        ended = ngettext("%(num)s ended", "%(num)s ended", done.ended)
        said = f"{kept}, {ended % {'num': done.ended}}."
        messages.success(request, said)
        return Redirect(request.path)
    rows = list(lists.owed(user, at=at))
    context: dict[str, Any] = {
        "rows": rows,
        "at": at,
        "services": len({row.service_id for row in rows}),
        "owns": Service.objects.filter(owner=user).exists(),
        "base": "base.html" if user.is_staff else "portal_base.html",
    }
    return render(request, "itsm/requests/entitlements/confirm.html", context)


@require_POST
@page()
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The service's owner ends one."""
    user = who(request)
    held = lists.held(user).filter(pk=pk).first()
    if held is None:
        raise Http404(_("There is no such entitlement for you."))
    try:
        giving.end(entitlement=held, by=user, at=timezone.now())
    except Forbidden:
        raise
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, _("It has ended."))
    return Redirect(f"{LIST}?service={held.service.slug}")
