"""People and what they use, over REST.

Requesters see services and categories, their own organisation and themselves; staff
see everybody. Lists answer with what the person may see.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import URLPattern

from core.api.filters import Filter, choices, containing, flag, named
from core.api.pages import BY_SLUG, Order
from core.api.resources import Resource, routes, slugs
from core.api.schema import FLAG, OPTIONAL_TEXT, TEXT, Schema, array, obj, one_of
from people import actions
from people import api_fields as fields
from people import queries as visible
from people.models import Category, Membership, Organisation, Service, Team, User
from people.policy import Scope, allows, require
from people.roles import Role


def _users(user: User) -> QuerySet[User]:
    rows = User.objects.select_related("organisation", "manager")
    rows = rows.prefetch_related("teams").filter(anonymised_at=None)
    return rows if allows(user, "people.see") else rows.filter(pk=user.pk)


def _user(row: User) -> Mapping[str, Any]:
    return {
        "email": row.email,
        "name": row.name,
        "phone": row.phone,
        "place": row.place,
        "cost_centre": row.cost_centre,
        "organisation": row.organisation.slug if row.organisation else None,
        "manager": row.manager.email if row.manager else None,
        "roles": sorted(row.roles),
        "teams": slugs(row.teams.all()),
        "is_vip": row.is_vip,
        "is_machine": row.is_machine,
        "is_active": row.is_active,
        "time_zone": row.time_zone,
    }


def _teams(user: User) -> QuerySet[Team]:
    members = Membership.objects.select_related("user").order_by("user__email")
    return visible.teams(user).prefetch_related(
        Prefetch("memberships", queryset=members)
    )


def _team(row: Team) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "purpose": row.purpose,
        "is_supplier": row.is_supplier,
        "is_active": row.is_active,
        "members": [
            {"email": member.user.email, "is_lead": member.is_lead}
            for member in row.memberships.all()
        ],
    }


def _organisation(row: Organisation) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "shares_tickets": row.shares_tickets,
        "contact": row.contact.email if row.contact else None,
        "is_active": row.is_active,
    }


def _services(user: User) -> QuerySet[Service]:
    """With what each names besides, as far as that is visible too."""
    return (
        visible.services(user)
        .select_related("owner")
        .prefetch_related(
            Prefetch("depends_on", queryset=visible.services(user)),
            Prefetch("organisations", queryset=visible.organisations(user)),
            Prefetch("support_teams", queryset=visible.teams(user)),
        )
    )


def _service(row: Service) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "owner": row.owner.email if row.owner else None,
        "criticality": row.criticality,
        "support_model": row.support_model,
        "always_on": row.always_on,
        "is_restricted": row.is_restricted,
        "is_active": row.is_active,
        "depends_on": slugs(row.depends_on.all()),
        "support_teams": slugs(row.support_teams.all()),
        "organisations": slugs(row.organisations.all()),
    }


def _categories(user: User) -> QuerySet[Category]:
    services = Prefetch("services", queryset=visible.services(user))
    return visible.categories(user).prefetch_related(services)


def _category(row: Category) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "is_active": row.is_active,
        "services": slugs(row.services.all()),
    }


USER: dict[str, Schema] = {
    "email": TEXT,
    "name": TEXT,
    "phone": TEXT,
    "place": TEXT,
    "cost_centre": TEXT,
    "organisation": OPTIONAL_TEXT,
    "manager": OPTIONAL_TEXT,
    "roles": array(one_of(*Role.values)),
    "teams": array(TEXT),
    "is_vip": FLAG,
    "is_machine": FLAG,
    "is_active": FLAG,
    "time_zone": TEXT,
}
TEAM: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "purpose": TEXT,
    "is_supplier": FLAG,
    "is_active": FLAG,
    "members": array(obj({"email": TEXT, "is_lead": FLAG})),
}
ORGANISATION: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "shares_tickets": FLAG,
    "contact": OPTIONAL_TEXT,
    "is_active": FLAG,
}
SERVICE: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "description": TEXT,
    "owner": OPTIONAL_TEXT,
    "criticality": one_of(*Service.Criticality.values),
    "support_model": one_of(*Service.SupportModel.values),
    "always_on": FLAG,
    "is_restricted": FLAG,
    "is_active": FLAG,
    "depends_on": array(TEXT),
    "support_teams": array(TEXT),
    "organisations": array(TEXT),
}
CATEGORY: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "is_active": FLAG,
    "services": array(TEXT),
}


def _change_people(user: User, row: Any) -> None:
    require(user, "people.change")


def _change_services(user: User, row: Service | Category | None) -> None:
    """Administrators, and a service's owner; a category has none."""
    own = isinstance(row, Service) and row.owner_id == user.pk
    require(user, "service.change", frozenset({Scope.OWNED} if own else ()))


