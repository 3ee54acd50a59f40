"""The forms of agreements: its facts, its table of targets, its steps; trying out."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.utils.translation import pgettext_lazy

from itsm.sla import lengths
from itsm.sla.checking import (
    CHANNELS,
    CUSTOMER_PROMISES,
    PERSON,
    PRIORITY_NAMES,
    WHO,
)
from itsm.sla.models import Agreement, ClockKind
from itsm.sla.steps import ANY_PROMISE, WARNINGS
from itsm.tickets.states import TicketType
from people.forms import ActionForm
from people.models import Calendar, Organisation, Service, Team
from processes.durations import WORKING_DAY, duration, write

WHO_WORDS: Mapping[str, Any] = {
    "owner": T("The owner"),
    "team": T("The whole team"),
    "lead": T("The team's leads"),
    "on_duty": T("Who is on duty"),
    "next_on_duty": T("The next on duty"),
    "duty_manager": T("The duty manager"),
    "service_owner": T("The service's owner"),
    "customer_contact": T("The customer's contact"),
    "dispatcher": T("The dispatchers"),
}
CHANNEL_WORDS: Mapping[str, Any] = {
    "inbox": T("in Beeline"),
    "mail": T("by mail"),
    "chat": T("in the chat"),
    "page": T("by page"),
}
WHEN = [
    ("share", T("at a share of the time, in %")),
    ("before", T("before it is due")),
    ("after", T("after it was due")),
]
PROMISE_WORDS = [(ANY_PROMISE, T("any promise")), *ClockKind.choices]
KEPT = ("name", "kind", "service", "organisation", "type", "team", "calendar")
DAYS = ("valid_from", "valid_until")


def _in_use(model: Any) -> Any:
    return model.objects.filter(is_active=True).order_by("name")


def _row(model: Any, label: Any, empty: Any, help_text: Any = "") -> Any:
    return forms.ModelChoiceField(
        _in_use(model),
        label=label,
        required=False,
        empty_label=empty,
        help_text=help_text,
        to_field_name="slug",
    )


def _day(label: Any, help_text: Any = "", *, required: bool = True) -> Any:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AgreementForm(ActionForm):
    """Everything but its steps. Lengths are typed like 30 min, 4 h, 2 d."""

    name = forms.CharField(label=T("Name"), max_length=200)
    kind = forms.ChoiceField(label=T("Between whom"), choices=Agreement.Kind.choices)
    service = _row(Service, T("Service"), T("Every service"))
    organisation = _row(Organisation, T("Organisation"), T("Every organisation"))
    type = forms.ChoiceField(
        label=T("Kind of ticket"),
        choices=[("", T("Every kind")), *TicketType.choices],
        required=False,
    )
    team = _row(
        Team,
        T("Team or supplier that promises"),
        T("The whole house"),
        T("Only within the house: how long this team may take."),
    )
    calendar = _row(Calendar, T("Calendar"), T("Around the clock"))
    around_the_clock = forms.MultipleChoiceField(
        label=T("Around the clock all the same"),
        choices=[(str(n), name) for n, name in enumerate(PRIORITY_NAMES, 1)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    warnings = forms.CharField(
        label=T("Warn at, in percent"),
        required=False,
        max_length=100,
        help_text=T("Of the time; several with commas: 50, 75."),
    )
    valid_from = _day(T("First day"))
    valid_until = _day(
        T("Last day"), T("Empty: until somebody ends it."), required=False
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    def __init__(self, *args: Any, row: Agreement | None = None, **more: Any) -> None:
        more.setdefault("initial", initial_of(row) if row else NEW)
        super().__init__(*args, **more)
        for priority, promise, name in cells():
            self.fields[name] = forms.CharField(
                label=f"{priority}, {ClockKind(promise).label}",
                required=False,
                max_length=40,
            )
        if row is None:
            del self.fields["is_active"]
        else:
            self._keep_retired(row)

    def _keep_retired(self, row: Agreement) -> None:
        """What it names stays possible, though nothing new may name it."""
        for name in ("service", "organisation", "team", "calendar"):
            field: Any = self.fields[name]
            if (pk := getattr(row, f"{name}_id")) is not None:
                field.queryset |= field.queryset.model.objects.filter(pk=pk)

    def table(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The table of targets, a priority a line."""
        return [
            (p, [self[f"{p}_{promise}"] for promise in CUSTOMER_PROMISES])
            for p in PRIORITY_NAMES
        ]

    def clean_warnings(self) -> list[int]:
        """The shares, as numbers."""
        parts = self.cleaned_data["warnings"].replace("%", "").replace(";", ",")
        found = [part.strip() for part in parts.split(",") if part.strip()]
        if not all(
            part.isascii() and part.isdigit() and len(part) < 5 for part in found
        ):
            raise forms.ValidationError(_("Write whole numbers, such as 50, 75."))
        return [int(part) for part in found]

    def clean_around_the_clock(self) -> list[int]:
        """The priorities, as numbers."""
        return [int(n) for n in self.cleaned_data["around_the_clock"]]

    def clean(self) -> dict[str, Any]:
        """Read the table's lengths; one that is none says so in its cell."""
        values: dict[str, Any] = super().clean() or {}
        targets: dict[str, dict[str, str]] = {}
        for priority, promise, name in cells():
            if typed := values.pop(name, "").strip():
                try:
                    length = lengths.read(typed)
                except ValueError as wrong:
                    self.add_error(name, str(wrong))
                else:
                    told = write(length, day=WORKING_DAY) if length else "PT0S"
                    targets.setdefault(priority, {})[promise] = told
        return {**values, "targets": targets}

    def add_refusal(self, errors: dict[str, list[str]]) -> None:
        """Put sentences about the table into its cells; the steps have their own."""
        for name, sentences in errors.items():
            field = name.removeprefix("targets.").replace(".", "_")
            if name != "escalations":
                self.add_error(field if field in self.fields else None, sentences)

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        return dict(self.cleaned_data)


