"""The form of a sprint: dates, team, goal, and the kata card."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as T

from backlog.sprints.actions import KATA, LONGEST_GOAL, LONGEST_TEXT
from backlog.sprints.models import Sprint
from people.models import Team

CARD: dict[str, tuple[Any, Any]] = {
    "condition": (T("Target condition"), T("Where do we want to be at its end?")),
    "now": (T("Condition now"), T("Measured, where it can be.")),
    "obstacle": (T("Obstacle"), T("Which one do we take on now?")),
    "experiment": (T("Next experiment"), T("What do we try, and what do we expect?")),
    "learned": (T("What was learned"), T("After it, or on the way.")),
}


class SprintForm(forms.Form):
    """What a person says of a sprint."""

    goal = forms.CharField(
        label=T("Sprint goal"),
        max_length=LONGEST_GOAL,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=T("The commitment, in one sentence: what is better afterwards?"),
    )
    starts_on = forms.DateField(
        label=T("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = forms.DateField(
        label=T("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    team = forms.ModelChoiceField(
        label=T("Team"),
        queryset=Team.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label=T("The improvement team"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in CARD.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=help_text,
                required=False,
                max_length=LONGEST_TEXT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def give(self, refused: dict[str, list[str]]) -> None:
        """Show what the action refused beside its fields."""
        for name, sentences in refused.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


def first_values(newest: Sprint | None, today: Any) -> dict[str, Any]:
    """Two weeks from the Monday after the newest one, or after today."""
    after = newest.ends_on if newest else today
    monday = after + timedelta(days=7 - after.weekday())
    team = newest.team_id if newest else None
    return {
        "starts_on": monday, "ends_on": monday + timedelta(days=11), "team": team
    }  # fmt: skip


def values_of(sprint: Sprint) -> dict[str, Any]:
    """The form of one that there is."""
    names = ("goal", "starts_on", "ends_on", "team", *KATA)
    return {name: getattr(sprint, name) for name in names}
