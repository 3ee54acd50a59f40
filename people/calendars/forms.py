"""The form of a calendar: a line of text for each day of the week, and for each day
that differs."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.reader import language
from core.worktime.reading import DAYS
from people.calendars import holidays, lines
from people.calendars.content import words_of
from people.forms import ActionForm

OFFICE = dict.fromkeys(DAYS[:5], "09:00-17:00")
WHERE = {  # where an action's sentences stand
    **dict.fromkeys(("holidays", "overrides", "names"), "days"),
    **dict.fromkeys(("country", "region"), "place"),
}


class CalendarForm(ActionForm):
    """Name, week, holidays, and the days that differ."""

    name = forms.CharField(label=T("Name"), max_length=200)
    time_zone = forms.ChoiceField(label=T("Time zone"))
    place = forms.ChoiceField(
        label=T("Public holidays of"),
        required=False,
        help_text=T("Written out from ten years back to thirty ahead."),
    )
    days = forms.CharField(
        label=T("Days that differ, one a line"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=T(
            "2026-12-24 09:00-12:00 Christmas Eve: other hours. "
            "2026-12-31 Stocktaking: nobody works."
        ),
    )
    breaks = forms.CharField(
        label=T("Breaks on one day, one a line"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=T("2026-12-22 10:00-11:30: cut out of that day's hours."),
    )
    is_default = forms.BooleanField(
        label=T("The default calendar"),
        required=False,
        help_text=T("Promises without a calendar of their own count in it."),
    )

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(row) if row is not None else _new())
        super().__init__(*args, **kwargs)
        zones = sorted(z for z in available_timezones() if "/" in z or z == "UTC")
        self._choose("time_zone", [(zone, zone) for zone in zones])
        self._choose("place", _places())
        for number, name in enumerate(DAYS):
            self.fields[name] = forms.CharField(
                label=WEEKDAYS[number], required=False, max_length=200
            )
        if row is not None and row.is_default:
            self.fields.pop("is_default")

    def _choose(self, name: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def week(self) -> list[Any]:
        """The fields of the week, in order."""
        return [self[name] for name in DAYS]

    def clean(self) -> dict[str, Any]:
        """Read every text; each says itself what is wrong with it."""
        for name in DAYS:
            self._read(name, lines.read_hours)
        self._read("days", lines.read_days)
        self._read("breaks", lines.read_breaks)
        self._check_worked_holidays()
        return self.cleaned_data

    def _read(self, name: str, reader: Callable[[str], Any]) -> None:
        try:
            self.cleaned_data[name] = reader(self.cleaned_data.get(name, ""))
        except ValueError as wrong:
            self.add_error(name, str(wrong))

    def _check_worked_holidays(self) -> None:
        """Holidays win, so hours on one would say nothing: better to be told."""
        country, _dash, region = self.cleaned_data.get("place", "").partition("-")
        days = self.cleaned_data.get("days")
        if not country or not isinstance(days, lines.Days):
            return
        for key in days.overrides:
            names = holidays.names(country, region, int(key[:4]), language() or "")
            named = {day.isoformat(): name for day, name in names.items()}
            if days.overrides[key] and key in named:
                words = {"day": key, "name": named[key]}
                self.add_error(
                    "days",
                    _("%(day)s is a public holiday (%(name)s), and holidays win.")
                    % words,
                )

    def given(self) -> dict[str, Any]:
        """The cleaned fields as the action takes them."""
        found = dict(self.cleaned_data)
        country, _dash, region = found.pop("place").partition("-")
        hours = {name: found.pop(name) for name in DAYS}
        days: lines.Days = found.pop("days")
        if not found.get("is_default"):
            found.pop("is_default", None)
        return {
            **found,
            **days._asdict(),
            "hours": {name: value for name, value in hours.items() if value},
            "country": country,
            "region": region,
        }

    def add_refusal(self, errors: dict[str, list[str]]) -> None:
        """Put an action's sentences where their texts are."""
        super().add_refusal(
            {WHERE.get(name, name): sentences for name, sentences in errors.items()}
        )


def _new() -> dict[str, Any]:
    return {"time_zone": settings.TIME_ZONE, **OFFICE}


def _initial(row: Any) -> dict[str, Any]:
    words: Mapping[str, Any] = words_of(row.content)
    place = "-".join(part for part in (words["country"], words["region"]) if part)
    return {
        "name": row.name,
        "time_zone": words["time_zone"],
        "place": place,
        "days": lines.say_days(words["holidays"], words["overrides"], words["names"]),
        "breaks": lines.say_breaks(words["breaks"]),
        **{name: lines.say_hours(words["hours"].get(name, [])) for name in DAYS},
    }


def _places() -> list[Any]:
    """Countries in the reader's language; the regions of one stand under it."""
    spoken = language() or ""
    found: list[tuple[str, Any]] = []
    for country, regions in holidays.places().items():
        name = holidays.country_name(country, spoken)
        whole = (country, name)
        if not regions:
            found.append((name, whole))
            continue
        below = sorted(
            (
                (f"{country}-{code}", f"{name}: {region}")
                for code, region in regions.items()
            ),
            key=lambda one: one[1],
        )
        found.append((name, (name, [whole, *below])))
    found.sort(key=lambda one: one[0])
    return [("", _("None")), *(choice for _name, choice in found)]
