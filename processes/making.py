"""A process is made, and told of: its name, what it is for, whose it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people import policy
from people.changes import (
    Changes,
    as_made,
    new_slug,
    put,
    require_known,
    require_name,
    require_people,
)
from people.models import User
from people.policy import Scope
from processes import queries
from processes.models import Process

MAKE, DESCRIBE = "process.make", "process.describe"
TEXTS = frozenset({"name", "purpose"})
GIVING = frozenset({"owner", "team"})  # whose it is
FIELDS = TEXTS | GIVING
LONGEST = {"name": 200, "purpose": 500}
# What addresses call their own: no process can be called so.
RESERVED = frozenset(
    {"new", "portfolio", "stories", "ideas", "import", "export", "sprints", "map"}
)


def make_process(
    *,
    by: User,
    at: datetime,
    name: str,
    purpose: str = "",
    owner: User | None = None,
    team: Any = None,
) -> Process:
    """A new process, without a version yet; its maker owns it unless they say who.

    Raises Forbidden, Invalid.
    """
    owner = owner or (None if by.is_machine else by)
    given = {"name": name, "purpose": purpose, "owner": owner, "team": team}
    with act():
        policy.require(by, "process.make")
        check(given)
        process = Process.objects.create(slug=_slug(name), **given)
        changes = as_made({"slug": process.slug, **given}, TEXTS)
        record(MAKE, subject=process, by=by, at=at, changes=changes)
    return process


def change_process(
    *, process: Process, by: User, at: datetime, **given: Any
) -> Process:
    """Name, purpose, owner or team. Raises Forbidden, Invalid.

    Only its owner (or an administrator) gives it to somebody else.
    """
    with act():
        process = Process.objects.select_for_update().get(pk=process.pk)
        policy.require(by, "process.draft", queries.relations(by, process))
        if given.keys() & GIVING:
            require_giving(by, process)
        changes = apply(process, given, by, at)
        if changes:
            record(DESCRIBE, subject=process, by=by, at=at, changes=changes)
    return process


def may_give(by: User, process: Process) -> bool:
    """Whether they may say whose it is: its owner alone, and administrators."""
    return policy.allows(by, "process.release", _owner(by, process))


def require_giving(by: User, process: Process) -> None:
    """Raise Forbidden where they may not."""
    why = _("Only its owner gives a process to somebody else.")
    policy.require(by, "process.release", _owner(by, process), why=why)


def _owner(by: User, process: Process) -> frozenset[Scope]:
    return frozenset({Scope.OWNED} if process.owner_id == by.pk else ())


def apply(
    process: Process, given: Mapping[str, Any], by: User, at: datetime
) -> Changes:
    """Check and save the fields of a locked row; the caller asks who, and records."""
    require_known(given, FIELDS)
    check(given)
    return put(process, given, texts=TEXTS, by=by, at=at)


def check(given: Mapping[str, Any]) -> None:
    """A name, of no more letters than there is room for; a person as its owner."""
    require_name(given)
    require_people(given, "owner")
    errors = {
        name: [_("At most %(most)s characters are possible.") % {"most": most}]
        for name, most in LONGEST.items()
        if len(given.get(name, "")) > most
    }
    if errors:
        raise Invalid(errors)


def _slug(name: str) -> str:
    """A slug that is free, and no word of an address."""
    if slugify(name)[:40] in RESERVED:
        name = f"{name} process"
    return new_slug(Process, name)
