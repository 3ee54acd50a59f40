"""One offering in settings: what it is, who may order it, its picture."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Invalid, Refused
from core.templating import render
from itsm.requests import actions
from itsm.requests.catalogue import pictures
from itsm.requests.pages import sections
from itsm.requests.settings import OfferingForm
from itsm.tickets.pages.uploads import sent_files
from people import history
from people.pages.doors import page, who


@page("people.see")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, for those who may change it; readable for staff."""
    user, offering = who(request), sections.find(slug)
    form, status = OfferingForm(row=offering), 200
    if request.method == "POST":
        sections.require(offering, user)
        form, status = OfferingForm(request.POST, row=offering), 422
        if form.is_valid():
            try:
                actions.change_offering(
                    offering=offering, by=user, at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    return _page(request, offering, form, status)


def _page(
    request: HttpRequest,
    offering: Any,
    form: OfferingForm,
    status: int = 200,
    why: str = "",
) -> HttpResponse:
    user = who(request)
    context = sections.context(offering, user, "")
    if not context["may"]:
        for field in form.fields.values():
            field.disabled = True
    context |= {
        "form": form,
        "row": offering,
        "picture": pictures.url(offering),
        "problem": why,
        "history": history.of(offering) if context["may"] else [],
    }
    return render(request, "itsm/requests/offering.html", context, status=status)


@require_POST
@page("people.see")
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """Another picture, or none."""
    user, offering = who(request), sections.find(slug)
    at = timezone.now()
    try:
        if "remove" in request.POST:
            pictures.remove_picture(offering=offering, by=user, at=at)
        else:
            files = sent_files(request, "picture")
            if len(files) != 1:
                raise Invalid({"picture": [_("Choose a picture first.")]})
            pictures.set_picture(offering=offering, by=user, at=at, file=files[0])
    except Refused as no:
        form = OfferingForm(row=offering)
        return _page(request, offering, form, no.status, no.detail)
    messages.success(request, _("Saved."))
    return Redirect(f"/settings/offerings/{offering.slug}/#picture")
