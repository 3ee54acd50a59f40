"""The form of an article, and what it starts with when a ticket is at hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.knowledge.models import LONGEST_ARTICLE, Article, Audience
from itsm.tickets.models import Ticket
from people.forms import PersonField
from people.models import Organisation, Service

AUDIENCES = [
    (Audience.EVERYBODY, T("Everybody who can ask for help")),
    (Audience.ORGANISATION, T("One organisation")),
    (Audience.STAFF, T("People who work here")),
]


class ArticleForm(forms.Form):
    """Title, text, and who reads and who looks after it."""

    title = forms.CharField(
        label=T("What it answers"),
        max_length=250,
        error_messages={"required": T("Say in a few words what it answers.")},
    )
    body = forms.CharField(
        label=T("Text"),
        max_length=LONGEST_ARTICLE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=T("Write steps as a list. No names, no passwords."),
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Service"),
        required=False,
        empty_label=T("None"),
    )
    audience = forms.ChoiceField(label=T("Who reads it"), choices=AUDIENCES)
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(is_active=True).order_by("name"),
        label=T("Which organisation"),
        required=False,
        empty_label=T("None"),
    )
    owner = PersonField(label=T("Who looks at it again"), required=False)
    review_on = forms.DateField(
        label=T("Look at it again on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @classmethod
    def initial_of(cls, article: Article) -> dict[str, Any]:
        """What stands in it now."""
        values = {name: getattr(article, name) for name in cls.base_fields}
        values["owner"] = article.owner.email if article.owner else ""
        return values

    def given(self) -> dict[str, Any]:
        """The fields as the actions take them."""
        values = dict(self.cleaned_data)
        values["body"] = values["body"].replace("\r\n", "\n")
        return values


def from_ticket(ticket: Ticket) -> dict[str, Any]:
    """What an article from this ticket starts with.

    Of a restricted one only its service: what is in it is not for all who work here.
    """
    if ticket.restricted:
        return {"service": ticket.service, "body": _body("", "")}
    return {
        "title": ticket.title,
        "service": ticket.service,
        "body": _body(ticket.description, ticket.resolution),
    }


def _body(question: str, answer: str) -> str:
    return "\n\n".join(
        (
            f"## {_('What happens')}",
            question.strip() or "…",
            f"## {_('What helps')}",
            answer.strip() or "1. …",
        )
    )
