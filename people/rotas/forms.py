"""The forms of rotas. People are typed by e-mail, as everywhere in settings."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from people.forms import ActionForm, PersonField
from people.models import Rota, Team, User
from people.rotas import plan, specs
from people.rotas.queries import TurnAhead, position_words, span_words
from people.rotas.specs import DAYS, Spec

HOURS_LINE = re.compile(
    r"([a-z]{3})(?:\s*[-–]\s*([a-z]{3}))?\s+(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})$"
)
MOST_MINUTES = 48 * 60


class MomentField(forms.DateTimeField):
    """A day and time in the reader's zone, chosen with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        )
        super().__init__(widget=widget, **kwargs)


class PeopleField(forms.CharField):
    """People in their order, one e-mail a line; the same one may come again."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(widget=widget, max_length=20_000, **kwargs)

    def clean(self, value: Any) -> tuple[int, ...]:
        """Their ids in order."""
        text = str(super().clean(value) or "")
        emails = [one.lower() for one in text.replace(",", "\n").split()]
        rows = User.objects.filter(email__in=emails).values_list("email", "pk")
        known = {email.lower(): pk for email, pk in rows}
        unknown = [email for email in emails if email not in known]
        if unknown:
            words = {"email": unknown[0]}
            raise forms.ValidationError(_("Nobody has the e-mail %(email)s.") % words)
        return tuple(known[email] for email in emails)


class HoursField(forms.CharField):
    """Hours of the week: a line such as “mon-fri 22:00-06:00” for each."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        super().__init__(widget=widget, required=False, max_length=2000, **kwargs)

    def clean(self, value: Any) -> tuple[tuple[int, int, int], ...]:
        """(weekday, from, to) in minutes; an end before its begin is the next day."""
        found: list[tuple[int, int, int]] = []
        for line in str(super().clean(value) or "").lower().splitlines():
            if line.strip():
                found += _hours(line.strip())
        return tuple(found)


def _hours(line: str) -> Iterable[tuple[int, int, int]]:
    matched = HOURS_LINE.match(line)
    first, last, opens, closes = matched.groups() if matched else ("", "", "", "")
    ends, begins = parse_minutes(closes or ""), parse_minutes(opens or "")
    if first not in DAYS or (last or first) not in DAYS or None in (ends, begins):
        words = {"line": line}
        raise forms.ValidationError(
            _("“%(line)s” cannot be read; write mon-fri 08:00-18:00.") % words
        )
    assert ends is not None
    assert begins is not None
    if ends <= begins:
        ends += specs.DAY_MINUTES
    start, end = DAYS.index(first), DAYS.index(last or first)
    days = (
        range(start, end + 1) if start <= end else [*range(start, 7), *range(end + 1)]
    )
    return [(day, begins, ends) for day in days]


def parse_minutes(text: str) -> int | None:
    """A time of day in minutes after midnight, up to 48:00; None for anything else."""
    hours, _colon, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit()) or int(minutes) > 59:
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= MOST_MINUTES else None


def hours_lines(hours: Sequence[tuple[int, int, int]]) -> str:
    """Hours as the form takes them, days in a row on one line."""
    lines: list[tuple[int, int, int, int]] = []  # first day, last day, from, to
    for day, opens, closes in sorted(hours, key=lambda one: (one[1], one[2], one[0])):
        last = lines[-1] if lines else None
        if last and last[1:] == (day - 1, opens, closes):
            lines[-1] = (last[0], day, opens, closes)
        else:
            lines.append((day, day, opens, closes))
    return "\n".join(
        f"{DAYS[a]}{f'-{DAYS[b]}' if b > a else ''} "
        f"{specs.minutes(opens)}-{specs.minutes(closes % specs.DAY_MINUTES)}"
        for a, b, opens, closes in sorted(lines)
    )