def _writing(
    name: str,
    readers: Mapping[str, fields.Reader],
    may: Callable[[User, Any], None],
    required: tuple[str, ...] = ("name",),
) -> dict[str, Any]:
    """How one is made and changed: the room's own actions, with fields read by name."""
    make = getattr(actions, f"create_{name}")
    change = getattr(actions, f"change_{name}")

    def create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Any:
        given = {**dict.fromkeys(required, ""), **fields.read(raw, readers)}
        return make(by=by, at=at, **given)

    def edit(row: Any, raw: Mapping[str, Any], *, by: User, at: datetime) -> Any:
        return change(by=by, at=at, **{name: row}, **fields.read(raw, readers))

    return {
        "create": create,
        "change": edit,
        "may_write": may,
        "taken": fields.schema_of(readers),
        "required": required,
    }


ACTIVE = flag("is_active", "is_active")
NAME = containing("q", "name")
USERS = Resource(
    name="users",
    shape="User",
    key="email",
    rows=_users,
    tell=_user,
    told=USER,
    order=Order(columns={"email": "email", "name": "name"}, first="email"),
    filters=(
        containing("q", "name", "email"),
        named("organisation", "organisation__slug", nullable="organisation"),
        named("manager", "manager__email", nullable="manager", fold=True),
        ACTIVE,
        flag("is_vip", "is_vip"),
        flag("is_machine", "is_machine"),
    ),
    folds=True,
    **_writing("user", fields.USER, _change_people, ("email", "name")),
)


def _named(
    one: str,
    all_: str,
    readers: Mapping[str, fields.Reader],
    may: Callable[[User, Any], None],
    *filters: Filter,
    **reading: Any,
) -> Resource:
    """What has a name, is known by its slug, and is in use or no longer."""
    return Resource(
        name=all_,
        shape=one.capitalize(),
        key="slug",
        order=BY_SLUG,
        filters=(NAME, ACTIVE, *filters),
        **reading,
        **_writing(one, readers, may),
    )


TEAMS = _named(
    "team",
    "teams",
    fields.TEAM_FIELDS,
    _change_people,
    flag("is_supplier", "is_supplier"),
    rows=_teams,
    tell=_team,
    told=TEAM,
)
ORGANISATIONS = _named(
    "organisation",
    "organisations",
    fields.ORGANISATION_FIELDS,
    _change_people,
    rows=lambda user: visible.organisations(user).select_related("contact"),
    tell=_organisation,
    told=ORGANISATION,
)
SERVICES = _named(
    "service",
    "services",
    fields.SERVICE_FIELDS,
    _change_services,
    choices("criticality", "criticality", Service.Criticality.values),
    choices("support_model", "support_model", Service.SupportModel.values),
    named("owner", "owner__email", nullable="owner", fold=True),
    rows=_services,
    tell=_service,
    told=SERVICE,
)
CATEGORIES = _named(
    "category",
    "categories",
    fields.CATEGORY_FIELDS,
    _change_services,
    rows=_categories,
    tell=_category,
    told=CATEGORY,
)
RESOURCES = (USERS, TEAMS, ORGANISATIONS, SERVICES, CATEGORIES)


def urls() -> list[URLPattern]:
    """The addresses of people and what they use."""
    return [url for resource in RESOURCES for url in routes(resource)]
