"""The form of a route. Its address and secret go in and never come out."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from notify import rulebook
from notify.lanes import channel_of
from notify.models import Channel, Route
from people.forms import ActionForm
from people.models import Service, Team

HELP: dict[str, Any] = {
    Route.Kind.SLACK.value: T("The address of an incoming webhook of the channel."),
    Route.Kind.TEAMS.value: T(
        "The address of the workflow “Post to a channel when a webhook is received”."
    ),
    Route.Kind.MATTERMOST.value: T("The address of an incoming webhook."),
    Route.Kind.SMS.value: T("Where your gateway takes messages, as JSON."),
    Route.Kind.NTFY.value: T("The server's address without a topic: https://ntfy.sh/"),
}
KEPT = T("It is kept and not shown again. Leave this empty to keep it.")


class RouteForm(ActionForm):
    """A room of a chat hears rules; a gateway pages people and may need a token."""

    name = forms.CharField(label=T("Name"), max_length=100)
    url = forms.CharField(
        label=T("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=T("Token"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=T("Sent as “Authorization: Bearer …”."),
    )
    rules = forms.MultipleChoiceField(
        label=T("What it hears"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    team = forms.ModelMultipleChoiceField(
        Team.objects.filter(is_active=True).order_by("name"),
        label=T("Only of these teams"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("None: of all teams."),
    )
    service = forms.ModelMultipleChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Only of these services"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("None: of all services."),
    )
    is_active = forms.BooleanField(label=T("In use"), required=False, initial=True)
    room_only: ClassVar[tuple[str, ...]] = ("rules", "team", "service")

    def __init__(
        self, *args: Any, kind: str, row: Route | None = None, **kwargs: Any
    ) -> None:
        if row is not None:
            kwargs.setdefault("initial", _initial(row))
        super().__init__(*args, **kwargs)
        self.is_room = channel_of(kind) == Channel.CHAT
        for name in ("secret",) if self.is_room else self.room_only:
            self.fields.pop(name)
        self.fields["url"].help_text = HELP[kind]
        if row is not None:
            self.fields["url"].required = False
            self.fields["url"].help_text = KEPT
            if "secret" in self.fields and row.secret:
                self.fields["secret"].help_text = KEPT
        else:
            self.fields.pop("is_active")
        if self.is_room:
            rules: Any = self.fields["rules"]
            rules.choices = offered()

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        found = dict(self.cleaned_data)
        if self.is_room:
            filters = {name: found.pop(name) for name in ("team", "service")}
            found["filters"] = {
                name: sorted(row.pk for row in rows)
                for name, rows in filters.items()
                if rows
            }
        return found

    def add_refusal(self, errors: dict[str, list[str]]) -> None:
        """What is wrong with the filters stands under the teams."""
        super().add_refusal(
            {"team" if n == "filters" else n: e for n, e in errors.items()}
        )


def _initial(row: Route) -> dict[str, Any]:
    return {
        "name": row.name,
        "rules": row.rules,
        "team": row.filters.get("team", []),
        "service": row.filters.get("service", []),
        "is_active": row.is_active,
    }


def offered() -> list[tuple[str, str]]:
    """Rules that a room can hear: those for everybody who works here."""
    return [
        (rule.name, str(rule.title))
        for rule in rulebook.rules()
        if rule.group in {rulebook.STAFF, rulebook.EVERYBODY} and not _is_own(rule)
    ]


def _is_own(rule: rulebook.Rule) -> bool:
    """About a person's own account, which is nobody else's."""
    return rule.subject_type == "user"


def kind_words() -> list[tuple[str, str, str]]:
    """Every kind: its value, its name, what it is for."""
    room, gateway = (
        _("A channel of a chat hears of events."),
        _("Pages who is on duty."),
    )
    return [
        (
            kind.value,
            str(kind.label),
            room if channel_of(kind.value) == Channel.CHAT else gateway,
        )
        for kind in Route.Kind
    ]
