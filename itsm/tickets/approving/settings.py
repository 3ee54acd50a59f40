"""The groups that decide, in settings; who and what they are, for the log."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import subjects
from itsm.tickets.approving import delegating, groups
from itsm.tickets.approving.models import Authority, Delegation
from people.forms import SettingsForm
from people.models import Service, User
from people.pages import kinds
from people.policy import allows


class AuthorityForm(SettingsForm):
    """A group that decides; its people are typed by e-mail, one a line."""

    many: ClassVar[tuple[str, ...]] = ("services",)
    name = forms.CharField(label=T("Name"), max_length=200)
    members = forms.CharField(
        label=T("Who is in it"),
        max_length=10_000,
        help_text=T("Their e-mail addresses, one a line."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    quorum = forms.IntegerField(
        label=T("How many have to say yes"),
        min_value=1,
        max_value=groups.MOST,
        initial=1,
        help_text=T("Different people; whoever stands in for several counts once."),
    )
    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.filter(is_active=True).order_by("name"),
        label=T("Decides for"),
        help_text=T("None chosen: for all services that have no group of their own."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    @classmethod
    def initial_of(cls, row: Authority) -> dict[str, Any]:
        """The members as they are typed."""
        values = super().initial_of(row)
        emails = row.members.order_by("email").values_list("email", flat=True)
        return {**values, "members": "\n".join(emails)}

    def clean_members(self) -> list[User]:
        """The people of these addresses."""
        typed = self.cleaned_data["members"].replace(",", "\n").split()
        wanted = list(dict.fromkeys(email.lower() for email in typed))
        found = {u.email: u for u in User.objects.people().filter(email__in=wanted)}
        unknown = [email for email in wanted if email not in found]
        if unknown:
            words = {"email": unknown[0]}
            sentence = _("Nobody with access has the e-mail %(email)s.") % words
            raise forms.ValidationError(sentence)
        return [found[email] for email in wanted]


def _rows(q: str) -> QuerySet[Authority]:
    rows = Authority.objects.filter(name__icontains=q)
    return rows.prefetch_related("members", "services")


def _cells(row: Authority) -> list[Any]:
    services = ", ".join(sorted(s.name for s in row.services.all()))
    return [
        ", ".join(sorted(m.name for m in row.members.all())),
        row.quorum,
        services or _("All that have none"),
        "" if row.is_active else _("Not in use"),
    ]


def _seen(user: User) -> QuerySet[Authority]:
    rows = Authority.objects.all()
    return rows if allows(user, "people.see") else rows.none()


def _given_or_held(user: User) -> QuerySet[Delegation]:
    rows = Delegation.objects.all()
    is_for_all = allows(user, "delegation.change")
    return rows if is_for_all else delegating.delegations_of(user)


def register() -> None:
    """Put the groups among the settings; make both known to the log."""
    kinds.register(
        kinds.Kind(
            slug="authorities",
            title=T("Change authorities"),
            one=T("change authority"),
            teaches=T(
                "A group decides on risky changes of its services. Where there is "
                "none, whoever has the role of a change authority does."
            ),
            rows=_rows,
            head=[T("Name"), T("Who"), T("Yes of"), T("For"), T("Note")],
            cells=_cells,
            form=AuthorityForm,
            create=groups.create_authority,
            change=groups.change_authority,
            subject="authority",
            verb="authority.change",
            order=46,
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Authority.subject_type,
            visible_to=_seen,
            numbers=lambda ids: dict(
                Authority.objects.filter(pk__in=set(ids)).values_list("pk", "slug")
            ),
            url=lambda slug: f"/settings/authorities/{slug}/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Delegation.subject_type,
            visible_to=_given_or_held,
            numbers=lambda ids: {pk: str(pk) for pk in ids},
            url=lambda number: "/account/#delegations",
        )
    )
