"""Addresses of what is typed and not sent: drafts, files before words, undo."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Invalid, Refused
from core.models import IdempotencyKey
from core.templating import render
from core.wording import NUMBER, Around, markdown
from itsm.tickets.drafts import actions, places, uploads
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.models import Ticket
from itsm.tickets.pages import ticket_composer, ticket_reads
from itsm.tickets.pages.posted import OURS
from itsm.tickets.pages.ticket_composer import kept_words, named_files, told_file
from itsm.tickets.pages.ticket_views import (
    TEMPLATE,
    changed,
    context,
    is_htmx,
    page_of,
)
from itsm.tickets.pages.uploads import sent_files
from itsm.tickets.queries import get_ticket
from itsm.tickets.serving import serve
from people.models import User
from people.pages.doors import page, who

STARTS = ("/", "/portal/")  # pages that list drafts, and their buttons come back to


@login_required
@require_http_methods(["GET", "PUT", "DELETE", "POST"])
def draft(request: HttpRequest, type_: str, number: str, form: str) -> HttpResponse:
    """What one person typed into one form of a ticket."""
    ticket = get_ticket(who(request), number)
    return _draft(request, ticket, form)


@login_required
@require_http_methods(["GET", "PUT", "DELETE", "POST"])
def draft_alone(request: HttpRequest, form: str) -> HttpResponse:
    """What one person typed into a form that belongs to no ticket yet."""
    places.alone(form)
    return _draft(request, None, form)


def _draft(request: HttpRequest, ticket: Ticket | None, form: str) -> HttpResponse:
    """PUT keeps, DELETE puts away, POST does what its button says, GET tells."""
    user, at = who(request), timezone.now()
    try:
        match request.method:
            case "PUT":
                return _keep(request, ticket, form, at)
            case "DELETE":
                actions.discard(by=user, ticket=ticket, form=form, at=at)
                return JsonResponse({"said": _("The draft is discarded.")})
            case "POST":
                return _button(request, ticket, form, at)
        return JsonResponse(_told(actions.read(user, ticket, form)))
    except Refused as refused:
        return JsonResponse({"said": refused.detail}, status=refused.status)


def _keep(
    request: HttpRequest, ticket: Ticket | None, form: str, at: datetime
) -> HttpResponse:
    try:
        sent = json.loads(request.body)
        body, fields, files = (
            sent.get("body", ""),
            sent.get("fields", {}),
            sent["files"],
        )
        texts = [body, *fields, *fields.values()]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
    except (ValueError, TypeError, AttributeError, KeyError):
        raise Invalid({"body": [_("Send a text.")]}) from None
    if _is_sent(who(request), fields.get("once", "")):
        return JsonResponse({"said": ""})  # it came after the form itself
    fields = {n: v for n, v in fields.items() if n not in OURS - {"mode", "version"}}
    kept = actions.keep(
        by=who(request),
        ticket=ticket,
        form=form,
        at=at,
        body=body,
        fields=fields,
        files=files if isinstance(files, list) else (),
    )
    return JsonResponse(_told(kept))


def _is_sent(user: User, once: str) -> bool:
    """Whether the form with this key has been sent: its draft must not come back."""
    if not (once.isalnum() and len(once) <= 64):
        return False
    rows = IdempotencyKey.objects.filter(user_id=user.pk)
    return rows.filter(key__startswith=f"form:{once}:").exists()


def _told(kept: Draft | None) -> dict[str, Any]:
    if kept is None:
        return {"said": "", "body": "", "fields": {}}
    return {"said": kept_words(kept.at), "body": kept.body, "fields": kept.fields}


def _button(
    request: HttpRequest, ticket: Ticket | None, form: str, at: datetime
) -> HttpResponse:
    """A button of a page without scripts, or the undo of a toast."""
    user = who(request)
    if "restore" in request.POST:
        back = actions.restore(by=user, ticket=ticket, form=form)
        if is_htmx(request) or "json" in request.POST:
            return JsonResponse(_told(back))
    else:
        actions.discard(by=user, ticket=ticket, form=form, at=at)
        messages.info(request, _("The draft is discarded."))
    if (start := request.POST.get("next", "")) in STARTS:
        return HttpResponseRedirect(start)
    return HttpResponseRedirect(places.place(ticket, form))


@login_required
@require_POST
def upload(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """One file, before the words it belongs to."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number)
    try:
        files = sent_files(request, "file")
        if len(files) != 1:
            raise Invalid({"file": [_("Send one file.")]})
        kept = uploads.keep(ticket=ticket, by=user, at=at, file=files[0])
    except Refused as refused:
        return JsonResponse({"said": refused.detail}, status=refused.status)
    return JsonResponse(told_file(kept), status=201)


@login_required
@require_http_methods(["GET", "HEAD", "DELETE"])
def uploaded(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """A file that is not sent yet, for whoever brought it."""
    kept = Upload.objects.filter(pk=pk, user=who(request)).first()
    if kept is None:
        raise Http404(_("There is no such file for you."))
    if request.method == "DELETE":
        uploads.drop(kept)
        return HttpResponse(status=204)
    return serve(kept)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A reply that was about to go out is a draft again, and back in the composer."""
    user, at = who(request), timezone.now()
    held = Draft.objects.filter(pk=pk, user=user).select_related("ticket").first()
    number = request.POST.get("number", "") if held is None else ""
    if held is not None and held.ticket is not None:
        number = held.ticket.number
    ticket = get_ticket(user, number[:20])
    try:
        typed = request.POST.get("body")
        actions.take_back(held=pk, ticket=ticket, by=user, at=at, typed=typed)
    except Refused as refused:
        if not is_htmx(request):
            messages.warning(request, refused.detail)
            return HttpResponseRedirect(f"{ticket_reads.url_of(ticket)}#latest")
        return changed(request, ticket, refused.detail)
    return changed(request, ticket, _("Your reply is back."), blocks=("composer",))


@require_POST
@page("ticket.queue")
def preview(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """How the words will look: alone for htmx, on the page without scripts."""
    user, now = who(request), timezone.now()
    ticket = get_ticket(user, number)
    body = request.POST.get("body", "")[:60_000]
    files = ticket_composer.files(user, ticket, named_files(request.POST))
    shown = page_of(request, ticket, now)
    seen = Ticket.objects.visible_to(user).filter(number__in=NUMBER.findall(body)[:100])
    links = {
        one: ticket_reads.subjects.url(one)
        for one in seen.values_list("number", flat=True)
    }
    pictures = {**shown.line.pictures, **{one["name"]: one["url"] for one in files}}
    told = markdown(body, Around(pictures, links, names=True))
    mode = request.POST.get("mode", "reply")
    draft = {"value": body, "mode": mode, "files": files, "preview": told}
    draft |= {name: request.POST.get(name, "") for name in ticket_composer.NEXT}
    if is_htmx(request):
        return HttpResponse(told)
    return render(request, TEMPLATE, context(shown, now, draft=draft))
