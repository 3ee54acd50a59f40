"""The catalogue in settings."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.icons import icon
from itsm.requests import actions
from itsm.requests.catalogue import shelves
from itsm.requests.models import Course, Offering, OfferingCategory
from people.forms import PersonField, SettingsForm
from people.models import Organisation, Service, Team
from people.pages import kinds
from people.roles import Role
from processes.durations import WORKING_DAY
from processes.words import length

HOUR = timedelta(hours=1)
CHOSEN: dict[str, Any] = {
    "laptop": T("Laptop"),
    "phone": T("Phone"),
    "image": T("Picture"),
    "copy": T("Copies"),
    "cube": T("Box"),
    "gear": T("Gear wheel"),
    "key": T("Key"),
    "keyboard": T("Keyboard"),
    "lock": T("Lock"),
    "shield": T("Shield"),
    "mail": T("Envelope"),
    "chat": T("Conversation"),
    "inbox": T("Inbox"),
    "note": T("Note"),
    "book": T("Book"),
    "clip": T("Paper clip"),
    "undo": T("Arrow back"),
    "globe": T("Globe"),
    "bolt": T("Lightning"),
    "spark": T("Spark"),
    "org": T("Buildings"),
    "user": T("Person"),
    "users": T("People"),
    "team": T("Team"),
    "home": T("House"),
    "door": T("Door"),
    "cal": T("Calendar"),
    "stack": T("Stack"),
}
ICONS = [("", T("The shelf's icon")), *CHOSEN.items()]


class IconRadios(forms.RadioSelect):
    """Icons to choose from, each with its name for who cannot see it."""

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        """As radios; the first is none."""
        known = (attrs or {}).get("id", f"id_{name}")
        off = " disabled" if (attrs or {}).get("disabled") else ""
        found = format_html_join(
            "",
            '<label title="{}"><input type="radio" name="{}" value="{}" id="{}_{}"{}{}>'
            '{}<span class="vh">{}</span></label>',
            (
                (
                    *(words, name, one, known, n),
                    *(" checked" if one == (value or "") else "", off),
                    *(icon(one or "minus"), words),
                )
                for n, (one, words) in enumerate(ICONS)
            ),
        )
        return format_html('<div class="iconpick" id="{}">{}</div>', known, found)


class OfferingForm(SettingsForm):
    """Something people can order. The promise is typed in hours."""

    many = ("for_organisations",)
    name = forms.CharField(label=T("Name"), max_length=200)
    description = forms.CharField(
        label=T("What one gets"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Service"),
        required=False,
        empty_label=T("None"),
    )
    category = forms.ModelChoiceField(
        OfferingCategory.objects.filter(is_active=True),
        label=T("Shelf"),
        required=False,
        empty_label=T("None"),
    )
    icon = forms.ChoiceField(
        label=T("Icon"), choices=ICONS, required=False, widget=IconRadios
    )
    team = forms.ModelChoiceField(
        Team.objects.filter(is_active=True).order_by("name"),
        label=T("Team that fulfils it"),
        required=False,
        empty_label=T("None"),
    )
    promise = forms.FloatField(
        label=T("Promised within, in hours"),
        min_value=0.05,
        max_value=5000,
        help_text=T("Eight hours are a working day."),
    )
    approval = forms.ChoiceField(
        label=T("Whose yes it needs"), choices=Offering.Approval.choices, required=False
    )
    approver = PersonField(
        label=T("Who says yes"),
        required=False,
        help_text=T("By e-mail: the data owner or the person of human resources."),
    )
    asks_manager_over = forms.DecimalField(
        label=T("From this price on the manager decides, too"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
    )
    for_roles = forms.MultipleChoiceField(
        label=T("For these roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("Of the person it is for; none means everybody."),
    )
    for_organisations = forms.ModelMultipleChoiceField(
        Organisation.objects.filter(is_active=True).order_by("name"),
        label=T("For these organisations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("None means every one."),
    )
    needs = forms.ModelChoiceField(
        Course.objects.filter(is_active=True).order_by("name"),
        label=T("Only after this training"),
        required=False,
        empty_label=T("None"),
    )
    can_recur = forms.BooleanField(
        label=T("Can come again every so many months"), required=False
    )
    tasks = forms.CharField(
        label=T("Steps, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_active = forms.BooleanField(label=T("Can be ordered"), required=False)

    @classmethod
    def initial_of(cls, row: Offering) -> dict[str, Any]:
        """Hours and lines, as they are typed."""
        values = super().initial_of(row)
        values["promise"] = round(row.promise / HOUR, 2)
        values["tasks"] = "\n".join(row.tasks)
        return values

    def clean_tasks(self) -> list[str]:
        """The lines that say something."""
        lines = [line.strip() for line in self.cleaned_data["tasks"].splitlines()]
        if any(len(line) > 200 for line in lines):
            raise forms.ValidationError(_("A step has at most 200 characters."))
        return [line for line in lines if line]

    def given(self) -> dict[str, Any]:
        """The promise as a duration."""
        values = dict(self.cleaned_data)
        values["promise"] = timedelta(seconds=round(values["promise"] * 3600))
        return values


class ShelfForm(SettingsForm):
    """A shelf of the catalogue."""

    name = forms.CharField(label=T("Name"), max_length=200)
    icon = forms.ChoiceField(
        label=T("Icon"), choices=ICONS, required=False, widget=IconRadios
    )
    position = forms.IntegerField(
        label=T("Place"),
        min_value=0,
        max_value=1000,
        initial=0,
        help_text=T("Smaller ones stand first."),
    )
    is_active = forms.BooleanField(label=T("Shown"), required=False)


def _rows(q: str) -> QuerySet[Offering]:
    rows = Offering.objects.filter(name__icontains=q)
    return rows.select_related("service", "team")


def register() -> None:
    """Put the catalogue among the settings."""
    kinds.register(
        kinds.Kind(
            slug="offerings",
            title=T("Offerings"),
            one=T("offering"),
            teaches=T("An offering is something people order in the portal."),
            rows=_rows,
            head=[
                *(T("Name"), T("Service"), T("Team"), T("Within"), T("Needs a yes")),
                T("Note"),
            ],
            cells=lambda o: [
                o.service.name if o.service else "",
                o.team.name if o.team else "",
                length(o.promise, day=WORKING_DAY),
                o.get_approval_display() if o.approval else "",
                "" if o.is_active else _("Not offered"),
            ],
            form=OfferingForm,
            create=actions.create_offering,
            change=actions.change_offering,
            subject="offering",
            verb="offering.change",
            owned=lambda o, user: bool(o.service and o.service.owner_id == user.pk),
            order=45,
        )
    )
    kinds.register(
        kinds.Kind(
            slug="shelves",
            title=T("Shelves"),
            one=T("shelf"),
            teaches=T(
                "A shelf keeps offerings together that people look for together."
            ),
            rows=shelves.rows,
            head=[T("Name"), T("Place"), T("Offerings"), T("Note")],
            cells=lambda s: [
                s.position,
                s.offered,
                "" if s.is_active else _("Not shown"),
            ],
            form=ShelfForm,
            create=shelves.create_shelf,
            change=shelves.change_shelf,
            subject="shelf",
            verb="offering.change",
            order=46,
        )
    )
    kinds.register_tab(
        kinds.Tab(slug="charges", title=T("Charges"), see="charge.see", order=47)
    )
