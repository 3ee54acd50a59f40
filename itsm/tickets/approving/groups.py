"""The groups that decide for services, kept by administrators and process owners."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets.approving.asking import refresh
from itsm.tickets.approving.models import Approval, Authority
from people.changes import (
    Given,
    as_made,
    new_slug,
    not_a_person,
    put,
    put_many,
    require_known,
    require_name,
)
from people.models import User
from people.policy import require

FIELDS = frozenset({"name", "quorum", "is_active"})
MANY = ("members", "services")
MOST = 20  # of a quorum


def create_authority(*, by: User, at: datetime, name: str, **more: Any) -> Authority:
    """A new group. Raises Forbidden, Invalid."""
    many = {field: more.pop(field, None) or [] for field in MANY}
    given = {"quorum": 1, **more, "name": name.strip()}
    with act():
        require(by, "authority.change")
        require_known(given, FIELDS)
        _check(given, many["members"])
        row = Authority(slug=new_slug(Authority, given["name"]), **given)
        row.save()
        changes = as_made({"slug": row.slug, **given}, {"name"})
        for field in MANY:
            changes |= put_many(row, field, many[field])
        record("authority.create", subject=row, by=by, at=at, changes=changes)
    return row


def change_authority(
    *, authority: Authority, by: User, at: datetime, **given: Any
) -> Authority:
    """Change who is in it, for what, and how many have to say yes.

    What is asked already is answered by whoever is in it then. Raises Forbidden,
    Invalid.
    """
    many = {field: given.pop(field, None) for field in MANY}
    with act():
        row = Authority.objects.select_for_update().get(pk=authority.pk)
        require(by, "authority.change")
        require_known(given, FIELDS)
        members = many["members"]
        whole = {"quorum": row.quorum, **given}
        _check(whole, list(row.members.all()) if members is None else members)
        changes = put(row, given, texts={"name"}, by=by, at=at)
        for field in MANY:
            changes |= put_many(row, field, many[field])
        if changes:
            record("authority.change", subject=row, by=by, at=at, changes=changes)
            pending = Approval.objects.filter(group=row, decision="")
            refresh(list(pending.select_related("ticket")), at)
    return row


def _check(given: Given, members: list[User]) -> None:
    require_name(given)
    if not members:
        raise Invalid({"members": [_("Name at least one person.")]})
    if wrong := next((m for m in members if m.is_machine), None):
        raise Invalid({"members": [not_a_person(wrong)]})
    if not 1 <= given["quorum"] <= MOST:
        most = {"most": MOST}
        raise Invalid({"quorum": [_("Between 1 and %(most)s.") % most]})
    if given["quorum"] > len(members):
        n = {"n": len(members)}
        sentence = _("With %(n)s in the group, more can never say yes.") % n
        raise Invalid({"quorum": [sentence]})