class RotaForm(ActionForm):
    """A rota without its layers."""

    name = forms.CharField(label=T("Name"), max_length=200)
    whose = forms.ChoiceField(label=T("For"))
    time_zone = forms.ChoiceField(
        label=T("Time zone"), help_text=T("Hand-overs happen on its clock.")
    )
    note = forms.CharField(
        label=T("Hand-over note"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=T("What whoever takes over should know. Markdown works."),
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    def __init__(self, data: Any = None, *, row: Rota | None, by: User) -> None:
        initial: dict[str, Any] = {"time_zone": timezone.get_current_timezone_name()}
        if row is not None:
            names = ("name", "time_zone", "note", "is_active")
            initial = {name: getattr(row, name) for name in names}
        super().__init__(data, initial=initial)
        zones = {z for z in available_timezones() if "/" in z or z == "UTC"}
        zone: Any = self.fields["time_zone"]
        zone.choices = [(z, z) for z in sorted(zones | {initial["time_zone"]})]
        self.teams = {}
        if row is not None:
            del self.fields["whose"]
            return
        del self.fields["is_active"]
        teams = Team.objects.filter(is_active=True, is_supplier=False).order_by("name")
        if not by.is_superuser:
            teams = teams.filter(pk__in=by.led_team_ids)
        self.teams = {str(team.pk): team for team in teams}
        whose: Any = self.fields["whose"]
        whose.choices = [(pk, team.name) for pk, team in self.teams.items()]
        if by.is_superuser:
            whose.choices += [("duty_manager", _("The house: duty manager"))]

    def given(self) -> dict[str, Any]:
        """The cleaned fields as the action takes them."""
        found = dict(self.cleaned_data)
        whose = found.pop("whose", None)
        if whose == "duty_manager":
            return {**found, "kind": Rota.Kind.DUTY_MANAGER}
        return {**found, "team": self.teams[whose]} if whose else found


class LayerForm(forms.Form):
    """One layer. One that names nobody is left out."""

    people = PeopleField(
        label=T("People in their order"),
        required=False,
        help_text=T("One e-mail a line. Who stands twice has two turns."),
    )
    every = forms.IntegerField(label=T("A turn has"), min_value=1, initial=1)
    unit = forms.ChoiceField(
        label=T("Counted in"),
        choices=[
            (plan.Unit.WEEKS.value, T("weeks")),
            (plan.Unit.DAYS.value, T("days")),
            (plan.Unit.HOURS.value, T("hours")),
        ],
    )
    starts = forms.DateField(
        label=T("First hand-over"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=T("Turns of weeks are handed over on its weekday."),
    )
    hand_over = forms.TimeField(
        label=T("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    hours = HoursField(
        label=T("Only at these hours"),
        help_text=T(
            "Empty: day and night. Else a line such as mon-fri 22:00-06:00 for each."
        ),
    )

    def spec(self) -> Spec | None:
        """What was typed; None where it names nobody."""
        if not self.cleaned_data.get("people"):
            return None
        return Spec(**self.cleaned_data)


LayerForms = forms.formset_factory(
    LayerForm, extra=0, max_num=specs.MOST_LAYERS, validate_max=True
)


def layers_initial(found: Sequence[Spec], monday: Any) -> list[dict[str, Any]]:
    """What the forms of layers begin with: those there are, and an empty one."""
    ids = {pk for spec in found for pk in spec.people}
    emails = dict(User.objects.filter(pk__in=ids).values_list("pk", "email"))
    shown = [
        {
            "people": "\n".join(emails.get(pk, "") for pk in spec.people),
            "every": spec.every,
            "unit": spec.unit,
            "starts": spec.starts,
            "hand_over": spec.hand_over,
            "hours": hours_lines(spec.hours),
        }
        for spec in found
    ]
    empty = {"every": 1, "unit": "weeks", "starts": monday, "hand_over": "09:00"}
    return [*shown, empty][: specs.MOST_LAYERS]


class OverrideForm(ActionForm):
    """Somebody instead, for a while."""

    user = PersonField(label=T("Who is on duty instead"))
    position = forms.TypedChoiceField(label=T("In which layer"), coerce=int)
    starts_at = MomentField(label=T("From"))
    ends_at = MomentField(label=T("Until"))

    def __init__(self, positions: Iterable[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        position: Any = self.fields["position"]
        position.choices = [(one, position_words(one)) for one in positions]
        self.fields["user"].widget.attrs["list"] = "people-of-rota"


class SwapForm(ActionForm):
    """Two turns that change hands."""

    one = forms.ChoiceField(label=T("This turn"))
    other = forms.ChoiceField(label=T("Against this one"))

    def __init__(
        self,
        turns: Sequence[TurnAhead],
        names: dict[int, User],
        mine: int | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        one: Any = self.fields["one"]
        other: Any = self.fields["other"]
        given = [t for t in turns if mine is None or t.holder == mine]
        one.choices = [(t.key, _turn_words(t, names)) for t in given]
        taken = [t for t in turns if mine is None or t.holder != mine]
        other.choices = [(t.key, _turn_words(t, names)) for t in taken]
        others = (t.key for t in taken if not given or t.holder != given[0].holder)
        other.initial = next(others, None)
        if mine is not None:
            one.label, other.label = _("Your turn"), _("Against this one")

    def turn(self, name: str) -> plan.Turn:
        """The chosen turn."""
        layer, _colon, number = self.cleaned_data[name].partition(":")
        return int(layer), int(number)


def _turn_words(turn: TurnAhead, names: dict[int, User]) -> str:
    name = names[turn.holder].name if turn.holder in names else "?"
    span = span_words(turn.start, turn.end)
    return f"{name}, {span} ({position_words(turn.position)})"


class AbsenceForm(ActionForm):
    """When somebody is away, and who covers."""

    starts_at = MomentField(label=T("From"))
    ends_at = MomentField(label=T("Until"))
    cover = PersonField(
        label=T("Who covers"),
        required=False,
        help_text=T("Their e-mail address. They take the turns on duty."),
    )
    note = forms.CharField(
        label=T("Note"),
        max_length=200,
        required=False,
        help_text=T("Only for you, your lead and administrators."),
    )


class OthersAbsenceForm(AbsenceForm):
    """The same for somebody else."""

    user = PersonField(label=T("Who is away"))
    field_order = ("user",)
