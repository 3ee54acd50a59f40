"""The pages of a batch: its form, what came of it, and the way back."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme as is_ours
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Forbidden, Invalid, Refused
from core.templating import render
from itsm.tickets import subjects
from itsm.tickets.bulk import acting
from itsm.tickets.bulk.asking import Picked, fields_for, picked
from itsm.tickets.bulk.models import Bulk, BulkItem
from itsm.tickets.bulk.subjects import visible_to
from itsm.tickets.bulk.verbs import TEXTS
from itsm.tickets.field_words import label as plain_label
from itsm.tickets.models import Ticket
from itsm.tickets.pages import posted
from itsm.tickets.pages.ticket_inputs import FormField
from itsm.tickets.pages.ticket_views import is_htmx
from itsm.tickets.verbs import label_of
from people.models import User
from people.pages.doors import elsewhere, page, who

FORM = "itsm/tickets/bulk_form.html"
RESULT = "itsm/tickets/bulk.html"
LISTED = 100  # items on one page
RECENT = 20
AT_ONCE = frozenset({"take", "close", "resume", "watch", "unwatch"})  # ask nothing
OURS = frozenset({"t", "numbers", "query", "list", "verb", "go", "csrfmiddlewaretoken"})


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket of a batch, as the page tells it."""

    number: str
    url: str
    title: str
    state: str
    detail: str


@require_http_methods(["GET", "HEAD", "POST"])
@page("ticket.queue")
def bulk(request: HttpRequest) -> HttpResponse:
    """GET: one's last batches. POST: the form of a verb for many, then doing it."""
    if request.method != "POST":
        rows = Bulk.objects.filter(by=who(request)).order_by("-pk")[:RECENT]
        told = [(row, label_of(row.verb)) for row in rows]
        return render(request, "itsm/tickets/bulk_list.html", {"batches": told})
    verb = request.POST.get("verb", "")
    try:
        chosen = picked(request.POST, who(request), at=timezone.now())
        fields = fields_for(verb, chosen, who(request))
    except Invalid as invalid:
        return _form(request, verb, None, [], problem=invalid.detail, status=422)
    at_once = verb in AT_ONCE and chosen.count <= acting.AT_ONCE and not chosen.query
    if "go" not in request.POST and not at_once:
        return _form(request, verb, chosen, fields)
    return _go(request, verb, chosen, fields)


def _go(
    request: HttpRequest, verb: str, chosen: Picked, fields: list[FormField]
) -> HttpResponse:
    raw = _read(request.POST, verb)
    missing = [one.name for one in fields if one.required and not raw.get(one.name)]
    if missing and any(one.required and one.kind != "hidden" for one in fields):
        typed = [
            replace(
                one,
                value=request.POST.get(one.name, ""),
                problem=_("This is needed.") if one.name in missing else "",
            )
            for one in fields
        ]
        return _form(request, verb, chosen, typed, status=422)
    try:
        batch = acting.start(
            numbers=chosen.numbers,
            verb=verb,
            fields=raw,
            by=who(request),
            at=timezone.now(),
        )
    except Invalid as invalid:
        return _form(request, verb, chosen, fields, problem=invalid.detail, status=422)
    acting.go(batch)
    return elsewhere(request, f"/queue/bulk/{batch.pk}/?{_back(chosen.back)}")


def _read(form: QueryDict, verb: str) -> dict[str, Any]:
    fields = form.copy()
    for name in OURS:
        fields.pop(name, None)
    raw = posted.read(fields, verb)
    if verb == "comment":
        raw["public"] = "public" in form
    return raw


