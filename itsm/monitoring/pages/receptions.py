"""What a source sent, and what became of it; the bodies for administrators alone."""

import contextlib
import json

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.monitoring.became import Became, became
from itsm.monitoring.intake.noting import without_key
from itsm.monitoring.models import Reception, Source
from itsm.monitoring.source_actions import VERB
from itsm.monitoring.source_subjects import find
from people.pages.doors import page, who
from people.pages.settings import tabs

SIZE = 50
LONGEST = 100_000  # characters of a body that are shown


def lines_of(source: Source, most: int, before: int | None = None) -> list[Became]:
    """The newest, and what became of each. Two queries."""
    rows = Reception.objects.filter(source=source).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return became(source, list(rows[:most]))


@require_safe
@page(VERB)
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything it sent, the newest first, fifty at a time."""
    row = find(who(request), slug)
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < 18
    lines = lines_of(row, SIZE + 1, int(before) if is_id else None)
    context = {
        "tabs": tabs(who(request), "sources"),
        "row": row,
        "lines": lines[:SIZE],
        "next": lines[SIZE - 1].row.pk if len(lines) > SIZE else None,
        "is_first": not is_id,
    }
    return render(request, "itsm/sources/receptions.html", context)


@require_safe
@page(VERB)
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One of them: what became of it, and the body as it came."""
    source = find(who(request), slug)
    row = Reception.objects.filter(source=source, pk=pk).first()
    if row is None:
        raise Http404(_("There is no such reception."))
    context = {
        "tabs": tabs(who(request), "sources"),
        "row": source,
        "line": became(source, [row])[0],
        "body": pretty(bytes(row.body)),
        "size": len(row.body),
        "headers": row.headers,
    }
    return render(request, "itsm/sources/reception.html", context)


def pretty(body: bytes) -> str:
    """A body as one reads it, without the key: JSON with its lines, or as it is."""
    text = without_key(body).decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
