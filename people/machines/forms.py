"""The form of a service account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.forms import PersonField, SettingsForm
from people.machines.actions import ROLES
from people.models import Organisation
from people.roles import Role


class ServiceAccountForm(SettingsForm):
    """A service account. Administering is asked for by itself, in plain words."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("What it does, such as “Nightly backup”; tickets show it."),
    )
    owner = PersonField(
        label=_("Who answers for it"),
        required=True,
        help_text=_("A person who works here, by e-mail."),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label=_("Organisation"),
        required=False,
        empty_label=_("None"),
        help_text=_("For a customer's program: what it opens is theirs."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, role.label) for role in ROLES],
        initial=[Role.AGENT.value],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Approving, and owning services or processes, is for people."),
    )
    administers = forms.BooleanField(
        label=_("May administer"),
        required=False,
        help_text=_("People, teams, services, sign-on: only for a program that must."),
    )
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_("Otherwise its tokens end at once."),
    )

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the account holds now."""
        names = ("name", "organisation", "is_active")
        return {
            **{name: getattr(row, name) for name in names},
            "owner": row.manager,
            "roles": [role for role in row.roles if role in ROLES],
            "administers": Role.ADMINISTRATOR in row.roles,
        }
