"""Kinds of change among the settings: the form, and the list."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.reader import phrase
from itsm.changes.kinds import actions, policy
from itsm.changes.models import Kind
from itsm.changes.questions import live, options
from people.forms import SettingsForm
from people.models import Service, Team
from people.pages import kinds

ASKED = "answers."
MINUTE = timedelta(minutes=1)


def _area(label: Any, rows: int, help_text: Any = "", most: int = 20_000) -> Any:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class KindForm(SettingsForm):
    """What a change of this kind begins with. Its standing is not set here."""

    name = forms.CharField(label=T("Name"), max_length=200)
    description = _area(T("What it is for"), 2, most=5000)
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Service"),
        required=False,
        empty_label=T("Any"),
    )
    team = forms.ModelChoiceField(
        Team.objects.filter(is_active=True).order_by("name"),
        label=T("Team that does it"),
        required=False,
        empty_label=T("Any"),
    )
    plan = _area(T("What is done"), 4)
    test = _area(T("How it is tested"), 3)
    way_back = _area(T("Way back"), 3)
    tasks = _area(T("Steps, one a line"), 4, most=5000)
    length = forms.IntegerField(
        label=T("Length of its window, in minutes"),
        min_value=1,
        max_value=20_160,
        initial=60,
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    def __init__(self, *args: Any, row: Kind | None = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.kept = dict(row.answers) if row is not None else {}
        for slug, question in live().items():
            field = forms.ChoiceField(
                label=phrase(question.label),
                choices=[("", _("Answered each time")), *options(question)],
                required=False,
                help_text=phrase(question.help),
                initial=self.kept.get(slug, ""),
            )
            self.fields[f"{ASKED}{slug}"] = field

    @classmethod
    def initial_of(cls, row: Kind) -> dict[str, Any]:
        """Minutes and lines, as they are typed."""
        values = super().initial_of(row)
        values["length"] = round(row.length / MINUTE)
        values["tasks"] = "\n".join(row.tasks)
        return values

    def clean_tasks(self) -> list[str]:
        """The lines that say something."""
        lines = [line.strip() for line in self.cleaned_data["tasks"].splitlines()]
        if any(len(line) > 200 for line in lines):
            raise forms.ValidationError(_("A step has at most 200 characters."))
        return [line for line in lines if line]

    def given(self) -> dict[str, Any]:
        """The length as one, the answers in one."""
        answers = {
            name.removeprefix(ASKED): value
            for name, value in self.cleaned_data.items()
            if name.startswith(ASKED) and value
        }
        values = {n: v for n, v in self.cleaned_data.items() if not n.startswith(ASKED)}
        length = timedelta(minutes=values["length"])
        return {**values, "length": length, "answers": answers}


def _rows(q: str) -> QuerySet[Kind]:
    rows = Kind.objects.filter(name__icontains=q)
    return rows.select_related("service", "team")


def _change(*, change_kind: Kind, **given: Any) -> Kind:
    return actions.change_kind(kind=change_kind, **given)


def register() -> None:
    """Put them among the settings."""
    kinds.register(
        kinds.Kind(
            slug="change-kinds",
            title=T("Kinds of change"),
            one=T("kind of change"),
            teaches=T("A kind of change is a template for what comes again."),
            rows=_rows,
            head=[T("Name"), T("Service"), T("Team"), T("Standing"), T("Note")],
            cells=lambda k: [
                k.service.name if k.service else "",
                k.team.name if k.team else "",
                k.get_standing_display(),
                "" if k.is_active else _("Not in use"),
            ],
            form=KindForm,
            create=actions.create_kind,
            change=_change,
            subject="change_kind",
            see="change_kind.see",
            verb=policy.CHANGE,
            owned=lambda k, user: policy.may_change(user, k.service, k.team),
            order=52,
        )
    )
