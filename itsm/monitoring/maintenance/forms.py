"""The form of a maintenance window."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as T

from itsm.monitoring.models import Maintenance, Source
from people.forms import ActionForm
from people.models import Service
from people.rotas.forms import MomentField


class MaintenanceForm(ActionForm):
    """What for, which services, from when until when."""

    name = forms.CharField(
        label=T("What is done"),
        max_length=200,
        help_text=T("In a few words: firmware of the VPN gateways."),
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Services"),
        widget=forms.CheckboxSelectMultiple,
        to_field_name="slug",
    )
    starts_at = MomentField(label=T("From"))
    ends_at = MomentField(label=T("Until"))
    source = forms.ModelChoiceField(
        Source.objects.order_by("name"),
        label=T("Reported by"),
        required=False,
        empty_label=T("Every source"),
        to_field_name="slug",
    )

    def __init__(self, *args: Any, row: Maintenance | None = None, **more: Any) -> None:
        if row is not None:
            more.setdefault("initial", _initial(row))
        super().__init__(*args, **more)
        if row is not None:
            services: Any = self.fields["services"]
            used = row.services.values("pk")
            services.queryset |= Service.objects.filter(pk__in=used)

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        return dict(self.cleaned_data)


def _initial(row: Maintenance) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ("name", "starts_at", "ends_at")}
    values["services"] = list(row.services.values_list("slug", flat=True))
    values["source"] = row.source.slug if row.source else ""
    return values