NEW: Mapping[str, Any] = {"warnings": ", ".join(map(str, WARNINGS))}


def cells() -> Iterator[tuple[str, str, str]]:
    """Priority, promise and field of every cell of the table."""
    for priority in PRIORITY_NAMES:
        for promise in CUSTOMER_PROMISES:
            yield priority, promise, f"{priority}_{promise}"


def initial_of(row: Agreement) -> dict[str, Any]:
    """What the row holds, as it is typed."""
    values = {name: getattr(row, name) for name in (*KEPT, *DAYS, "is_active")}
    values["around_the_clock"] = [str(n) for n in row.around_the_clock]
    values["warnings"] = ", ".join(map(str, row.warnings))
    for priority, promised in row.targets.items():
        for promise, text in promised.items():
            values[f"{priority}_{promise}"] = said(text)
    return values


def said(text: str) -> str:
    """A kept length, as it is typed and read."""
    return lengths.say(duration(text, day=WORKING_DAY))


class StepForm(forms.Form):
    """One step: when, of which promise, who hears of it, by which channel."""

    when = forms.ChoiceField(label=T("When"), choices=WHEN)
    amount = forms.CharField(label=T("How much"), max_length=40)
    promise = forms.ChoiceField(label=T("Of"), choices=PROMISE_WORDS)
    channel = forms.ChoiceField(
        label=T("Told"), choices=[(name, CHANNEL_WORDS[name]) for name in CHANNELS]
    )
    who = forms.MultipleChoiceField(
        label=T("Who"),
        choices=[(name, WHO_WORDS[name]) for name in WHO],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.CharField(
        label=T("And these, by e-mail address, with commas"),
        required=False,
        max_length=1000,
    )

    def clean(self) -> dict[str, Any]:
        """The amount in the sense of its `when`."""
        values: dict[str, Any] = super().clean() or {}
        if "when" in values and "amount" in values:
            try:
                values["read"] = _amount(values["when"], values["amount"])
            except ValueError as wrong:
                self.add_error("amount", str(wrong))
        if not (values.get("who") or values.get("people", "").strip()):
            self.add_error("who", _("Say who is told."))
        return values

    def step(self) -> dict[str, Any]:
        """The step as an agreement keeps it."""
        values = self.cleaned_data
        people = [p.strip() for p in values["people"].split(",") if p.strip()]
        return {
            "when": {values["when"]: values["read"]},
            "promise": values["promise"],
            "who": [*values["who"], *(f"{PERSON}{email.lower()}" for email in people)],
            "channel": values["channel"],
        }


def _amount(when: str, typed: str) -> int | str:
    if when != "share":
        length = lengths.read(typed)
        if length <= timedelta(0):
            raise ValueError(_("Give it some time."))
        return write(length, day=WORKING_DAY)
    number = typed.replace("%", "").strip()
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= 100):
        raise ValueError(_("A share is between 1 and 100 percent."))
    return int(number)


class Steps(forms.BaseFormSet):
    """The steps of an agreement, and room for one more."""

    def given(self) -> list[dict[str, Any]]:
        """The steps that are to be kept."""
        return [
            form.step()
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]


StepSet = forms.formset_factory(
    StepForm, formset=Steps, extra=0, can_delete=True, max_num=20, validate_max=True
)


def steps_of(row: Agreement | None, data: Any = None, *, more: bool = False) -> Any:
    """The steps' forms; `more` adds an empty one to what was typed."""
    if data is None:
        kept = [_typed(step) for step in row.escalations] if row else []
        return StepSet(initial=kept, prefix="steps")
    if more:
        data = data.copy()
        total = data.get("steps-TOTAL_FORMS", "0")
        count = int(total) if total.isascii() and total.isdigit() else 0
        data["steps-TOTAL_FORMS"] = str(min(count, 19) + 1)
    return StepSet(data, prefix="steps")


def _typed(step: Mapping[str, Any]) -> dict[str, Any]:
    """A kept step, as its form shows it."""
    ((when, value),) = step["when"].items()
    people = [n.removeprefix(PERSON) for n in step["who"] if n.startswith(PERSON)]
    return {
        "when": when,
        "amount": str(value) if when == "share" else said(value),
        "promise": step.get("promise", ANY_PROMISE),
        "channel": step["channel"],
        "who": [name for name in step["who"] if not name.startswith(PERSON)],
        "people": ", ".join(people),
    }


class TryForm(forms.Form):
    """What would hold for such a ticket."""

    type = forms.ChoiceField(label=T("Kind of ticket"), choices=TicketType.choices)
    priority = forms.TypedChoiceField(
        label=T("Priority"),
        choices=[(n, name) for n, name in enumerate(PRIORITY_NAMES, 1)],
        coerce=int,
        initial=3,
    )
    service = _row(Service, T("Service"), T("None"))
    organisation = _row(Organisation, T("Organisation"), T("None"))
    team = _row(Team, T("Team"), T("None"))
    on = _day(pgettext_lazy("a day", "On"), T("Empty: today."), required=False)
