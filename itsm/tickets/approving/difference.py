"""What has changed since somebody last decided: that alone is asked about again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.models import TextVersion
from core.reader import phrase
from core.wording import exact
from itsm.tickets.approving.models import Approval
from people.models import Service
from processes.spoken import named


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that is not what it was. `is_text`: shown one below the other."""

    name: str
    label: str
    was: str
    now: str
    is_text: bool = False


def since(row: Approval) -> list[Changed]:
    """Against what was decided on last, else against what was asked last.

    Empty where it is asked for the first time. Three queries and one for each former.
    """
    former = _compared(row)
    if former is None:
        return []
    names = [n for n in row.basis if row.basis.get(n) != former.basis.get(n)]
    known = _known(former.basis, row.basis)
    return [
        Changed(
            name,
            _label(name),
            _words(name, former.basis.get(name), known),
            _words(name, row.basis.get(name), known),
            is_text=name in TEXTS,
        )
        for name in names
    ]


TEXTS = frozenset({"plan", "test", "way_back"})


def _compared(row: Approval) -> Approval | None:
    """The last of the former ones that somebody decided, else the one just before."""
    first = former = row.former
    seen = {row.pk}
    while former is not None and former.pk not in seen:
        if former.decided_by_id is not None:
            return former
        seen.add(former.pk)
        former = former.former
    return first


def _label(name: str) -> str:
    words = {"answers": _("Answers"), "risk": _("Risk"), "way_back": _("Way back")}
    return words.get(name) or phrase(named(name).capitalize())


def _known(*bases: Mapping[str, Any]) -> dict[str, dict[int, str]]:
    ids = {basis[n] for basis in bases for n in TEXTS if isinstance(basis.get(n), int)}
    services = {basis.get("service") for basis in bases} - {None}
    bodies = TextVersion.objects.filter(pk__in=ids).values_list("pk", "body")
    rows = Service.objects.filter(pk__in=services).values_list("pk", "name")
    return {"text": dict(bodies), "service": dict(rows)}


def _words(name: str, value: Any, known: Mapping[str, Mapping[int, str]]) -> str:
    nothing = _("Nothing")
    if value in (None, "", [], {}):
        return nothing
    if name in TEXTS:
        return known["text"].get(value, nothing)
    if name == "service":
        return known["service"].get(value, nothing)
    if name == "window":
        moments = [parse_datetime(str(one)) for one in value]
        return " – ".join(exact(moment) for moment in moments if moment)
    if name == "answers":
        return ", ".join(f"{q}: {a}".replace("_", " ") for q, a in value.items())
    return phrase(str(value).capitalize())
