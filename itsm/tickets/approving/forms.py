"""What is typed about decisions."""

from django import forms
from django.utils.translation import gettext_lazy as T

from people.forms import ActionForm, PersonField
from people.rotas.forms import MomentField


class DelegationForm(ActionForm):
    """Who decides in one's place, and for how long."""

    to = PersonField(label=T("Who decides for you"))
    starts_at = MomentField(label=T("From"))
    ends_at = MomentField(label=T("Until"))
    note = forms.CharField(label=T("Note"), max_length=200, required=False)
