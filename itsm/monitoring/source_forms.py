"""The forms of a source: what it is called and bound to, and when it is missed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as T

from core.wording import duration
from itsm.monitoring.models import Source
from itsm.monitoring.source_actions import LONGEST_NAME, MOST_PER_MINUTE
from people.forms import ActionForm
from people.models import Service, Team

MINUTES = (5, 15, 30, 60, 4 * 60, 24 * 60, 7 * 24 * 60)


class NewSourceForm(ActionForm):
    """As little as it takes to hear the first event."""

    name = forms.CharField(label=T("Name"), max_length=LONGEST_NAME)
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Service"),
        empty_label=T("Choose one"),
        help_text=T("What its alerts are about, unless a label says otherwise."),
    )
    team = forms.ModelChoiceField(
        Team.objects.filter(is_active=True, is_supplier=False).order_by("name"),
        label=T("Team"),
        required=False,
        empty_label=T("The service's own team"),
        help_text=T("Who gets its incidents."),
    )

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        return dict(self.cleaned_data)


class SourceForm(NewSourceForm):
    """All of it but how its events are read."""

    silent_after = forms.ChoiceField(
        label=T("Raise an alarm when it is silent for"),
        required=False,
        help_text=T(
            "For tools that send something regularly, a watchdog for instance."
        ),
    )
    per_minute = forms.IntegerField(
        label=T("Calls a minute"),
        min_value=1,
        max_value=MOST_PER_MINUTE,
        help_text=T("When there are more, the tool is told to wait."),
    )

    def __init__(self, *args: Any, row: Source, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(row))
        super().__init__(*args, **kwargs)
        silence: Any = self.fields["silent_after"]
        silence.choices = _silences(row.silent_after)
        for name in ("service", "team"):  # one that is out of use meanwhile stays
            field: Any = self.fields[name]
            kept = getattr(row, f"{name}_id")
            field.queryset = field.queryset | field.queryset.model.objects.filter(
                pk=kept
            )

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them; only what was changed."""
        found = {n: self.cleaned_data[n] for n in self.changed_data}
        if "silent_after" in found:
            minutes = found["silent_after"]
            found["silent_after"] = timedelta(minutes=int(minutes)) if minutes else None
        return found


def _initial(row: Source) -> dict[str, Any]:
    return {
        "name": row.name,
        "service": row.service_id,
        "team": row.team_id,
        "silent_after": str(_minutes(row.silent_after)) if row.silent_after else "",
        "per_minute": row.per_minute,
    }


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)


def _silences(now: timedelta | None) -> list[tuple[str, Any]]:
    """Never, the usual lengths, and the one it has."""
    minutes = {*MINUTES, *({_minutes(now)} if now else ())}
    return [
        ("", T("Never")),
        *((str(n), duration(timedelta(minutes=n))) for n in sorted(minutes)),
    ]
