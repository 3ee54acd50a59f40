"""The people room's own lists in settings: people, teams, organisations, services …"""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from people import actions
from people.forms import (
    CategoryForm,
    OrganisationForm,
    ServiceForm,
    TeamForm,
    UserForm,
)
from people.models import Category, Organisation, Presence, Service, Team, User
from people.pages import kinds
from people.pages.kinds import Kind, Tab
from people.roles import Role


def _people(q: str) -> QuerySet[User]:
    rows = User.objects.filter(is_machine=False).select_related("organisation")
    rows = rows.prefetch_related("teams")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q))
    return rows


def _person_cells(user: User) -> list[Any]:
    return [
        user.email,
        ", ".join(str(role.label) for role in Role if role in user.roles),
        ", ".join(t.name for t in user.teams.all()),
        user.organisation.name if user.organisation else "",
        _presence(user) if user.is_active else _("No access"),
    ]


def _presence(user: User) -> str:
    """What those who work here said of themselves, where it keeps them from work."""
    now = user.presence_at(timezone.now())
    return "" if now == Presence.AVAILABLE else str(Presence(now).label)


PEOPLE = Kind(
    slug="people",
    title=T("People"),
    one=T("person"),
    teaches=T("Nobody is called that. Add a person to invite them by mail."),
    rows=_people,
    head=[
        *(T("Name"), T("Email"), T("Roles")),
        *(T("Teams"), T("Organisation"), T("Note")),
    ],
    cells=_person_cells,
    form=UserForm,
    create=actions.create_user,
    change=actions.change_user,
    subject="user",
    key="pk",
    order=10,
)


def _teams(q: str) -> QuerySet[Team]:
    return Team.objects.filter(name__icontains=q).annotate(n=Count("memberships"))


def _team_cells(team: Any) -> list[Any]:
    note = _("Supplier") if team.is_supplier else _in_use(team)
    return [team.purpose, team.n, note]


TEAMS = Kind(
    slug="teams",
    title=T("Teams"),
    one=T("team"),
    teaches=T("A team is who tickets go to. Add one, then its members."),
    rows=_teams,
    head=[T("Name"), T("Purpose"), T("Members"), T("Note")],
    cells=_team_cells,
    form=TeamForm,
    create=actions.create_team,
    change=actions.change_team,
    subject="team",
    order=20,
)


def _organisations(q: str) -> QuerySet[Organisation]:
    return Organisation.objects.filter(name__icontains=q).annotate(n=Count("user"))


def _organisation_cells(organisation: Any) -> list[Any]:
    shared = _("Shared") if organisation.shares_tickets else _("Everyone their own")
    return [organisation.n, shared, _in_use(organisation)]


ORGANISATIONS = Kind(
    slug="organisations",
    title=T("Organisations"),
    one=T("organisation"),
    teaches=T("An organisation is a customer whose people report and order."),
    rows=_organisations,
    head=[T("Name"), T("People"), T("Tickets"), T("Note")],
    cells=_organisation_cells,
    form=OrganisationForm,
    create=actions.create_organisation,
    change=actions.change_organisation,
    subject="organisation",
    order=30,
)


def _services(q: str) -> QuerySet[Service]:
    rows = Service.objects.filter(name__icontains=q).select_related("owner")
    return rows.prefetch_related("support_teams")


def _service_cells(service: Service) -> list[Any]:
    restricted = _("Restricted") if service.is_restricted else ""
    return [
        service.get_criticality_display(),
        service.get_support_model_display(),
        ", ".join(t.name for t in service.support_teams.all()),
        service.owner.name if service.owner else "",
        _in_use(service) or restricted,
    ]


SERVICES = Kind(
    slug="services",
    title=T("Services"),
    one=T("service"),
    teaches=T("A service is what people use. Tickets, teams and promises hang on it."),
    rows=_services,
    head=[
        *(T("Name"), T("Criticality"), T("Support")),
        *(T("Teams"), T("Owner"), T("Note")),
    ],
    cells=_service_cells,
    form=ServiceForm,
    create=actions.create_service,
    change=actions.change_service,
    subject="service",
    verb="service.change",
    owned=lambda service, user: service.owner_id == user.pk,
    order=40,
)


def _categories(q: str) -> QuerySet[Category]:
    return Category.objects.filter(name__icontains=q).prefetch_related("services")


def _category_cells(category: Category) -> list[Any]:
    services = ", ".join(s.name for s in category.services.all())
    return [services or _("All"), _in_use(category)]


CATEGORIES = Kind(
    slug="categories",
    title=T("Categories"),
    one=T("category"),
    teaches=T("A category says what kind of trouble it is, for some services or all."),
    rows=_categories,
    head=[T("Name"), T("Services"), T("Note")],
    cells=_category_cells,
    form=CategoryForm,
    create=actions.create_category,
    change=actions.change_category,
    subject="category",
    verb="service.change",
    order=50,
)


def _in_use(row: Any) -> str:
    """A note on what is no longer in use."""
    return "" if row.is_active else _("Not in use")


TABS = (
    Tab("roles", T("Roles"), order=15),
    Tab("rotas", T("Rotas"), see="rota.see", order=22),
    Tab("absences", T("Absences"), see="rota.see", order=24),
    Tab("sign-on", T("Sign-on"), see="people.change", order=80),
    Tab("tokens", T("Tokens"), see="people.change", order=85),
    Tab("look", T("Look"), see="people.change", order=90),
)


def register() -> None:
    """Put them into settings."""
    for tab in TABS:
        kinds.register_tab(tab)
    for kind in (PEOPLE, TEAMS, ORGANISATIONS, SERVICES, CATEGORIES):
        kinds.register(kind)
