"""The forms of settings and account. Each knows which action's words it brings."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.actions import SCOPES
from people.changes import not_a_person
from people.models import Category, Organisation, Service, Team, Theme, User
from people.roles import Role
from people.token_actions import MOST_PER_MINUTE


class PersonField(forms.CharField):
    """Somebody by e-mail, as one types it; cleaned to the person."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "unknown": _("Nobody with access has the e-mail %(email)s.")
    }

    def __init__(self, *, or_program: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Their e-mail address."))
        self.or_program = or_program
        super().__init__(max_length=254, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A person is shown by e-mail."""
        return value.email if isinstance(value, User) else value

    def clean(self, value: Any) -> User | None:
        """The person, or None where nothing was typed."""
        if isinstance(value, User):
            return value
        email = str(super().clean(value)).strip()
        if not email:
            return None
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is not None and found.is_machine and not self.or_program:
            raise forms.ValidationError(not_a_person(found))
        if found is None:
            raise forms.ValidationError(
                self.error_messages["unknown"], params={"email": email}
            )
        return found


def _several(queryset: Any, label: Any, help_text: Any = "") -> Any:
    return forms.ModelMultipleChoiceField(
        queryset=queryset,
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ActionForm(forms.Form):
    """A form whose answer an action may still refuse."""

    def add_refusal(self, errors: dict[str, list[str]]) -> None:
        """Put an action's sentences where their fields are."""
        for name, sentences in errors.items():
            self.add_error(name if name in self.fields else None, sentences)


class SettingsForm(ActionForm):
    """A row's fields. `many` are those the row holds as many-to-many."""

    many: ClassVar[tuple[str, ...]] = ()
    only_new: ClassVar[tuple[str, ...]] = ()
    only_old: ClassVar[tuple[str, ...]] = ("is_active",)

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self.initial_of(row) if row is not None else None)
        super().__init__(*args, **kwargs)
        for name in self.only_old if row is None else self.only_new:
            self.fields.pop(name, None)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the row holds now."""
        values = {}
        for name in cls.base_fields:
            if name in cls.only_new:
                continue
            value = getattr(row, name)
            values[name] = list(value.all()) if name in cls.many else value
        return values

    def given(self) -> dict[str, Any]:
        """The cleaned fields as the action takes them."""
        return dict(self.cleaned_data)


class UserForm(SettingsForm):
    """A person."""

    only_new = ("invite",)
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("Work email"))
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label=_("Organisation"),
        required=False,
        empty_label=_("None"),
    )
    manager = PersonField(label=_("Manager"), required=False)
    cost_centre = forms.CharField(
        label=_("Cost centre"),
        max_length=40,
        required=False,
        help_text=_("Their orders are charged to it."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody can report and order; the rest is for those who work."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), *settings.LANGUAGES],
    )
    is_vip = forms.BooleanField(label=_("VIP"), required=False)
    is_active = forms.BooleanField(
        label=_("Has access"),
        required=False,
        help_text=_("Without access, sessions and tokens end at once."),
    )
    invite = forms.BooleanField(
        label=_("Send a mail with which they choose a password"),
        required=False,
        initial=True,
    )


class TeamForm(SettingsForm):
    """A team."""

    name = forms.CharField(label=_("Name"), max_length=200)
    purpose = forms.CharField(label=_("Purpose"), max_length=300, required=False)
    is_supplier = forms.BooleanField(label=_("Is a supplier"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False)


class OrganisationForm(SettingsForm):
    """An organisation. Its contact is one of its people, so a new one has none."""

    only_old = ("contact", "is_active")
    name = forms.CharField(label=_("Name"), max_length=200)
    shares_tickets = forms.BooleanField(
        label=_("Its people see each other's tickets"),
        required=False,
        help_text=_("Never restricted ones."),
    )
    contact = PersonField(
        label=_("Contact"),
        required=False,
        help_text=_("Who speaks for it and accepts its agreements, by e-mail."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)


class ServiceForm(SettingsForm):
    """A service."""

    many = ("depends_on", "support_teams", "organisations", "categories")
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("What people use it for"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    owner = PersonField(label=_("Owner"), required=False)
    criticality = forms.ChoiceField(
        label=_("Criticality"), choices=Service.Criticality.choices, initial="normal"
    )
    support_model = forms.ChoiceField(
        label=_("Support"),
        choices=Service.SupportModel.choices,
        initial="swarm",
        help_text=_("Whether people come to a ticket, or it goes from tier to tier."),
    )
    always_on = forms.BooleanField(label=_("Day and night"), required=False)
    is_restricted = forms.BooleanField(
        label=_("Its tickets start restricted"), required=False
    )
    support_teams = _several(
        Team.objects.filter(is_active=True).order_by("name"), _("Support teams")
    )
    depends_on = _several(
        Service.objects.filter(is_active=True).order_by("name"), _("Depends on")
    )
    categories = _several(
        Category.objects.filter(is_active=True).order_by("name"), _("Categories")
    )
    organisations = _several(
        Organisation.objects.filter(is_active=True).order_by("name"),
        _("Organisations that may use it"),
        _("None chosen: all may."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)


class CategoryForm(SettingsForm):
    """A category."""

    many = ("services",)
    name = forms.CharField(label=_("Name"), max_length=200)
    services = _several(
        Service.objects.filter(is_active=True).order_by("name"),
        _("Services"),
        _("None chosen: for all of them."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)


class TokenForm(ActionForm):
    """A new API token."""

    name = forms.CharField(
        label=_("What it is for"),
        max_length=100,
        error_messages={"required": _("Say what the token is for.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Limited to"),
        choices=[(scope, scope) for scope in SCOPES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "None chosen: everything the person may do. “read” changes nothing."
        ),
    )
    expires_at = forms.DateTimeField(
        label=_("Works until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    per_minute = forms.IntegerField(
        label=_("Requests a minute"),
        required=False,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        help_text=_("Empty: as many as anybody's token may."),
    )


class UserTokenForm(TokenForm):
    """A new API token for somebody."""

    user = PersonField(label=_("For"), required=True, or_program=True)
    field_order = ("user", "name", "scopes", "expires_at", "per_minute")


class ProfileForm(ActionForm):
    """What somebody may say of themselves."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), *settings.LANGUAGES],
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Light or dark"), required=False, choices=Theme.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(z for z in available_timezones() if "/" in z or z == "UTC")
        field: Any = self.fields["time_zone"]
        field.choices = [("", _("The server's")), *((z, z) for z in zones)]


class SignOnForm(ActionForm):
    """The OpenID Connect provider. The secret is written, never shown."""

    name = forms.CharField(
        label=_("What people call it"),
        max_length=40,
        help_text=_("The button says: Sign in with …"),
    )
    issuer = forms.CharField(
        label=_("Issuer"),
        max_length=500,
        help_text=_("Its https address, as the provider's documents name it."),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    client_id = forms.CharField(label=_("Client ID"), max_length=191)
    secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    domains = forms.CharField(
        label=_("Allowed domains"),
        max_length=5000,
        help_text=_("One a line. Only addresses of these domains are let in."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    is_active = forms.BooleanField(label=_("On"), required=False, initial=True)

    def __init__(self, data: Any = None, *, row: Any = None) -> None:
        initial = {}
        if row is not None:
            names = ("name", "issuer", "client_id", "is_active")
            initial = {name: getattr(row, name) for name in names}
            initial["domains"] = "\n".join(row.domains)
        super().__init__(data, initial=initial)
        if row is not None and row.secret:
            kept = _("One is kept. Leave this empty to keep it.")
            self.fields["secret"].help_text = kept

    def given(self) -> dict[str, Any]:
        """The cleaned fields as the action takes them."""
        found = dict(self.cleaned_data)
        found["domains"] = found["domains"].replace(",", "\n").split()
        return found
