"""Settings, Webhooks: pages for administrators."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, Refused
from core.templating import render
from itsm.tickets.states import TicketType
from itsm.webhooks import actions, queries, retrying
from itsm.webhooks.forms import ReplayForm, WebhookForm, heard_words, initial
from itsm.webhooks.models import Delivery, Webhook
from people import history
from people.pages.doors import page, who
from people.pages.settings import tabs

VERB = actions.VERB


@require_safe
@page(VERB)
def webhooks(request: HttpRequest) -> HttpResponse:
    """All of them, and how each is doing."""
    rows = queries.overview(timezone.now())
    context = {
        "tabs": tabs(who(request), "webhooks"),
        "rows": [(row, heard_words(row.webhook)) for row in rows],
    }
    return render(request, "settings/webhooks.html", context)


@page(VERB)
def new_webhook(request: HttpRequest) -> HttpResponse:
    """Its form; then its page, which shows the secret this once."""
    user = who(request)
    form = WebhookForm(request.POST or None, initial={"owner": user})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row, secret = actions.create_webhook(
                    by=user, at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                return _one(request, row, secret=secret)
    return _form(request, form, None, status)


@page(VERB)
def edit_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Its form, filled."""
    row = _webhook(pk)
    form = WebhookForm(request.POST or None, initial=initial(row))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.change_webhook(
                    webhook=row, by=who(request), at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return _to(row)
    return _form(request, form, row, status)


def _form(
    request: HttpRequest, form: WebhookForm, row: Webhook | None, status: int
) -> HttpResponse:
    context = {"tabs": tabs(who(request), "webhooks"), "form": form, "row": row}
    return render(request, "settings/webhook_form.html", context, status=status)


@require_safe
@page(VERB)
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: how it is doing, what it was told, what can be done."""
    return _one(request, _webhook(pk))


def _one(
    request: HttpRequest,
    row: Webhook,
    *,
    secret: str = "",
    replays: ReplayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    stands, before = request.GET.get("stands", ""), request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < 18
    lines, total, more = queries.page(row, stands, int(before) if is_id else None)
    context = {
        "tabs": tabs(who(request), "webhooks"),
        "row": row,
        "secret": secret,
        "host": actions.host_of(row.url),
        "hears": heard_words(row),
        "only": _only(row),
        "why": retrying.words(row.failure),
        "is_rotating": row.is_rotating(timezone.now()),
        "lines": lines,
        "total": total,
        "counted": queries.COUNTED,
        "stands": stands,
        "next": lines[-1].delivery.pk if more else None,
        "is_first": not is_id,
        "form": replays or ReplayForm.unsent(),
        "replays": queries.replays(row),
        "history": history.of(row),
    }
    response = render(request, "settings/webhook.html", context, status=status)
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


def _only(row: Webhook) -> list[str]:
    """What narrows it, in words."""
    names = queries.named([row], "name")
    types = row.filters.get("type", ())
    found = [str(TicketType(one).label) for one in types]
    if priority := row.filters.get("priority"):
        found.append(_("P%(n)s and above") % {"n": priority})
    for name, known in names.items():
        found += [known[pk] for pk in row.filters.get(name, ()) if pk in known]
    return found if row.with_restricted else [*found, _("No restricted tickets")]


@require_POST
@page(VERB)
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown this once."""
    row, secret = actions.rotate_secret(
        webhook=_webhook(pk), by=who(request), at=timezone.now()
    )
    return _one(request, row, secret=secret)


@require_POST
@page(VERB)
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """An event of its own."""
    said = _("A test is on its way; how it went stands below in a moment.")
    return _do(request, pk, actions.test_webhook, said)


@require_POST
@page(VERB)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let nothing leave."""
    said = _("The webhook is paused. What happens meanwhile waits.")
    return _do(request, pk, actions.pause_webhook, said)


@require_POST
@page(VERB)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it go on, with what waits or without."""
    skip = request.POST.get("skip") == "1"
    return _do(
        request, pk, actions.resume_webhook, _("The webhook goes on."), skip=skip
    )


@require_POST
@page(VERB)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """It hears nothing any more."""
    row = _webhook(pk)
    actions.delete_webhook(webhook=row, by=who(request), at=timezone.now())
    messages.success(request, _("Deleted: %(name)s.") % {"name": row.name})
    return Redirect("/settings/webhooks/")


@require_POST
@page(VERB)
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything since a moment, once more."""
    row, form = _webhook(pk), ReplayForm(request.POST)
    if form.is_valid():
        try:
            actions.replay_since(
                webhook=row, by=who(request), at=timezone.now(), **form.cleaned_data
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        except Refused as no:
            messages.error(request, no.detail)
            return _to(row)
        else:
            messages.success(request, _("It is told once more, in order."))
            return Redirect(f"/settings/webhooks/{row.pk}/#replay")
    return _one(request, row, replays=form, status=422)


@require_safe
@page(VERB)
def delivery(request: HttpRequest, pk: int, id: int) -> HttpResponse:
    """One delivery, with what was sent."""
    row = _delivery(pk, id)
    context = {
        "tabs": tabs(who(request), "webhooks"),
        "line": queries.lines([row])[0],
        "delivery": row,
        "pretty": queries.pretty(row.body),
    }
    return render(request, "settings/webhook_delivery.html", context)


@require_POST
@page(VERB)
def again(request: HttpRequest, pk: int, id: int) -> HttpResponse:
    """One that is over, once more."""
    row = _delivery(pk, id)
    try:
        actions.send_again(delivery=row, by=who(request), at=timezone.now())
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, _("It is sent again."))
    return Redirect(f"/settings/webhooks/{pk}/#deliveries")


def _do(
    request: HttpRequest, pk: int, action: Callable[..., Any], said: str, **more: Any
) -> HttpResponse:
    """One action, and what it came to in a sentence."""
    row = _webhook(pk)
    try:
        action(webhook=row, by=who(request), at=timezone.now(), **more)
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, said)
    return _to(row)


def _to(row: Webhook) -> HttpResponse:
    return Redirect(f"/settings/webhooks/{row.pk}/")


def _webhook(pk: int) -> Webhook:
    row = queries.living().filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such webhook."))
    return row


def _delivery(webhook: int, pk: int) -> Delivery:
    row = queries.delivery(webhook, pk)
    if row is None:
        raise Http404(_("There is no such delivery."))
    return row
