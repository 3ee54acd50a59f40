"""What happens when something is ordered, edited on a page: no JSON in sight."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import signed
from core.errors import Invalid
from core.templating import render
from itsm.requests.fulfilment import setting, steps
from itsm.requests.models import Offering
from itsm.requests.pages import sections
from people.forms import ActionForm
from people.models import Service, Team
from people.pages.doors import page, who

DAY = timedelta(days=1)


class GivesForm(ActionForm):
    """What an order gives, and does besides."""

    bundle = forms.ChoiceField(
        label=T("With a person's profile"),
        choices=Offering.Bundle.choices,
        required=False,
    )
    gives_service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Gives access to"),
        required=False,
        empty_label=T("Nothing"),
    )
    gives_role = forms.CharField(label=T("As what"), max_length=100, required=False)
    gives_for = forms.IntegerField(
        label=T("For how many days"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=T("Empty: until it is taken away."),
    )

    @classmethod
    def of(cls, row: Offering, data: Any = None) -> "GivesForm":
        """As the offering stands."""
        names = ("bundle", "gives_service", "gives_role")
        initial = {name: getattr(row, name) for name in names}
        initial["gives_for"] = row.gives_for.days if row.gives_for else None
        return cls(data, initial=initial)

    def given(self) -> dict[str, Any]:
        """As the action takes it."""
        found = dict(self.cleaned_data)
        days = found["gives_for"]
        found["gives_for"] = days * DAY if days else None
        return found


@page("people.see")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Its steps in their stages, and what it gives."""
    user = who(request)
    offering = sections.find(slug)
    if request.method != "POST":
        may = setting.may(user, offering)
        lines = [_line(step, tells=may) for step in steps.of(offering)]
        return _show(request, offering, GivesForm.of(offering), lines)
    setting.require(user, offering)
    lines = _typed(request.POST)
    form = GivesForm.of(offering, request.POST)
    if "more" in request.POST:
        form.errors.clear()
        last = max((_number(line["stage"], 1) for line in lines), default=1)
        return _show(request, offering, form, [*lines, _line(None, stage=last)])
    if not form.is_valid():
        return _show(request, offering, form, lines, status=422)
    raw, secrets = _read(lines)
    try:
        given = {**form.given(), "steps": raw}
        setting.set_fulfilment(offering=offering, by=user, at=timezone.now(), **given)
    except Invalid as no:
        problems = no.errors.pop("steps", [])
        form.add_refusal(no.errors)
        return _show(request, offering, form, lines, problems, 422)
    messages.success(request, _("Saved."))
    for title, secret in secrets:
        words = {"title": title, "secret": secret}
        said = _("The secret of “%(title)s”, shown only now: %(secret)s") % words
        messages.warning(request, said)
    return Redirect(request.path)


def _show(
    request: HttpRequest,
    offering: Offering,
    form: GivesForm,
    lines: list[dict[str, Any]],
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = who(request)
    teams = Team.objects.filter(is_active=True).order_by("name")
    context = sections.context(offering, user, "steps") | {
        "form": form,
        "lines": lines or [_line(None)],
        "problems": problems or [],
        "teams": list(teams.values_list("slug", "name")),
    }
    return render(request, "itsm/requests/steps_form.html", context, status=status)


def _line(
    step: steps.Step | None, stage: int = 1, *, tells: bool = True
) -> dict[str, Any]:
    """A step as its fields show it; the address, which may hold a secret, to some."""
    call = step.automatic if step else None
    minutes = step.minutes if step else 0
    return {
        "title": step.title if step else "",
        "stage": str(max(step.stage, 1) if step else stage),
        "team": step.team if step else "",
        "hours": f"{minutes / 60:g}" if minutes else "",
        "profile": step.profile if step else False,
        "url": call.address if call and tells else "",
        "secret": "",
        "is_kept": bool(call and call.secret),
        "timeout": str(call.timeout if call else steps.TIMEOUT),
        "attempts": str(call.attempts if call else steps.ATTEMPTS),
    }


def _typed(form: QueryDict) -> list[dict[str, Any]]:
    """The lines of the form; those that were emptied or taken out are left out."""
    names = ("title", "stage", "team", "hours", "url", "secret", "timeout", "attempts")
    found = []
    for number in range(steps.MOST):
        if f"title-{number}" not in form:
            break
        line: dict[str, Any] = {
            name: form.get(f"{name}-{number}", "").replace("\x00", "").strip()
            for name in names
        }
        line["profile"] = f"profile-{number}" in form
        line["is_kept"] = f"kept-{number}" in form
        if (line["title"] or line["url"]) and f"out-{number}" not in form:
            found.append(line)
    return found


def _read(
    lines: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Steps as the action takes them, and the secrets that were made for them."""
    found, made = [], []
    for line in lines:
        step: dict[str, Any] = {
            "title": line["title"],
            "stage": _number(line["stage"], 0),
            "team": line["team"],
            "minutes": _minutes(line["hours"]),
            "profile": line["profile"],
        }
        if line["url"]:
            secret = line["secret"]
            if not secret and not line["is_kept"]:
                secret = signed.new_secret()
                made.append((line["title"], secret))
            step["automatic"] = {
                "url": line["url"],
                "secret": secret,
                "timeout": _number(line["timeout"], 0),
                "attempts": _number(line["attempts"], 0),
            }
        found.append(step)
    return found, made


def _number(text: str, otherwise: int) -> int:
    fits = text.isascii() and text.isdigit() and len(text) < 8
    return int(text) if fits else otherwise


def _minutes(text: str) -> int:
    """Hours as they are typed, 0.5 or 0,5; what is no number is refused later."""
    try:
        return round(float(text.replace(",", ".")) * 60) if text else 0
    except (ValueError, OverflowError):
        return -1
