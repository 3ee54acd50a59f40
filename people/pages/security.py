"""Settings that say how people sign in."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.templating import render
from people import history, sign_on
from people.forms import SignOnForm
from people.models import SignOn, User
from people.pages.doors import page
from people.pages.settings import tabs
from people.pages.sign_in import callback_url
from people.second_step import reset_second_step


@page("people.change")
def provider(request: HttpRequest) -> HttpResponse:
    """The OpenID Connect provider; its secret goes in and never comes out."""
    user: Any = request.user
    row = SignOn.objects.first()
    form = SignOnForm(request.POST or None, row=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sign_on.save_sign_on(by=user, at=timezone.now(), **form.given())
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
    context = {
        "tabs": tabs(user, "sign-on"),
        "form": form,
        "row": row,
        "callback": callback_url(),
        "history": history.of(row) if row else [],
    }
    return render(request, "settings/sign_on.html", context, status=status)


@page("people.change")
def forget_second_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody lost phone and key: their password alone signs them in again."""
    user: Any = request.user
    person = _person(pk)
    if request.method == "POST":
        reset_second_step(user=person, by=user, at=timezone.now())
        messages.success(request, _("Their second step is taken away."))
    return Redirect(f"/settings/people/{person.pk}/")


@page("people.change")
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """The provider's account is no longer this person's."""
    user: Any = request.user
    person = _person(pk)
    if request.method == "POST":
        sign_on.unlink_sign_on(user=person, by=user, at=timezone.now())
        messages.success(request, _("They are recognised anew when they sign in."))
    return Redirect(f"/settings/people/{person.pk}/")


def _person(pk: int) -> User:
    person = User.objects.filter(pk=pk).first()
    if person is None:
        raise Http404(_("There is no such person."))
    return person
