"""The forms of a webhook, and of telling once more."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.tickets.states import TicketType
from itsm.webhooks import actions
from itsm.webhooks.models import Webhook
from people.forms import ActionForm, PersonField
from people.models import Organisation, Service, Team

KINDS: tuple[tuple[str, Any], ...] = (
    ("ticket.*", T("Everything about tickets")),
    ("ticket.open", T("A ticket is opened")),
    ("ticket.take", T("Somebody takes it")),
    ("ticket.assign", T("It is assigned")),
    ("ticket.triage", T("Priority, category or service is set")),
    ("ticket.comment", T("A public comment")),
    ("ticket.note", T("An internal note")),
    ("ticket.wait", T("It waits")),
    ("ticket.resume", T("It goes on")),
    ("ticket.resolve", T("It is resolved")),
    ("ticket.reopen", T("It is reopened")),
    ("ticket.close", T("It is closed")),
    ("ticket.miss", T("A promise is missed")),
    ("ticket.page", T("Somebody is paged")),
)
OFFERED = frozenset(kind for kind, _words in KINDS)


def _priorities() -> list[tuple[str, str]]:
    """In the reader's language, so asked anew by each form."""
    above = [(str(n), _("P%(n)s and above") % {"n": n}) for n in (1, 2, 3, 4)]
    return [("", _("Any priority")), *above]


def _several(model: Any, label: Any) -> Any:
    return forms.ModelMultipleChoiceField(
        model.objects.filter(is_active=True).order_by("name"),
        label=label,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class WebhookForm(ActionForm):
    """Where it leads, what it hears, and whose eyes bound that."""

    name = forms.CharField(label=T("Name"), max_length=actions.LONGEST_NAME)
    url = forms.CharField(
        label=T("Address"),
        max_length=actions.LONGEST_URL,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}
        ),
        help_text=T("Gets a POST for each event, signed. It has five seconds."),
    )
    owner = PersonField(
        label=T("Owner"),
        help_text=T("It is told what this person may see, and no more. Their e-mail."),
    )
    kinds = forms.MultipleChoiceField(
        label=T("What it hears"),
        choices=KINDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    more = forms.CharField(
        label=T("Other kinds of event"),
        required=False,
        max_length=2000,
        help_text=T(
            "As the log names them: ticket.approve, agreement.*, or * for all."
        ),
    )
    type = forms.MultipleChoiceField(
        label=T("Only of this kind"),
        choices=TicketType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    priority = forms.ChoiceField(
        label=T("Priority"), choices=_priorities, required=False
    )
    team = _several(Team, T("Only of these teams"))
    service = _several(Service, T("Only of these services"))
    organisation = _several(Organisation, T("Only of these customers"))
    with_restricted = forms.BooleanField(
        label=T("Restricted tickets too, as far as the owner sees them"),
        required=False,
    )
    first: ClassVar[tuple[str, ...]] = ("name", "url", "owner")
    heard: ClassVar[tuple[str, ...]] = ("kinds", "more")
    narrowed: ClassVar[tuple[str, ...]] = (
        *("type", "priority", "team", "service", "organisation", "with_restricted"),
    )

    def given(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        found = dict(self.cleaned_data)
        more = found.pop("more").replace(",", " ").split()
        priority = found.pop("priority")
        filters: dict[str, Any] = {"type": found.pop("type")}
        for name in actions.PLACES:
            filters[name] = sorted(row.pk for row in found.pop(name))
        filters["priority"] = int(priority) if priority else None
        return {
            **found,
            "kinds": list(dict.fromkeys([*found["kinds"], *more])),
            "filters": {name: wanted for name, wanted in filters.items() if wanted},
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether any of the filters is on, or wrong: then they stand open."""
        return any(self[name].value() or self[name].errors for name in self.narrowed)


def initial(row: Webhook) -> dict[str, Any]:
    """What the row holds now."""
    return {
        "name": row.name,
        "url": row.url,
        "owner": row.owner,
        "kinds": [kind for kind in row.kinds if kind in OFFERED],
        "more": ", ".join(kind for kind in row.kinds if kind not in OFFERED),
        "with_restricted": row.with_restricted,
        **row.filters,
    }


def heard_words(row: Webhook) -> list[str]:
    """What it hears, as the form says it; other kinds by their names."""
    known = dict(KINDS)
    said = {"*": _("Everything")}
    return [str(known.get(kind, said.get(kind, kind))) for kind in row.kinds]


class ReplayForm(ActionForm):
    """Since when."""

    since = forms.DateTimeField(
        label=T("Everything since"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    @classmethod
    def unsent(cls) -> "ReplayForm":
        """Beginning today, in the reader's zone."""
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(initial={"since": today})
