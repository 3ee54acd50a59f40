"""The forms of a process's profile; each brings the fields its action takes."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from backlog.profile.checks import LENGTHS
from backlog.profile.models import Aim, Profile, Statement, StreamStep, columns
from people.forms import ActionForm, PersonField
from processes.making_views import name_field, purpose_field, team_field
from processes.models import Process

FIVE = [(n, str(n)) for n in range(1, 6)]


def _area(label: Any, most: int, rows: int = 2, help_text: Any = "") -> Any:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _line(label: Any, most: int, help_text: Any = "", required: bool = False) -> Any:
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=help_text
    )


def _scale(label: Any, help_text: Any) -> Any:
    return forms.TypedChoiceField(
        label=label, choices=FIVE, coerce=int, initial=3, help_text=help_text
    )


class DescribeForm(ActionForm):
    """What a process is for, whose it is, and the habits of its backlog."""

    name = name_field()
    purpose = purpose_field()
    goal = _area(T("Goal"), 5000, 2, T("Where it should stand a year from now."))
    customers = _area(T("Customers"), 5000, 2, T("Who gets what it makes."))
    suppliers = _area(T("Suppliers"), 5000, 2, T("Who gives what it needs."))
    owner = PersonField(label=T("Owner"), required=False)
    team = team_field()
    service_manager = PersonField(
        label=T("Agile Service Manager"),
        required=False,
        help_text=T("Facilitates and removes impediments. Their e-mail address."),
    )
    order = forms.ChoiceField(
        label=T("Its backlog stands"),
        choices=Profile.Order.choices,
        help_text=T("By WSJF all stand in that order at once, save those put by hand."),
    )
    estimates = forms.ChoiceField(
        label=T("Estimated in"), choices=Profile.Estimates.choices
    )
    large_over = forms.IntegerField(
        label=T("Too large over so many points"), min_value=1, max_value=100
    )
    stale_days = forms.IntegerField(
        label=T("Stale after so many days without a change"), min_value=1, max_value=365
    )
    ready = _area(
        T("Definition of ready"), 10_000, 4, T("One sentence a line. It advises.")
    )
    done = _area(T("Definition of done"), 10_000, 4, T("One sentence a line."))
    columns = _area(
        T("Columns of the board"),
        2000,
        5,
        T("One a line, first to last; a limit after a colon, such as In progress: 3."),
    )
    ABOUT: ClassVar[Sequence[str]] = ("name", "purpose", "goal")
    WHOM: ClassVar[Sequence[str]] = ("customers", "suppliers")
    WHOSE: ClassVar[Sequence[str]] = ("owner", "team", "service_manager")
    HABITS: ClassVar[Sequence[str]] = (
        *("order", "estimates", "large_over", "stale_days"),
        *("ready", "done", "columns"),
    )

    def __init__(
        self, sent: Any, *, process: Process, profile: Profile, may_give: bool
    ) -> None:
        values = {n: getattr(process, n) for n in ("name", "purpose", "owner", "team")}
        values |= {
            name: getattr(profile, name)
            for name in self.base_fields
            if name not in values
        }
        for name in ("ready", "done"):
            values[name] = "\n".join(values[name])
        values["columns"] = "\n".join(_column_line(c) for c in profile.columns)
        values["team"] = process.team.slug if process.team else ""
        super().__init__(sent, initial=values)
        self.board = profile.columns
        if not may_give:
            for name in ("owner", "team"):
                self.fields.pop(name)

    def clean_ready(self) -> list[str]:
        """The lines that say something."""
        return _lines(self.cleaned_data["ready"])

    def clean_done(self) -> list[str]:
        """The lines that say something."""
        return _lines(self.cleaned_data["done"])

    def clean_columns(self) -> list[dict[str, Any]]:
        """The board: the first is to do, the last is done, the rest is in progress.

        A column keeps its slug while its name or its place stays.
        """
        lines = _lines(self.cleaned_data["columns"]) or [c["name"] for c in columns()]
        return read_columns([_column(line) for line in lines], self.board)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _column_line(column: dict[str, Any]) -> str:
    name = _(column["name"])  # the first ones are in the catalogue
    return f"{name}: {column['limit']}" if column["limit"] else name


def _column(line: str) -> tuple[str, int | None]:
    name, colon, limit = line.rpartition(":")
    if colon and limit.strip().isascii() and limit.strip().isdigit():
        return name.strip(), int(limit.strip()[:4])
    return line, None


def read_columns(
    given: Sequence[tuple[str, int | None]], board: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Names and limits as columns; what is named as before keeps its slug."""
    known = {_(c["name"]): c for c in board} | {c["name"]: c for c in board}
    last = len(given) - 1
    found = []
    for n, (name, limit) in enumerate(given):
        old = known.get(name)
        category = "todo" if n == 0 else "done" if n == last else "doing"
        found.append(
            {
                "slug": old["slug"] if old else slugify(name)[:30] or f"column-{n}",
                "name": old["name"] if old else name,
                "category": category,
                "limit": limit,
            }
        )
    return found


