"""Ordering that somebody joins, moves or leaves: first what changes, then the order."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.errors import Invalid
from core.templating import render
from itsm.requests.actions import order
from itsm.requests.fulfilment import bundles, laying
from itsm.requests.models import Offering, Profile
from people.forms import ActionForm, PersonField
from people.pages.doors import page, who


class BundleForm(ActionForm):
    """What, for whom, into which job."""

    offering = forms.ModelChoiceField(
        Offering.objects.filter(is_active=True).exclude(bundle="").order_by("name"),
        label=T("What happens"),
        to_field_name="slug",
        empty_label=T("Choose"),
    )
    person = PersonField(label=T("Who"))
    profile = forms.ModelChoiceField(
        Profile.objects.filter(is_active=True).order_by("name"),
        label=T("New job"),
        to_field_name="slug",
        required=False,
        empty_label=T("None"),
        help_text=T("Of who joins or moves; who leaves needs none."),
    )
    description = forms.CharField(
        label=T("What is worth knowing"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@page("bundle.order")
def new(request: HttpRequest) -> HttpResponse:
    """Look at the difference, then order it; nothing is ordered by looking."""
    asked = request.POST if request.method == "POST" else request.GET
    form = BundleForm(asked if asked.get("offering") else None)
    if not form.is_bound or not form.is_valid():
        return _show(request, form, None, 422 if request.method == "POST" else 200)
    given = form.cleaned_data
    person = given["person"]
    user, at = who(request), timezone.now()
    try:
        found = bundles.check(given["offering"], person, given["profile"], by=user)
        if request.method == "POST":
            ticket = order(
                offering=given["offering"],
                by=user,
                at=at,
                requester=person,
                title=_title(given["offering"], person.name),
                description=given["description"],
                profile=given["profile"],
            )
            messages.success(request, _("Ordered as %(n)s.") % {"n": ticket.number})
            return Redirect(f"/requests/{ticket.number}/plan/")
    except Invalid as no:
        errors = dict(no.errors)
        if "requester" in errors:
            errors["person"] = errors.pop("requester")
        form.add_refusal(errors)
        return _show(request, form, None, 422 if request.method == "POST" else 200)
    return _show(request, form, _preview(given["offering"], found))


def _title(offering: Offering, name: str) -> str:
    return f"{offering.name}: {name}"[:200]


def _preview(offering: Offering, found: bundles.Difference) -> dict[str, Any]:
    """What would be given, taken and kept, and by which steps."""
    planned = laying.plan(offering, found.gives, found.takes)
    return {
        "former": found.former,
        "gives": found.gives,
        "takes": found.takes,
        "keeps": found.keeps,
        "steps": len(planned),
        "stages": len({one.stage for one in planned}),
        "teams": len({one.team for one in planned} - {None}),
    }


def _show(
    request: HttpRequest, form: BundleForm, preview: Any, status: int = 200
) -> HttpResponse:
    context = {"form": form, "preview": preview}
    return render(request, "itsm/requests/bundle.html", context, status=status)
