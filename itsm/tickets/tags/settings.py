"""The list of tags in settings."""

from django import forms
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import subjects
from itsm.tickets.tags import actions
from itsm.tickets.tags.models import Tag
from people.forms import SettingsForm
from people.models import User
from people.pages import kinds
from people.policy import allows


class TagForm(SettingsForm):
    """A tag."""

    name = forms.CharField(label=T("Name"), max_length=40)
    colour = forms.ChoiceField(
        label=T("Colour"), choices=Tag.Colour.choices, required=False
    )
    is_active = forms.BooleanField(
        label=T("In use"),
        required=False,
        help_text=T("Tickets that carry it keep it."),
    )


def _rows(q: str) -> QuerySet[Tag]:
    return Tag.objects.filter(name__icontains=q).annotate(n=Count("tagged"))


def _visible(user: User) -> QuerySet[Tag]:
    rows = Tag.objects.all()
    return rows if allows(user, "people.see") else rows.none()


def register() -> None:
    """Put the tags among the settings, and make them known to the log."""
    kinds.register(
        kinds.Kind(
            slug="tags",
            title=T("Tags"),
            one=T("tag"),
            teaches=T("A tag is a word to find tickets by, whatever their category."),
            rows=_rows,
            head=[T("Name"), T("Colour"), T("On tickets"), T("Note")],
            cells=lambda tag: [
                str(tag.get_colour_display()),
                tag.n,
                "" if tag.is_active else _("Not in use"),
            ],
            form=TagForm,
            create=actions.create_tag,
            change=actions.change_tag,
            subject="tag",
            verb="tag.change",
            order=55,
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Tag.subject_type,
            visible_to=_visible,
            numbers=lambda ids: dict(
                Tag.objects.filter(pk__in=set(ids)).values_list("pk", "slug")
            ),
            url=lambda slug: f"/settings/tags/{slug}/",
        )
    )
