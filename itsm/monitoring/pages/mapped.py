"""How a source's events are read: the form, and what the last ones would be by it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.templating import render
from itsm.monitoring import mapping as mappings
from itsm.monitoring import mapping_forms, source_actions
from itsm.monitoring.models import Reception, Source
from itsm.monitoring.placing import Places
from itsm.monitoring.previewing import last, preview
from itsm.monitoring.source_actions import VERB
from itsm.monitoring.source_subjects import find
from itsm.monitoring.work import read_one
from people.pages.doors import page, who
from people.pages.settings import tabs


@page(VERB)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The form; `preview` shows what would be, everything else saves."""
    row = find(who(request), slug)
    rows = last(row)
    is_own = mapping_forms.is_own(rows, row.mapping, request.GET.get("for", ""))
    form = mapping_forms.MappingForm(
        request.POST or None, mapping=row.mapping, is_own=is_own
    )
    asked, status = row.mapping, 200
    if request.method == "POST":
        asked, is_saved = _asked(request, row, form)
        if is_saved:
            messages.success(request, _("Saved."))
            return Redirect(request.path)
        status = 422 if form.errors else 200
    if request.headers.get("HX-Request"):
        context = {"previews": preview(row, asked, rows), "form": form}
        return render(request, "itsm/sources/mapping.html", context, block="preview")
    context = _shown(request, row, rows, form, asked)
    return render(request, "itsm/sources/mapping.html", context, status=status)


def _asked(
    request: HttpRequest, row: Source, form: mapping_forms.MappingForm
) -> tuple[Mapping[str, Any], bool]:
    """The mapping that the form says, and whether it was saved."""
    if not form.is_valid():
        return row.mapping, False
    asked = form.mapping()
    try:
        mappings.check(asked)
        if "preview" in request.POST or request.headers.get("HX-Request"):
            return asked, False
        source_actions.change_source(
            source=row, by=who(request), at=timezone.now(), mapping=asked
        )
    except Invalid as no:
        form.add_refusal(no.errors)
        return row.mapping, False
    return asked, True


def _shown(
    request: HttpRequest,
    row: Source,
    rows: Sequence[Reception],
    form: mapping_forms.MappingForm,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    places = Places()
    signals = [
        signal for one in rows for signal in read_one(one, row, places).reading.signals
    ]
    body = mapping_forms.tree(rows[0], asked) if rows and form.own else []
    return {
        "tabs": tabs(who(request), "sources"),
        "row": row,
        "form": form,
        "seen": body or mapping_forms.seen_in(signals),
        "tree": body,
        "previews": preview(row, asked, rows),
    }
