"""What administrators do with people, teams, organisations, services and tokens.

One public function per verb, keyword-only: lock, policy, guard, change, record. What a
person typed goes into erasable versions; the log carries ids and plain values.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from notify import bounces
from people import accounts, invitations, sessions
from people.changes import (
    Changes,
    Given,
    as_made,
    new_slug,
    not_a_person,
    one_at_a_time,
    put,
    put_many,
    require_known,
    require_name,
    require_people,
)
from people.models import (
    ApiToken,
    Category,
    Membership,
    Organisation,
    Service,
    Team,
    User,
)
from people.policy import Scope, require
from people.roles import Role
from people.token_actions import SCOPES, issue_token, note_revoked, revoke_token

__all__ = ["SCOPES", "issue_token", "revoke_token"]

USER_TEXTS = frozenset({"name", "email", "phone", "place"})
USER_FIELDS = USER_TEXTS | {
    *("organisation", "manager", "roles", "is_vip", "is_active", "language"),
    "cost_centre",
}
LANGUAGES = frozenset({"", *dict(settings.LANGUAGES)})
TEXTS = frozenset({"name", "purpose", "description"})
TEAM_FIELDS = frozenset({"name", "purpose", "is_supplier", "is_active"})
ORGANISATION_FIELDS = frozenset({"name", "shares_tickets", "contact", "is_active"})
SERVICE_FIELDS = frozenset(
    {
        *("name", "description", "owner", "criticality", "support_model"),
        *("always_on", "is_restricted", "is_active"),
    }
)
SERVICE_MANY = ("depends_on", "support_teams", "organisations", "categories")
CATEGORY_FIELDS = frozenset({"name", "is_active"})
LONGEST_EMAIL = 254  # characters


# People -----------------------------------------------------------------------


def create_user(
    *, by: User, at: datetime, email: str, name: str, invite: bool = False, **more: Any
) -> User:
    """A new person; `invite` sends a mail with which they choose a password.

    Raises Forbidden, Invalid.
    """
    with act():
        require(by, "people.change")
        given = {"email": email.strip().lower(), "name": name.strip(), **more}
        require_known(given, USER_FIELDS)
        one_at_a_time()
        _check_user(None, given)
        user = User(created_at=at, **given)
        user.set_unusable_password()
        user.save()
        changes = as_made(given, USER_TEXTS)
        record("user.create", subject=user, by=by, at=at, changes=changes)
        if invite:
            _invite(user, by, at)
    return user


def invite(*, user: User, by: User, at: datetime) -> None:
    """Send (again) the mail with which somebody chooses a password."""
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        require(by, "people.change")
        _require_person(user)
        if not user.is_active:
            raise Invalid({"user": [_("Give them access first.")]})
        _invite(user, by, at)


def _invite(user: User, by: User, at: datetime) -> None:
    record("user.invite", subject=user, by=by, at=at)
    transaction.on_commit(lambda: invitations.send(user, by=by))


def change_user(*, user: User, by: User, at: datetime, **given: Any) -> User:
    """Change somebody's fields; `is_active=False` ends sessions and tokens.

    Raises Forbidden, Invalid (also for the last administrator).
    """
    with act():
        user = _lock_user(user)
        require(by, "people.change")
        _require_person(user)
        require_known(given, USER_FIELDS)
        if "email" in given:
            given["email"] = given["email"].strip().lower()
        _check_user(user, given)
        _keep_one_administrator(user, given)
        changes = put(user, given, texts=USER_TEXTS, by=by, at=at)
        if changes:
            record("user.change", subject=user, by=by, at=at, changes=changes)
        if "email" in changes:
            accounts.forget_addresses(user)
            bounces.release(user, by=by, at=at)
        if changes.get("is_active") == (True, False):
            end_access(user, by, at)
    return user


def _require_person(user: User) -> None:
    """Raise Invalid for a program: it has actions of its own (`people.machines`)."""
    if user.is_machine:
        raise Invalid({"user": [not_a_person(user)]})


def _check_user(user: User | None, given: Given) -> None:
    errors: dict[str, list[str]] = {}
    if "name" in given and not given["name"].strip():
        errors["name"] = [_("Give them a name.")]
    if "email" in given:
        others = User.objects.filter(email__iexact=given["email"])
        if user is not None:
            others = others.exclude(pk=user.pk)
        if "@" not in given["email"] or len(given["email"]) > LONGEST_EMAIL:
            errors["email"] = [_("This is not an e-mail address.")]
        elif others.exists():
            errors["email"] = [_("Somebody has this e-mail address already.")]
    if given.get("language", "") not in LANGUAGES:
        errors["language"] = [_("Pages are not written in that language.")]
    unknown = [r for r in given.get("roles", ()) if r not in Role.values]
    if unknown:
        errors["roles"] = [_("There is no role “%(r)s”.") % {"r": unknown[0]}]
    manager = given.get("manager")
    if manager is not None and manager.is_machine:
        errors["manager"] = [not_a_person(manager)]
    elif manager is not None and user is not None and _reports_to(manager, user):
        errors["manager"] = [_("They would be their own manager.")]
    if errors:
        raise Invalid(errors)


def _reports_to(person: User, boss: User) -> bool:
    seen: set[int] = set()
    here: int | None = person.pk
    while here is not None and here not in seen:
        if here == boss.pk:
            return True
        seen.add(here)
        row = User.objects.filter(pk=here).values_list("manager_id", flat=True)
        here = row.first()
    return False


def _keep_one_administrator(user: User, given: Given) -> None:
    was = user.is_active and Role.ADMINISTRATOR in user.roles
    roles = given.get("roles", user.roles)
    stays = given.get("is_active", user.is_active) and Role.ADMINISTRATOR in roles
    if not was or stays:
        return
    others = User.objects.people().filter(roles__contains=[Role.ADMINISTRATOR.value])
    if not others.exclude(pk=user.pk).exists():
        sentence = _("%(name)s is the last administrator; make somebody else one.")
        raise Invalid({"roles": [sentence % {"name": user.name}]})


def end_access(user: User, by: User, at: datetime) -> None:
    """End a locked user's tokens and sessions."""
    for token in ApiToken.objects.select_for_update().filter(
        user=user, revoked_at=None
    ):
        note_revoked(token, by, at)
    sessions.end_all(user)


