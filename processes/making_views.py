"""The page on which a process is made."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as T

from core.errors import Invalid
from core.once import sent_once
from core.templating import render
from people.forms import ActionForm, PersonField
from people.models import Team
from people.pages.doors import page, who
from processes import making


def team_field() -> Any:
    """The team that works on it, if one does."""
    return forms.ModelChoiceField(
        Team.objects.filter(is_active=True).order_by("name"),
        label=T("Team"),
        required=False,
        empty_label=T("None"),
        to_field_name="slug",
        help_text=T("Its people may draft and release versions, as the owner may."),
    )


def name_field() -> forms.CharField:
    """What it is called."""
    return forms.CharField(label=T("Name"), max_length=making.LONGEST["name"])


def purpose_field() -> forms.CharField:
    """What it is for."""
    return forms.CharField(
        label=T("Purpose"),
        max_length=making.LONGEST["purpose"],
        required=False,
        help_text=T("What it is for, in a sentence its customers would sign."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ProcessForm(ActionForm):
    """A new process."""

    name = name_field()
    purpose = purpose_field()
    owner = PersonField(
        label=T("Owner"),
        required=False,
        help_text=T("Their e-mail address; you, if nobody is named."),
    )
    team = team_field()


@page("process.make")
def new(request: HttpRequest) -> HttpResponse:
    """Make a process; its page is next."""
    form = ProcessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user, at = who(request), timezone.now()

        def make() -> str:
            return making.make_process(by=user, at=at, **form.cleaned_data).slug

        try:
            slug = sent_once(request, make, user_id=user.pk, at=at)
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            return Redirect(f"/processes/{slug}/")
    status = 422 if form.is_bound else 200
    return render(request, "processes/new.html", {"form": form}, status=status)
