"""What settings manage, one `Kind` each; upper rooms register theirs (offerings)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people import actions
from people.forms import (
    CategoryForm,
    OrganisationForm,
    ServiceForm,
    SettingsForm,
    TeamForm,
    UserForm,
)
from people.models import Category, Organisation, Service, Team, User
from people.policy import Scope, allows

Words = Any  # a lazy translation


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of settings. `rows(q)` filters by words; `cells(row)` says it in a line.

    `create` and `change` are the room's actions; `change` gets the row as `subject`.
    """

    slug: str
    title: Words
    one: Words
    teaches: Words
    rows: Callable[[str], QuerySet[Any]]
    head: Sequence[Words]
    cells: Callable[[Any], Sequence[Any]]
    form: type[SettingsForm]
    create: Callable[..., Any]
    change: Callable[..., Any]
    subject: str
    key: str = "slug"
    see: str = "people.see"
    verb: str = "people.change"
    order: int = 50
    owned: Callable[[Any, User], bool] = field(default=lambda row, user: False)

    def may_change(self, user: User, row: Any = None) -> bool:
        """Whether this person may add (no row) or change one."""
        own = row is not None and self.owned(row, user)
        return allows(user, self.verb, frozenset({Scope.OWNED} if own else ()))


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a list to settings."""
    _kinds[kind.slug] = kind


def get(slug: str) -> Kind | None:
    """The kind of this address."""
    return _kinds.get(slug)


def all_kinds() -> list[Kind]:
    """All lists, in the order of the tabs."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def yes(value: bool, words: str) -> str:
    """Words where something holds, nothing where not."""
    return words if value else ""


def _people(q: str) -> QuerySet[User]:
    rows = User.objects.select_related("organisation").prefetch_related("teams")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q))
    return rows


def _person_cells(user: User) -> list[Any]:
    roles = [str(label) for value, label in _roles() if value in user.roles]
    return [
        user.email,
        ", ".join(roles),
        ", ".join(t.name for t in user.teams.all()),
        user.organisation.name if user.organisation else "",
        "" if user.is_active else _("No access"),
    ]


def _roles() -> list[tuple[str, Any]]:
    from people.roles import Role

    return list(Role.choices)


def _teams(q: str) -> QuerySet[Team]:
    return Team.objects.filter(name__icontains=q).annotate(n=Count("memberships"))


def _organisations(q: str) -> QuerySet[Organisation]:
    return Organisation.objects.filter(name__icontains=q).annotate(n=Count("user"))


def _services(q: str) -> QuerySet[Service]:
    rows = Service.objects.filter(name__icontains=q).select_related("owner")
    return rows.prefetch_related("support_teams")


def _categories(q: str) -> QuerySet[Category]:
    return Category.objects.filter(name__icontains=q).prefetch_related("services")


T = gettext_lazy


def register_own() -> None:
    """The people room's own lists."""
    for kind in (
        Kind(
            slug="people",
            title=T("People"),
            one=T("person"),
            teaches=T("Nobody is called that. Add a person to invite them by mail."),
            rows=_people,
            head=[
                T("Name"),
                T("Email"),
                T("Roles"),
                T("Teams"),
                T("Organisation"),
                T("Note"),
            ],
            cells=_person_cells,
            form=UserForm,
            create=actions.create_user,
            change=actions.change_user,
            subject="user",
            key="pk",
            order=10,
        ),
        Kind(
            slug="teams",
            title=T("Teams"),
            one=T("team"),
            teaches=T("A team is who tickets go to. Add one, then its members."),
            rows=_teams,
            head=[T("Name"), T("Purpose"), T("Members"), T("Note")],
            cells=lambda t: [
                t.purpose,
                t.n,
                yes(t.is_supplier, _("Supplier"))
                or yes(not t.is_active, _("Not in use")),
            ],
            form=TeamForm,
            create=actions.create_team,
            change=actions.change_team,
            subject="team",
            order=20,
        ),
        Kind(
            slug="organisations",
            title=T("Organisations"),
            one=T("organisation"),
            teaches=T("An organisation is a customer whose people report and order."),
            rows=_organisations,
            head=[T("Name"), T("People"), T("Tickets"), T("Note")],
            cells=lambda o: [
                o.n,
                _("Shared") if o.shares_tickets else _("Everyone their own"),
                yes(not o.is_active, _("Not in use")),
            ],
            form=OrganisationForm,
            create=actions.create_organisation,
            change=actions.change_organisation,
            subject="organisation",
            order=30,
        ),
        Kind(
            slug="services",
            title=T("Services"),
            one=T("service"),
            teaches=T(
                "A service is what people use. Tickets, teams and promises hang on it."
            ),
            rows=_services,
            head=[
                T("Name"),
                T("Criticality"),
                T("Support"),
                T("Teams"),
                T("Owner"),
                T("Note"),
            ],
            cells=lambda s: [
                s.get_criticality_display(),
                s.get_support_model_display(),
                ", ".join(t.name for t in s.support_teams.all()),
                s.owner.name if s.owner else "",
                yes(not s.is_active, _("Not in use"))
                or yes(s.is_restricted, _("Restricted")),
            ],
            form=ServiceForm,
            create=actions.create_service,
            change=actions.change_service,
            subject="service",
            verb="service.change",
            owned=lambda s, user: s.owner_id == user.pk,
            order=40,
        ),
        Kind(
            slug="categories",
            title=T("Categories"),
            one=T("category"),
            teaches=T(
                "A category says what kind of trouble it is, for some services or all."
            ),
            rows=_categories,
            head=[T("Name"), T("Services"), T("Note")],
            cells=lambda c: [
                ", ".join(s.name for s in c.services.all()) or _("All"),
                yes(not c.is_active, _("Not in use")),
            ],
            form=CategoryForm,
            create=actions.create_category,
            change=actions.change_category,
            subject="category",
            verb="service.change",
            order=50,
        ),
    ):
        register(kind)
