"""An offering's prices in settings."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.views.decorators.http import require_POST

from core.errors import Invalid, Refused
from core.templating import render
from itsm.requests.catalogue import prices
from itsm.requests.catalogue.money import money
from itsm.requests.models import Price
from itsm.requests.pages import sections
from people.forms import ActionForm
from people.models import Organisation
from people.pages.doors import page, who

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PriceForm(ActionForm):
    """What it costs from a day on."""

    basis = forms.ChoiceField(
        label=T("How it is reckoned"), choices=Price.Basis.choices
    )
    amount = forms.DecimalField(
        label=T("Amount"), min_value=0, max_digits=10, decimal_places=2
    )
    currency = forms.ChoiceField(
        label=T("Currency"), choices=[(one, one) for one in prices.CURRENCIES]
    )
    plus_percent = forms.DecimalField(
        label=T("Put on it, in per cent"),
        required=False,
        min_value=0,
        max_value=999,
        decimal_places=2,
        help_text=T("Of cost plus a share only."),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(is_active=True).order_by("name"),
        label=T("For this organisation"),
        required=False,
        empty_label=T("All others"),
        help_text=T("Of a price by organisation only."),
    )
    valid_from = forms.DateField(label=T("From"), widget=DAY)
    valid_until = forms.DateField(label=T("Until"), widget=DAY, required=False)


@page("people.see")
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """All prices, what applies now, and a new one."""
    user, offering = who(request), sections.find(slug)
    today = timezone.localdate()
    form: PriceForm = PriceForm(initial={"valid_from": today, "currency": "EUR"})
    status = 200
    if request.method == "POST":
        form, status = PriceForm(request.POST), 422
        if form.is_valid():
            try:
                prices.add_price(
                    offering=offering, by=user, at=timezone.now(), **form.cleaned_data
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    context = sections.context(offering, user, "prices")
    context |= {"form": form, "lines": _lines(offering, today)}
    return render(request, "itsm/requests/prices.html", context, status=status)


def _lines(offering: Any, today: date) -> list[dict[str, Any]]:
    """One query; newest first."""
    rows = offering.prices.select_related("organisation")
    return [
        {
            "row": row,
            "amount": money(amount, row.currency),
            "of": money(row.amount, row.currency) if row.plus_percent else "",
            "stands": stands,
        }
        for row, amount, stands in prices.told(rows, on=today)
    ]


@require_POST
@page("people.see")
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Its last day is today; one that has not begun is taken back."""
    user, offering = who(request), sections.find(slug)
    try:
        prices.end_price(offering=offering, price=pk, by=user, at=timezone.now())
    except Invalid as no:
        messages.warning(request, no.detail)
    except Refused as no:
        if no.status == 403:
            raise
        messages.warning(request, no.detail)
    else:
        messages.success(request, _("Saved."))
    return Redirect(f"/settings/offerings/{offering.slug}/prices/")
