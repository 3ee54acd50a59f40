"""`/settings/templates/`: ready answers, one's own and those of one's teams."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.errors import Forbidden, Invalid
from core.templating import render
from itsm.tickets.replies import actions, fields
from itsm.tickets.replies.models import ReplyTemplate
from people.forms import ActionForm
from people.models import Team, User
from people.pages.doors import page
from people.pages.settings import tabs
from people.roles import Role

HERE = "/settings/templates/"


class TemplateForm(ActionForm):
    """A ready answer."""

    name = forms.CharField(label=T("Name"), max_length=100)
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=T("For"),
        required=False,
        empty_label=T("Only me"),
        to_field_name="slug",
    )
    body = forms.CharField(
        label=T("What it says"),
        max_length=actions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    is_active = forms.BooleanField(label=T("In use"), required=False, initial=True)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams: Any = Team.objects.filter(is_active=True).order_by("name")
        if not by.has_role(Role.ADMINISTRATOR):
            teams = teams.filter(pk__in=by.led_team_ids)
        field: Any = self.fields["team"]
        field.queryset = teams
        if not teams:
            self.fields.pop("team")


@page("people.see")
def listing(request: HttpRequest) -> HttpResponse:
    """All that this person can use, their own first."""
    user: Any = request.user
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = actions.visible_to(user).filter(name__icontains=q)
    rows = rows.select_related("team").order_by("team__name", "name")
    found = sorted(rows[:500], key=lambda row: row.team_id is not None)
    told = {"tabs": tabs(user, "templates"), "rows": found, "q": q}
    return render(request, "settings/reply_templates.html", told)


@page("people.see")
def new(request: HttpRequest) -> HttpResponse:
    """One more."""
    user: Any = request.user
    form = TemplateForm(request.POST or None, by=user)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_reply_template(
                by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Added: %(name)s.") % {"name": row.name})
            return Redirect(HERE)
    return _form(request, form, None)


@page("people.see")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """One of them: to change where it is one's own or a team's that one leads."""
    user: Any = request.user
    row = actions.visible_to(user).select_related("team").filter(slug=slug).first()
    if row is None:
        raise Http404(_("There is no such row."))
    may = actions.owned_by(row, user)
    values = {n: getattr(row, n) for n in ("name", "body", "is_active")}
    values["team"] = row.team.slug if row.team else ""
    form = TemplateForm(request.POST or None, by=user, initial=values)
    if request.method == "POST" and not may:
        raise Forbidden(_("Only those who lead a team write its answers."))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_reply_template(
                reply_template=row, by=user, at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(HERE)
    return _form(request, form, row, may=may)


def _form(
    request: HttpRequest,
    form: TemplateForm,
    row: ReplyTemplate | None,
    *,
    may: bool = True,
) -> HttpResponse:
    user: Any = request.user
    if not may:
        for field in form.fields.values():
            field.disabled = True
    told = {
        "tabs": tabs(user, "templates"),
        "form": form,
        "row": row,
        "may": may,
        "known": [(name, fields.label(name)) for name in fields.TELLERS],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/reply_template.html", told, status=status)