def _lock_user(user: User) -> User:
    """The row, locked; one change of who administers at a time."""
    one_at_a_time()
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


# Teams ------------------------------------------------------------------------


def create_team(*, by: User, at: datetime, name: str, **more: Any) -> Team:
    """A new team. Raises Forbidden, Invalid."""
    return _create(Team, TEAM_FIELDS, by, at, {"name": name, **more})


def change_team(*, team: Team, by: User, at: datetime, **given: Any) -> Team:
    """Change a team's fields. Raises Forbidden, Invalid."""
    return _change(team, TEAM_FIELDS, by, at, given)


def set_membership(
    *,
    team: Team,
    user: User,
    by: User,
    at: datetime,
    is_member: bool = True,
    is_lead: bool = False,
) -> Membership | None:
    """Make somebody a member or lead of a team, or neither any more.

    Raises Forbidden, Invalid.
    """
    with act():
        team = Team.objects.select_for_update().get(pk=team.pk)
        require(by, "people.change")
        if is_lead and user.is_machine:
            raise Invalid({"person": [not_a_person(user)]})
        if is_member and not (user.is_active and user.is_staff):
            raise Invalid(
                {"person": [_("%(n)s has no role that works here.") % {"n": user.name}]}
            )
        row = Membership.objects.filter(team=team, user=user).first()
        old = None if row is None else "lead" if row.is_lead else "member"
        new = None if not is_member else "lead" if is_lead else "member"
        if old == new:
            return row
        if row is not None and new is None:
            row.delete()
            row = None
        else:
            row, _created = Membership.objects.update_or_create(
                team=team, user=user, defaults={"is_lead": is_lead}
            )
        changes: Changes = {"member": (None, user.pk), "role": (old, new)}
        record("team.membership", subject=team, by=by, at=at, changes=changes)
    return row


# Organisations, services, categories ------------------------------------------


def create_organisation(
    *, by: User, at: datetime, name: str, **more: Any
) -> Organisation:
    """A new organisation. Raises Forbidden, Invalid."""
    require(by, "people.change")
    _check_contact(None, more)
    return _create(Organisation, ORGANISATION_FIELDS, by, at, {"name": name, **more})


