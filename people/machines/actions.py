"""Making and changing service accounts: programs that work here through tokens.

A program never signs in, owns no ticket, leads nothing and hears nothing; a person
answers for it (`User.manager`). It may open and work tickets; what needs somebody's
judgement (approving, owning a process or a service) is no role it can hold, and
administering is a choice of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people.actions import USER_TEXTS, end_access
from people.changes import (
    Changes,
    as_made,
    one_at_a_time,
    put,
    require_known,
    require_name,
)
from people.models import Organisation, User
from people.policy import require
from people.roles import Role

HOST = "machines.invalid"  # RFC 6761: no mail ever arrives there
ROLES = (Role.REQUESTER, Role.AGENT, Role.DISPATCHER)
FIELDS = frozenset(
    {"name", "owner", "organisation", "roles", "administers", "is_active"}
)


def create_service_account(
    *,
    by: User,
    at: datetime,
    name: str,
    owner: User | None,
    roles: Sequence[str] = (Role.AGENT,),
    administers: bool = False,
    organisation: Organisation | None = None,
) -> User:
    """A new service account; its address is made from its name.

    `owner` is who answers for it. Raises Forbidden, Invalid.
    """
    with act():
        require(by, "people.change")
        given = {"name": name.strip(), "owner": owner, "organisation": organisation}
        _check({**given, "roles": roles})
        one_at_a_time()
        made = _as_rows({**given, "roles": roles, "administers": administers}, None)
        made |= {"email": _new_address(name), "is_machine": True}
        account = User(created_at=at, **made)
        account.set_unusable_password()
        account.save()
        changes = _told(as_made(made, USER_TEXTS))
        record("user.create", subject=account, by=by, at=at, changes=changes)
    return account


def change_service_account(
    *, service_account: User, by: User, at: datetime, **given: Any
) -> User:
    """Change its name, owner, roles …; `is_active=False` ends its tokens.

    Raises Forbidden, Invalid.
    """
    with act():
        one_at_a_time()
        rows = User.objects.select_for_update(of=("self",)).filter(is_machine=True)
        account = rows.get(pk=service_account.pk)
        require(by, "people.change")
        require_known(given, FIELDS)
        _check(given)
        made = _as_rows(given, account)
        changes = _told(put(account, made, texts=USER_TEXTS, by=by, at=at))
        if changes:
            record("user.change", subject=account, by=by, at=at, changes=changes)
        if changes.get("is_active") == (True, False):
            end_access(account, by, at)
    return account


def _check(given: Mapping[str, Any]) -> None:
    require_name(given)
    errors: dict[str, list[str]] = {}
    owner = given.get("owner")
    if "owner" in given and (owner is None or not owner.works_here):
        sentence = _("Choose a person who works here; they answer for it.")
        errors["owner"] = [sentence]
    unknown = [role for role in given.get("roles", ()) if role not in ROLES]
    if unknown:
        words = {"role": unknown[0], "known": ", ".join(ROLES)}
        sentence = _("“%(role)s” is for people; a program may be: %(known)s.")
        errors["roles"] = [sentence % words]
    if errors:
        raise Invalid(errors)


def _as_rows(given: Mapping[str, Any], account: User | None) -> dict[str, Any]:
    """The fields as `User` has them: the owner as manager, what it may do as roles."""
    made = {k: v for k, v in given.items() if k not in {"owner", "administers"}}
    if "name" in made:
        made["name"] = made["name"].strip()
    if "owner" in given:
        made["manager"] = given["owner"]
    if "roles" in given or "administers" in given:
        had = account.roles if account is not None else []
        roles = {*given.get("roles", had)} - {Role.ADMINISTRATOR}
        if given.get("administers", Role.ADMINISTRATOR in had):
            roles.add(Role.ADMINISTRATOR)
        made["roles"] = [role.value for role in Role if role in roles]
    return made


def _told(changes: Changes) -> Changes:
    """For the log: who answers for it is nobody's manager."""
    if "manager" in changes:
        changes["responsible"] = changes.pop("manager")
    return changes


def _new_address(name: str) -> str:
    """An address from a name, free until this transaction ends."""
    base = slugify(name)[:60] or "program"
    taken = set(
        User.objects.filter(
            email__startswith=base, email__endswith=f"@{HOST}"
        ).values_list("email", flat=True)
    )
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    return next(f"{one}@{HOST}" for one in names if f"{one}@{HOST}" not in taken)
