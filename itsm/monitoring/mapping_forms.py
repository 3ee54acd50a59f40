"""A source's mapping as a plain form, and the paths it can be chosen from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.monitoring import mapping as mappings
from itsm.monitoring.formats import decode, paths, plain
from itsm.monitoring.formats.base import Signal, Unreadable
from itsm.monitoring.models import Reception, Severity
from itsm.monitoring.previewing import leaves
from itsm.tickets.states import Level
from people.forms import ActionForm

MOST_PATHS, LONGEST_EXAMPLE = 200, 60
FIELDS = ("host", "component", "group", "class")
ANY_FORMAT = ("host", "team", "service", "severity_from")
OWN_FORMAT = ("events", "summary", "key", "status", "at", "url")
LABELS: Mapping[str, Any] = {
    "host": T("Host"),
    "team": T("Team"),
    "service": T("Service"),
    "severity_from": T("Severity"),
    "events": T("List of events"),
    "summary": T("Summary"),
    "key": T("What makes it the same again"),
    "status": T("Status"),
    "at": T("When it began"),
    "url": T("Link"),
}
HELPS: Mapping[str, Any] = {
    "team": T("By its short name. Nobody known by it: the source's team."),
    "service": T("By its short name. None known by it: the source's service."),
    "severity_from": T("Only where the tool says it somewhere of its own."),
    "events": T("Where one call holds several."),
    "key": T("One or several, with commas between them."),
}


class MappingForm(ActionForm):
    """How bad each severity is, which label says what; all for JSON of one's own."""

    def __init__(
        self, *args: Any, mapping: Mapping[str, Any], is_own: bool, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", _initial(mapping))
        super().__init__(*args, **kwargs)
        for severity in Severity:
            for part, says in (("impact", T("Impact")), ("urgency", T("Urgency"))):
                self.fields[f"{severity}_{part}"] = forms.ChoiceField(
                    label=f"{severity.label}: {says}", choices=Level.choices
                )
        self.own = OWN_FORMAT if is_own else ()
        for name in (*ANY_FORMAT, *self.own):
            self.fields[name] = _path_field(name)
        self.fields["words"] = _lines_field(T("Words of the tool"), "sev1 = critical")
        for name, says in (
            ("resolve_when", T("Words that say it is over")),
            ("acknowledge_when", T("Words that say somebody is on it")),
        ):
            if is_own:
                self.fields[name] = _lines_field(says, "gone, closed")
        self.kept = {} if is_own else _rest(mapping)

    def severities(self) -> Iterator[tuple[Any, Any, Any]]:
        """The table: severity, its impact, its urgency."""
        for severity in Severity:
            yield severity, self[f"{severity}_impact"], self[f"{severity}_urgency"]

    def clean_words(self) -> dict[str, str]:
        """`sev1 = critical`, one a line."""
        found = {}
        for line in self.cleaned_data["words"].splitlines():
            name, equals, severity = (part.strip() for part in line.partition("="))
            if line.strip() and not (name and equals):
                raise forms.ValidationError(_("Write a line such as sev1 = critical."))
            if name:
                found[name] = severity.lower()
        return found

    def mapping(self) -> dict[str, Any]:
        """The mapping it says; what is as ever is left out of it."""
        given = self.cleaned_data
        found: dict[str, Any] = {**self.kept}
        table = {
            str(s): {p: given[f"{s}_{p}"] for p in ("impact", "urgency")}
            for s in Severity
            if (given[f"{s}_impact"], given[f"{s}_urgency"]) != mappings.DEFAULT[s]
        }
        if table:
            found["severity"] = table
        for name in (*ANY_FORMAT, *self.own, "words"):
            if given.get(name):
                found[name] = given[name]
        if len(parts := _words(given.get("key", ""))) > 1:
            found["key"] = parts
        for name in mappings.LISTS:
            if words := _words(given.get(name, "")):
                found[name] = words
        return found


def _path_field(name: str) -> forms.Field:
    attrs = {"list": "paths", "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=LABELS[name],
        required=False,
        max_length=paths.LONGEST,
        help_text=HELPS.get(name, ""),
        widget=forms.TextInput(attrs={**attrs, "data-path-here": ""}),
    )


def _lines_field(label: Any, example: Any) -> forms.Field:
    attrs = {"rows": 2, "placeholder": example, "spellcheck": "false"}
    widget = forms.Textarea(attrs=attrs)
    return forms.CharField(label=label, required=False, max_length=4000, widget=widget)


def _words(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", ",").split(",") if one.strip()]


def _rest(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What the short form does not show, and must not lose."""
    hidden = {*OWN_FORMAT, *mappings.LISTS}
    return {name: value for name, value in mapping.items() if name in hidden}


def _initial(mapping: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for severity in Severity:
        impact, urgency = mappings.levels(mapping, severity)
        found |= {f"{severity}_impact": impact, f"{severity}_urgency": urgency}
    for name in (*ANY_FORMAT, *OWN_FORMAT, *mappings.LISTS):
        value = mapping.get(name, "")
        found[name] = ", ".join(value) if isinstance(value, list) else value
    words = mapping.get("words") or {}
    found["words"] = "\n".join(f"{name} = {to}" for name, to in words.items())
    return found


def seen_in(signals: Iterable[Signal]) -> list[tuple[str, str]]:
    """What events say beside their summary, each with an example: labels first."""
    found: dict[str, str] = {}
    for signal in signals:
        for name, value in signal.labels.items():
            found.setdefault(f"labels.{name}", value)
        for name in FIELDS:
            value = getattr(signal, "class_" if name == "class" else name)
            if value:
                found.setdefault(name, value)
        for path, value in islice(leaves(signal.details), MOST_PATHS):
            found.setdefault(path, plain.text(value, LONGEST_EXAMPLE))
    return _shortened(found.items())


def tree(row: Reception, mapping: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every path in a body of one's own, with what is there; none where unreadable."""
    try:
        data = decode(row.format, bytes(row.body), row.headers)
    except Unreadable:
        return []
    found = paths.find(data, mapping.get("events", ""))
    if isinstance(found, list):
        found = next(iter(found), None)
    values = ((path, plain.text(value)) for path, value in leaves(found))
    return _shortened(islice(values, MOST_PATHS))


def _shortened(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that are paths, each example in a line."""
    return [
        (path, text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…")
        for path, text in pairs
        if len(path) <= paths.LONGEST and path.count(".") < paths.DEEPEST
    ]


def is_own(rows: Sequence[Reception], mapping: Mapping[str, Any], asked: str) -> bool:
    """Whether all of the form is wanted: for JSON of one's own."""
    formats = {asked, *(row.format for row in rows[:1])}
    return "generic" in formats or bool(_rest(mapping))
