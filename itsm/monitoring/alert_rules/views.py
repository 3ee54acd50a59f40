"""Rules among the settings: the list in order, one, a new one, and trying it out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, WrongState
from core.templating import render
from itsm.monitoring.alert_rules import actions, queries, words
from itsm.monitoring.alert_rules.forms import RuleForm, matches_of
from itsm.monitoring.alert_rules.trial import trial
from itsm.monitoring.models import AlertRule
from people import history
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.policy import allows, require

SEE = "alert.see"
LIST = "/settings/alert-rules/"
FORM = "itsm/monitoring/rule.html"


@require_safe
@page(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    """All rules in the order in which they are asked, and what holds for the rest."""
    user = who(request)
    rows = list(queries.visible_to(user))
    context = {
        "tabs": tabs(user, "alert-rules"),
        "rules": [(row, words.when(row), words.then(row)) for row in rows],
        "built_in": words.built_in(),
        "may": allows(user, actions.VERB),
    }
    return render(request, "itsm/monitoring/rules.html", context)


@page(SEE)
def new(request: HttpRequest) -> HttpResponse:
    """A form for one more; it is off until it was tried."""
    require(who(request), actions.VERB)
    return _form(request, None)


@page(SEE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One: to change for those who may, to read for the others."""
    row = _get(request, pk)
    if request.method == "POST":
        require(who(request), actions.VERB)
    return _form(request, row)


def _form(request: HttpRequest, row: AlertRule | None) -> HttpResponse:
    """Show it, take it, or show it again with what was wrong or one condition more."""
    if request.method != "POST":
        return _page(request, RuleForm(row=row), matches_of(row), row)
    wants_more = "more" in request.POST
    form = RuleForm(request.POST, row=row)
    matches = matches_of(row, request.POST, more=wants_more)
    if wants_more:
        form.errors.clear()
        for one in matches.forms:
            one.errors.clear()
        return _page(request, form, matches, row)
    if form.is_valid() & matches.is_valid():
        found = [match for one in matches.forms if (match := one.match())]
        try:
            saved = _save(request, row, {**form.given(), "matches": found})
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(f"{LIST}{saved.pk}/")
    return _page(request, form, matches, row, status=422)


def _save(
    request: HttpRequest, row: AlertRule | None, given: dict[str, Any]
) -> AlertRule:
    by, at = who(request), timezone.now()
    if row is None:
        return actions.create_rule(by=by, at=at, **given)
    return actions.change_rule(rule=row, by=by, at=at, **given)


def _page(
    request: HttpRequest,
    form: RuleForm,
    matches: Any,
    row: AlertRule | None,
    *,
    status: int = 200,
) -> HttpResponse:
    user = who(request)
    may = allows(user, actions.VERB)
    if not may:
        for one in (form, *matches.forms):
            for field in one.fields.values():
                field.disabled = True
    context = {
        "tabs": tabs(user, "alert-rules"),
        "form": form,
        "matches": matches,
        "row": row,
        "may": may,
        "when": words.when(row) if row else "",
        "then": words.then(row) if row else [],
        "history": history.of(row) if row else [],
    }
    return render(request, FORM, context, status=status)


@require_safe
@page(SEE)
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """What it would have made of the last 24 hours, beside what there really was."""
    user, row = who(request), _get(request, pk)
    context = {
        "tabs": tabs(user, "alert-rules"),
        "row": row,
        "when": words.when(row),
        "trial": trial(row, at=timezone.now()),
        "may": allows(user, actions.VERB),
    }
    return render(request, "itsm/monitoring/rule_try.html", context)


@require_POST
@page(SEE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off."""
    row, is_active = _get(request, pk), request.POST.get("on") == "1"
    actions.change_rule(
        rule=row, by=who(request), at=timezone.now(), is_active=is_active
    )
    said = _("It decides from now on.") if is_active else _("It is switched off.")
    messages.success(request, said)
    return Redirect(f"{LIST}{row.pk}/" if "stay" in request.POST else LIST)


@require_POST
@page(SEE)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Up or down by one, or behind the named one."""
    user, row = who(request), _get(request, pk)
    others = [one for one in queries.visible_to(user) if one.pk != row.pk]
    place = sum((one.position, one.pk) < (row.position, row.pk) for one in others)
    match request.POST.get("to", ""):
        case "up":
            place = max(place - 1, 0)
        case "down":
            place = min(place + 1, len(others))
        case to if to.isascii() and to.isdigit() and len(to) < 6:
            place = min(int(to), len(others))
    after = others[place - 1] if place else None
    actions.move_rule(rule=row, by=user, at=timezone.now(), after=after)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return Redirect(f"{LIST}#rule-{row.pk}")


@require_POST
@page(SEE)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Away for good."""
    row = _get(request, pk)
    try:
        actions.remove_rule(rule=row, by=who(request), at=timezone.now())
    except WrongState as no:
        messages.error(request, no.detail)
        return Redirect(f"{LIST}{row.pk}/")
    messages.success(request, _("The rule is gone."))
    return Redirect(LIST)


def _get(request: HttpRequest, pk: int) -> AlertRule:
    """The one getter."""
    row = queries.visible_to(who(request)).filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such rule."))
    return row
