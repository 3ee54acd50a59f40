"""The form of a rule: when (facts and conditions), then (what, when, together)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.monitoring.alert_rules.checking import ALONE, MOST_MATCHES
from itsm.monitoring.deciding.rules import FIELDS, LABEL, OPS
from itsm.monitoring.models import AlertRule, Severity, Source
from people.forms import ActionForm
from people.models import Service

MINUTE = timedelta(minutes=1)
KEPT = ("name", "severities", "action", "threshold", "group_by", "storm", "on_clear")
LENGTHS = ("within", "delay", "window", "reopen_within")


def _minutes(label: Any, least: int, help_text: Any = "") -> Any:
    return forms.IntegerField(
        label=label, min_value=least, max_value=14_400, help_text=help_text
    )


class RuleForm(ActionForm):
    """Everything but its conditions; lengths are typed in minutes."""

    name = forms.CharField(label=T("Name"), max_length=200)
    source = forms.ModelChoiceField(
        Source.objects.order_by("name"),
        label=T("From"),
        required=False,
        empty_label=T("Every source"),
        to_field_name="slug",
    )
    service = forms.ModelChoiceField(
        Service.objects.order_by("name"),
        label=T("Of the service"),
        required=False,
        empty_label=T("Every service"),
        to_field_name="slug",
    )
    severities = forms.MultipleChoiceField(
        label=T("How bad"),
        choices=Severity.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("None: every severity."),
    )
    action = forms.ChoiceField(
        label=T("What to do"),
        choices=AlertRule.Action.choices,
        widget=forms.RadioSelect,
        initial=AlertRule.Action.OPEN,
    )
    threshold = forms.IntegerField(
        label=T("Once it was reported so often"), min_value=1, initial=1
    )
    within = _minutes(T("… within so many minutes"), 1)
    delay = _minutes(
        T("… and has lasted so many minutes"),
        0,
        T("0: at once. What ends before: nothing."),
    )
    group_by = forms.ChoiceField(
        label=T("What shares an incident"),
        choices=AlertRule.Group.choices,
        widget=forms.RadioSelect,
        initial=AlertRule.Group.ALERT,
    )
    labels = forms.CharField(
        label=T("Which labels"),
        required=False,
        max_length=1000,
        help_text=T("With commas: cluster, job."),
    )
    window = _minutes(T("Within so many minutes of the last one"), 1)
    storm = forms.IntegerField(
        label=T("A storm from so many alerts of a service on"),
        min_value=0,
        help_text=T("They join one incident. 0: never."),
    )
    on_clear = forms.ChoiceField(
        label=T("Once all is cleared"), choices=AlertRule.OnClear.choices
    )
    reopen_within = _minutes(
        T("The same again within so many minutes reopens it"), 0, T("0: it opens anew.")
    )

    def __init__(self, *args: Any, row: AlertRule | None = None, **more: Any) -> None:
        more.setdefault("initial", initial_of(row or AlertRule()))
        super().__init__(*args, **more)

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        found = dict(self.cleaned_data)
        for name in LENGTHS:
            found[name] = MINUTE * found[name]
        found["labels"] = [one.strip() for one in found["labels"].split(",")]
        return found


def initial_of(row: AlertRule) -> dict[str, Any]:
    """What the row holds, as it is typed."""
    values: dict[str, Any] = {name: getattr(row, name) for name in KEPT}
    values |= {name: getattr(row, name) // MINUTE for name in LENGTHS}
    values["labels"] = ", ".join(row.labels)
    values["source"] = row.source.slug if row.source else ""
    values["service"] = row.service.slug if row.service else ""
    return values


class MatchForm(forms.Form):
    """One condition; an empty one counts for nothing."""

    field = forms.ChoiceField(label=T("What"), choices=list(FIELDS.items()))
    label = forms.CharField(label=T("Which label"), required=False, max_length=100)
    op = forms.ChoiceField(label=T("How"), choices=list(OPS.items()))
    value = forms.CharField(label=T("Text"), required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        """A label needs its name."""
        values: dict[str, Any] = super().clean() or {}
        is_label = values.get("field") == LABEL
        if self.match() and is_label and not values.get("label", "").strip():
            self.add_error("label", _("Name the label."))
        return values

    def match(self) -> dict[str, str] | None:
        """The condition as a rule keeps it; None for an empty one."""
        values = getattr(self, "cleaned_data", {})
        value, op = values.get("value", "").strip(), values.get("op", "")
        name, label = values.get("field", ""), values.get("label", "").strip()
        if not value and (op not in ALONE or (name == LABEL and not label)):
            return None
        return {
            "field": name + (label if name == LABEL else ""),
            "op": op,
            "value": value,
        }


def matches_of(
    row: AlertRule | None, data: Mapping[str, Any] | None = None, *, more: bool = False
) -> Any:
    """The conditions of a rule and room for one more; for two if `more` is asked."""
    told = [_typed(one) for one in row.matches] if row else []
    factory = forms.formset_factory(
        MatchForm, extra=1, max_num=MOST_MATCHES, absolute_max=MOST_MATCHES + 1
    )
    if data is not None and more:
        data = dict(data.items())
        n = str(data.get("form-TOTAL_FORMS", "1"))
        data["form-TOTAL_FORMS"] = str(min(int(n) if n.isdigit() else 1, 19) + 1)
    return factory(data, initial=told)


def _typed(told: Mapping[str, Any]) -> dict[str, Any]:
    field, value = str(told["field"]), told.get("value", "")
    is_label = field.startswith(LABEL)
    return {
        "field": LABEL if is_label else field,
        "label": field.removeprefix(LABEL) if is_label else "",
        "op": told["op"],
        "value": ", ".join(value) if isinstance(value, list) else value,
    }