def change_organisation(
    *, organisation: Organisation, by: User, at: datetime, **given: Any
) -> Organisation:
    """Change an organisation's fields. Raises Forbidden, Invalid."""
    require(by, "people.change")
    _check_contact(organisation.pk, given)
    return _change(organisation, ORGANISATION_FIELDS, by, at, given)


def _check_contact(organisation_id: int | None, given: Given) -> None:
    """Raise Invalid for somebody else's person: a contact is one of its people."""
    require_people(given, "contact")
    contact = given.get("contact")
    if contact is not None and contact.organisation_id != organisation_id:
        why = _("%(name)s is of another organisation and cannot speak for this one.")
        raise Invalid({"contact": [why % {"name": contact.name}]})


def create_service(*, by: User, at: datetime, name: str, **more: Any) -> Service:
    """A new service with what it depends on and who supports it."""
    return _create(
        Service, SERVICE_FIELDS, by, at, {"name": name, **more}, SERVICE_MANY
    )


def change_service(
    *, service: Service, by: User, at: datetime, **given: Any
) -> Service:
    """Change a service; its owner may too. Raises Forbidden, Invalid for a circle."""
    return _change(service, SERVICE_FIELDS, by, at, given, SERVICE_MANY)


def create_category(*, by: User, at: datetime, name: str, **more: Any) -> Category:
    """A new category, for some services or all."""
    return _create(
        Category, CATEGORY_FIELDS, by, at, {"name": name, **more}, ("services",)
    )


def change_category(
    *, category: Category, by: User, at: datetime, **given: Any
) -> Category:
    """Change a category. Raises Forbidden, Invalid."""
    return _change(category, CATEGORY_FIELDS, by, at, given, ("services",))


def _create(
    model: Any,
    fields: frozenset[str],
    by: User,
    at: datetime,
    given: dict[str, Any],
    many: Sequence[str] = (),
) -> Any:
    with act():
        require(by, _verb(model))
        require_known(given, {*fields, *many})
        require_name(given)
        require_people(given, "owner")
        single = {k: v for k, v in given.items() if k in fields}
        row = model(slug=new_slug(model, given["name"]), **single)
        row.save()
        changes = as_made({"slug": row.slug, **single}, TEXTS)
        changes |= _put_all(row, given, many)
        record(f"{row.subject_type}.create", subject=row, by=by, at=at, changes=changes)
    return row


def _change(
    row: Any,
    fields: frozenset[str],
    by: User,
    at: datetime,
    given: dict[str, Any],
    many: Sequence[str] = (),
) -> Any:
    with act():
        row = type(row).objects.select_for_update().get(pk=row.pk)
        owned = getattr(row, "owner_id", None) == by.pk
        scopes = frozenset({Scope.OWNED}) if owned else frozenset()
        require(by, _verb(type(row)), scopes)
        require_known(given, {*fields, *many})
        require_name(given)
        require_people(given, "owner")
        single = {k: v for k, v in given.items() if k in fields}
        changes = put(row, single, texts=TEXTS, by=by, at=at)
        changes |= _put_all(row, given, many)
        if changes:
            kind = f"{row.subject_type}.change"
            record(kind, subject=row, by=by, at=at, changes=changes)
    return row


def _verb(model: Any) -> str:
    return "service.change" if model in {Service, Category} else "people.change"


def _put_all(row: Any, given: Given, many: Sequence[str]) -> Changes:
    if isinstance(row, Service) and given.get("depends_on"):
        _check_no_circle(row, given["depends_on"])
    changes: Changes = {}
    for name in many:
        changes |= put_many(row, name, given.get(name))
    return changes


def _check_no_circle(service: Service, depends_on: Sequence[Service]) -> None:
    """Raise Invalid where a service would depend on itself, however far away."""
    rows = Service.depends_on.through.objects.values_list(
        "from_service_id", "to_service_id"
    )
    edges: dict[int, set[int]] = {}
    for source, target in rows:
        edges.setdefault(source, set()).add(target)
    for first in depends_on:
        seen: set[int] = set()
        ahead = [first.pk]
        while ahead:
            here = ahead.pop()
            if here == service.pk:
                names = {"other": first.name, "this": service.name}
                why = _("%(other)s depends on %(this)s, so it cannot be so here.")
                raise Invalid({"depends_on": [why % names]})
            if here not in seen:
                seen.add(here)
                ahead += edges.get(here, ())
