"""What a new change is asked besides: its kind, plan, way back, window, and risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core import slots
from core.reader import phrase
from itsm.changes import facts, risk
from itsm.changes.actions import TEMPLATE, completed
from itsm.changes.calendar import offers
from itsm.changes.detail import window
from itsm.changes.models import Change, Kind
from itsm.changes.paths import picked
from itsm.changes.questions import live, options
from itsm.changes.telling_risk import Told, told
from itsm.tickets.cleaning import Wrong
from itsm.tickets.models import Ticket
from itsm.tickets.pages.create_form import SLOT, Asked, Extra, NewForm
from itsm.tickets.pages.posted import zoned
from itsm.tickets.states import Size
from people.models import Service, Team

ANSWER = "answers."
FILLED = "filled"  # the kind whose words stand in the form


@dataclass(frozen=True, slots=True)
class Preview:
    """The risk as it would be counted now, and the path it leads to."""

    template: str
    risk: Told | None
    model: str


def asked(type_: str) -> Extra | None:
    """The fields, for changes only; two queries."""
    if type_ != "change":
        return None
    rows = Kind.objects.filter(is_active=True).order_by("name")
    kinds = list(rows.values_list("slug", "name"))
    says = _("It brings its plan, test, way back and answers.")
    kind = Asked("kind", _("Kind"), "select", kinds, says, _("Of no kind"), fills=True)
    return Extra(
        (
            *([kind, Asked(FILLED, "", "hidden")] if kinds else []),
            Asked("plan", _("Plan"), "area", help=_("What is done, in which order.")),
            Asked(
                "test",
                _("Test"),
                "area",
                help=_("How you see that it worked."),
                counts=True,
            ),
            Asked("way_back", _("Way back"), "area", help=_("And how long it takes.")),
            Asked("window.start", _("Window starts"), "moment", counts=True),
            Asked("window.end", _("Window ends"), "moment", counts=True),
            *_questions(),
        ),
        _complete,
        _fill,
        preview,
        offers.of_form,
    )


def _questions() -> Sequence[Asked]:
    return [
        Asked(
            f"{ANSWER}{slug}",
            phrase(one.label),
            "select",
            options(one),
            phrase(one.help),
            _("Not answered yet"),
            counts=True,
        )
        for slug, one in live().items()
    ]


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """A kind names what was left empty."""
    kind: Kind | None = given.get("kind")
    if kind is None:
        return given
    own = {"service": kind.service, "team": kind.team}
    found = {**{k: v for k, v in own.items() if v is not None}, **given}
    if not str(found.get("title") or "").strip():
        found["title"] = kind.name
    names = (*TEMPLATE, "answers", "kind")
    return {**found, **completed(kind, {n: found[n] for n in names if n in found})}


def _fill(typed: Mapping[str, str]) -> Mapping[str, str]:
    """What the chosen kind knows, where nothing else was typed.

    Words of another kind that stand there untouched go with it.
    """
    former = _kind(typed.get(FILLED, ""))
    kind = _kind(typed.get("kind", ""))
    found = dict(typed)
    for name, words in _words(former).items():
        if found.get(name, "").strip() == words.strip():
            found.pop(name, None)
    for name, words in _words(kind).items():
        if not found.get(name, "").strip():
            found[name] = words
    return {**found, FILLED: kind.slug if kind else ""}


def _kind(slug: str) -> Kind | None:
    if not slug or "\x00" in slug:
        return None
    rows = Kind.objects.select_related("service", "team")
    return rows.filter(slug=slug, is_active=True).first()


def _words(kind: Kind | None) -> dict[str, str]:
    """A kind's fields as the form names them."""
    if kind is None:
        return {}
    own = {name: getattr(kind, name) for name in TEMPLATE}
    own |= {f"{ANSWER}{slug}": answer for slug, answer in kind.answers.items()}
    own["title"] = kind.name
    own["service"] = kind.service.slug if kind.service else ""
    own["team"] = kind.team.slug if kind.team else ""
    return {name: value for name, value in own.items() if value}


def preview(form: NewForm) -> Preview | None:
    """The risk of what is typed; up to six queries."""
    rules = form.rules.risk
    if rules is None:
        return None
    kind = _kind(form.value("kind"))
    service = Service.objects.filter(slug=_slug(form.value("service"))).first()
    team = Team.objects.filter(slug=_slug(form.team)).first()
    at = timezone.now()
    found = facts.found_of(
        form.rules,
        service=service,
        team_id=team.pk if team else None,
        kind=kind,
        size=Size.S,
        affected=_people(form.value("affected")),
        window=_window(form),
        test=form.value("test"),
        evidence=[],
        at=at,
    )
    answers = {slug: form.value(f"{ANSWER}{slug}") for slug in rules.questions}
    score = risk.score(rules, found, answers)
    model = picked(Change(ticket=Ticket(), kind=kind))
    return Preview("itsm/changes/preview.html", told(rules, score), model)


def _slug(value: str) -> str:
    return "" if "\x00" in value else value


def _people(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def _window(form: NewForm) -> Any:
    start, end = form.value("window.start"), form.value("window.end")
    try:
        return window("window", {"start": zoned(start), "end": zoned(end)}, form.by)
    except Wrong:
        return None


def register() -> None:
    """Fill the slot of the form."""
    slots.fill(SLOT, "change", asked, queries=2)