def _form(
    request: HttpRequest,
    verb: str,
    chosen: Picked | None,
    fields: list[FormField],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    count = chosen.count if chosen else 0
    told = {
        "verb": verb,
        "label": label_of(verb),
        "chosen": chosen,
        "how_many": ngettext("%(n)s ticket", "%(n)s tickets", count) % {"n": count},
        "is_job": count > acting.AT_ONCE,
        "fields": fields,
        "problem": problem,
        "leave": _("Leave as it is"),
        "back": chosen.back if chosen else "/queue/",
    }
    block = "dialog" if is_htmx(request) else None
    return render(request, FORM, told, block=block, status=status)


@require_GET
@page("ticket.queue")
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Item by item: done, or why not."""
    batch = _batch(request, pk)
    counts = batch.counts()
    only = request.GET.get("only", "")
    items = _only(batch, only)
    after = request.GET.get("after", "")
    if after.isdecimal():
        items = items.filter(place__gt=int(after[:9]))
    rows = list(items.order_by("place")[: LISTED + 1])
    told = {
        "batch": batch,
        "label": label_of(batch.verb),
        "facts": _facts(batch),
        "counts": counts,
        "failed": counts["refused"] + counts["kept"],
        "lines": _lines(rows[:LISTED], who(request)),
        "next": rows[LISTED - 1].place if len(rows) > LISTED else None,
        "only": only,
        "back": _inside(request.GET.get("back", "")),
        "here": request.get_full_path(),
        "can_undo": _can_undo(batch, who(request)),
        "undoing": batch.phase == Bulk.Phase.UNDO,
    }
    return render(request, RESULT, told)


def _facts(batch: Bulk) -> list[tuple[str, str]]:
    """What was asked of each, but for the texts."""
    return [
        (plain_label(name).capitalize(), value)
        for name, value in batch.fields.items()
        if isinstance(value, str) and value and name not in TEXTS
    ]


def _inside(address: str) -> str:
    """An address of ours; the queue where it is none."""
    inside = address.startswith("/") and is_ours(address, allowed_hosts=None)
    return address if inside else "/queue/"


def _only(batch: Bulk, only: str) -> Any:
    state = BulkItem.State
    wanted = {
        "refused": Q(state__in=[state.REFUSED, state.KEPT]),
        "done": Q(state__in=[state.DONE, state.UNDONE]),
    }
    return batch.items.filter(wanted.get(only, Q()))


def _lines(items: list[BulkItem], user: User) -> list[Line]:
    """With the titles the person may read; one query."""
    ids = [item.ticket_id for item in items]
    seen = Ticket.objects.visible_to(user).filter(pk__in=ids)
    known = {pk: (n, t) for pk, n, t in seen.values_list("pk", "number", "title")}
    return [
        Line(
            known[item.ticket_id][0] if item.ticket_id in known else item.number,
            subjects.url(known[item.ticket_id][0]) if item.ticket_id in known else "",
            known[item.ticket_id][1] if item.ticket_id in known else "",
            item.state,
            item.detail,
        )
        for item in items
    ]


def _can_undo(batch: Bulk, user: User) -> bool:
    if batch.by_id != user.pk or batch.phase == Bulk.Phase.UNDO:
        return False
    return batch.undo_until is None or batch.undo_until > timezone.now()


@require_POST
@page("ticket.queue")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back; one's own, within the minute."""
    batch = _batch(request, pk)
    try:
        batch = acting.undo(batch, by=who(request), at=timezone.now())
    except Forbidden:
        raise
    except Refused as refused:
        told = {"batch": batch, "label": label_of(batch.verb), "detail": refused.detail}
        return render(request, "itsm/tickets/bulk_late.html", told, status=409)
    acting.go(batch)
    back = request.POST.get("back", "")
    return elsewhere(request, f"/queue/bulk/{batch.pk}/?{_back(back)}")


def _back(address: str) -> str:
    query = QueryDict(mutable=True)
    query["back"] = address
    return query.urlencode()


def _batch(request: HttpRequest, pk: int) -> Bulk:
    found = visible_to(who(request)).filter(pk=min(pk, 2**62)).first()
    if found is None:
        raise Http404(_("There is no such batch for you."))
    return found
