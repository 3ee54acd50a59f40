"""Pages of the catalogue. Everything a person can do here is one domain call."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, Refused
from core.once import sent_once
from core.templating import render
from itsm.portal import actions, drafts
from itsm.portal.forms import OrderForm
from itsm.portal.ordering import cards, state
from itsm.portal.ordering.state import OrderPage
from itsm.requests.catalogue import counting, pictures, prices, recurring, rights
from itsm.requests.forms import posted, queries
from itsm.requests.forms.definition import Type
from itsm.requests.models import Offering
from itsm.tickets.pages.uploads import sent_files
from people.pages.doors import page, who


@require_safe
@page()
def catalogue(request: HttpRequest) -> HttpResponse:
    """All that can be ordered, on its shelves; or what fits some words."""
    user = who(request)
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = cards.cards(user, at=timezone.now())
    all_shelves = cards.shelves(found)
    chosen = request.GET.get("shelf", "")
    shown = [s for s in all_shelves if s.slug == chosen] if chosen else all_shelves
    context = {
        "shelves": all_shelves,
        "shown": shown if not wanted else (),
        "hits": cards.called(found, wanted) if wanted else (),
        "total": len(found),
        "wanted": wanted,
        "chosen": chosen,
        "again": recurring.visible_to(user).filter(ended_at=None).exists(),
    }
    block = "found" if request.headers.get("HX-Target") == "found" else None
    return render(request, "itsm/portal/catalogue.html", context, block=block)


@page()
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """One thing of the catalogue: what you get, who has to say yes, and the order."""
    user, at = who(request), timezone.now()
    offering = _offering(user, slug)
    kept = drafts.typed(user, drafts.of_order(slug))
    if request.method != "POST":
        source = {**kept, **{n: v for n, v in request.GET.items() if n == "for"}}
        shown, wrong = _begin(offering, user, source, at)
        shown.problem = wrong or shown.problem
        return _page(request, shown, OrderForm(initial=kept), kept.get("said", ""))
    shown, wrong = _begin(offering, user, request.POST, at)
    form = OrderForm(request.POST)
    if "more" in request.POST and request.POST["more"].startswith(posted.OURS):
        shown.more = request.POST["more"].removeprefix(posted.OURS)
        return _page(request, shown, form)
    if form.is_valid() and not wrong and not shown.new:
        try:
            number = _order(request, shown, form)
        except Invalid as no:
            shown.refuse(no)
        except Refused as no:
            wrong = no.detail
        else:
            messages.success(request, _("Ordered: %(n)s.") % {"n": number})
            return Redirect(_onward(user, number))
    shown.problem = wrong or shown.problem
    return _page(request, shown, form, status=422)


def _onward(user: Any, number: str) -> str:
    return reverse("portal-ticket", args=[number])


def _begin(
    offering: Offering, user: Any, source: Any, at: Any
) -> tuple[OrderPage, str]:
    """The page, and what is wrong with whom it is for."""
    try:
        return state.begin(offering, user, source=source, at=at), ""
    except Invalid as no:
        mine = {name: source[name] for name in source if name != "for"}
        return state.begin(offering, user, source=mine, at=at), no.detail


def _offering(user: Any, slug: str) -> Offering:
    """What they may look at, for themselves or for who reports to them."""
    rows = Offering.objects.filter(is_active=True, slug=slug)
    rows = rows.select_related("service__owner", "approver", "category", "needs")
    rows = rows.annotate(colleagues=counting.colleagues(user))
    offering = rows.prefetch_related(prices.with_prices()).first()
    people = [user, *state.reports(user)]
    sees = offering is not None and (
        user.is_staff or any(rights.is_for(offering, one) for one in people)
    )
    if offering is None or not sees:
        raise Http404(_("Nothing of that name is offered to you."))
    return offering


def _order(request: HttpRequest, shown: OrderPage, form: OrderForm) -> str:
    """The number of what was ordered, now or when the same form came before."""
    fields = queries.fields(shown.form)
    answers: dict[str, Any] = posted.read(fields, shown.typed)
    for one in fields:
        if one.type == Type.FILE:
            answers[one.slug] = sent_files(request, posted.name(one.slug))
    every = request.POST.get("every", "")
    given = {
        "offering": shown.offering,
        "description": form.cleaned_data["more"],
        "answers": answers,
        "form": _number(request.POST.get("version", "")),
        "requester": shown.person,
        "agreed": _amount(request.POST.get("agreed", "")),
        "every_months": _number(every),
        "files": sent_files(request),
    }

    def work() -> str:
        return actions.order(by=shown.by, at=shown.at, **given).number

    return sent_once(request, work, user_id=shown.by.pk, at=shown.at)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _page(
    request: HttpRequest,
    shown: OrderPage,
    form: OrderForm,
    kept: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "page": shown,
        "offering": shown.offering,
        "form": form,
        "draft": drafts.of_order(shown.offering.slug),
        "kept": kept,
        "reports": (reports := state.reports(shown.by)),
        "whom": [(one.email, one.name) for one in reports],
        "every": recurring.EVERY if shown.offering.can_recur else (),
        "typed_every": request.POST.get("every", ""),
        **shown.facts(),
    }
    return render(request, "itsm/portal/order.html", context, status=status)


@require_safe
@page()
def picture(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An offering's picture, for who may look at it."""
    user = who(request)
    return pictures.serve(_offering(user, slug), request.GET.get("v", ""))


@require_safe
@page()
def again(request: HttpRequest) -> HttpResponse:
    """The orders that come again: those that run, and the last that ended."""
    rows = recurring.visible_to(who(request))
    rows = rows.select_related("offering", "requester", "by")
    context = {
        "running": list(rows.filter(ended_at=None).order_by("next_on", "pk")[:200]),
        "ended": list(rows.exclude(ended_at=None).order_by("-ended_at")[:20]),
    }
    return render(request, "itsm/portal/again.html", context)


@require_POST
@page()
def end_again(request: HttpRequest, pk: int) -> HttpResponse:
    """It does not come again."""
    user = who(request)
    found = recurring.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such order for you."))
    try:
        recurring.end(recurring=found, by=user, at=timezone.now())
    except Refused as no:
        messages.warning(request, no.detail)
    else:
        messages.success(request, _("It does not come again."))
    return Redirect(reverse("portal-again"))