class PartForm(ActionForm):
    """A row of the profile: new, or `row` as it is."""

    only_new: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, sent: Any, *, process: Process, row: Any = None, is_told: bool = False
    ) -> None:
        names = [n for n in self.base_fields if n not in self.only_new or row is None]
        initial = {n: getattr(row, n) for n in names} if row is not None else {}
        super().__init__(sent, initial=initial)
        for name in self.base_fields.keys() - {*names}:
            self.fields.pop(name)
        self.bind(process, row, is_told)

    def bind(self, process: Process, row: Any, is_told: bool) -> None:
        """Offer what this process holds."""

    def given(self) -> dict[str, Any]:
        """The cleaned fields as the action takes them."""
        return dict(self.cleaned_data)


class MemberForm(PartForm):
    """Somebody of the improvement team."""

    only_new = ("user",)
    user = PersonField(label=T("Who"))
    days_a_week = forms.DecimalField(
        label=T("Days a week for it"),
        min_value=0,
        max_value=7,
        decimal_places=1,
        initial=1,
    )


class StakeholderForm(PartForm):
    """Somebody it concerns."""

    name = _line(T("Who"), LENGTHS["name"], T("A person, a group, a role."), True)
    user = PersonField(
        label=T("Their account"),
        required=False,
        help_text=T("Their e-mail address; they then see what is published to them."),
    )
    interest = _scale(T("Interest"), T("How much it concerns them, 1 to 5."))
    power = _scale(T("Power"), T("How much they can move it, 1 to 5."))
    needs = _area(T("What they need to hear"), LENGTHS["needs"])
    cadence = _line(T("When"), LENGTHS["cadence"], T("Such as: each review, monthly."))
    opinion = _area(
        T("What they think of it"),
        LENGTHS["opinion"],
        help_text=T("Seen by the owner and the improvement team alone."),
    )

    def bind(self, process: Process, row: Any, is_told: bool) -> None:
        """Opinions are for the owner and the team."""
        if not is_told:
            self.fields.pop("opinion")


class StatementForm(PartForm):
    """A policy, control or guideline."""

    kind = forms.ChoiceField(
        label=T("Kind"),
        choices=Statement.Kind.choices,
        help_text=T(
            "Policies say what must be, controls see to it, guidelines advise."
        ),
    )
    title = _line(T("In one sentence"), LENGTHS["title"], required=True)
    text = _area(T("More"), LENGTHS["text"])
    owner = PersonField(label=T("Owner"), required=False)
    policy = forms.ModelChoiceField(
        Statement.objects.none(),
        label=T("Policy it serves"),
        required=False,
        empty_label=T("None"),
        help_text=T("Of a control: a policy, or a risk."),
    )
    risk = _line(T("Risk it serves"), LENGTHS["risk"])

    def bind(self, process: Process, row: Any, is_told: bool) -> None:
        """The policies of this process."""
        rows = Statement.objects.filter(process=process, kind=Statement.Kind.POLICY)
        field: Any = self.fields["policy"]
        field.queryset = rows.order_by("position")


class AimForm(PartForm):
    """An objective, an indicator, a metric."""

    kind = forms.ChoiceField(label=T("Kind"), choices=Aim.Kind.choices)
    parent = forms.ModelChoiceField(
        Aim.objects.none(),
        label=T("Under"),
        required=False,
        empty_label=T("The purpose"),
        help_text=T("An indicator under an objective, a metric under an indicator."),
    )
    title = _line(T("What"), LENGTHS["title"], required=True)
    target = _line(T("Target"), LENGTHS["target"])
    value = _line(T("Last measured"), LENGTHS["value"])

    def bind(self, process: Process, row: Any, is_told: bool) -> None:
        """What something can stand under."""
        rows = Aim.objects.filter(process=process).exclude(kind=Aim.Kind.METRIC)
        field: Any = self.fields["parent"]
        if row is not None:
            rows = rows.exclude(pk=row.pk)
        field.queryset = rows.order_by("position")


class StepForm(forms.Form):
    """One line of the value stream; one without a name is left out."""

    name = forms.CharField(max_length=120, required=False, label=T("Step"))
    waiting_minutes = forms.DecimalField(
        min_value=0, required=False, label=T("Waiting before it, minutes")
    )
    process_minutes = forms.DecimalField(
        min_value=0, required=False, label=T("Worked, minutes")
    )
    value = forms.ChoiceField(
        choices=StreamStep.Value.choices,
        required=False,
        initial=StreamStep.Value.NECESSARY,
        label=T("What it is worth"),
    )
    first_pass = forms.DecimalField(
        min_value=0, max_value=100, required=False, label=T("First-pass yield, %")
    )

    def given(self) -> dict[str, Any]:
        """As `draw_stream` takes it."""
        values = dict(self.cleaned_data)
        values["value"] = values["value"] or StreamStep.Value.NECESSARY
        for name in ("waiting_minutes", "process_minutes"):
            values[name] = values[name] or 0
        return values
