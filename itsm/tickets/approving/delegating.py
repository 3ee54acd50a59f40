"""For a time, somebody else decides in one's place: given, changed, taken back."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets.approving.asking import refresh
from itsm.tickets.approving.models import Approval, Delegation
from people.changes import Changes, not_a_person, plain
from people.models import User
from people.policy import Scope, require

LONGEST = timedelta(days=366)
LONGEST_NOTE = 200


def delegate(
    *,
    giver: User,
    to: User,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
    note: str = "",
) -> Delegation:
    """Let `to` decide in the giver's place. What the giver made they decide neither.

    Raises Forbidden, Invalid.
    """
    with act():
        _require(giver, by)
        _check(giver, to, starts_at, ends_at, note, at)
        row = Delegation.objects.create(
            giver=giver,
            to=to,
            starts_at=starts_at,
            ends_at=ends_at,
            note=note,
            created_at=at,
        )
        changes: Changes = {
            "giver": (None, giver.pk),
            "to": (None, to.pk),
            "starts_at": (None, plain(starts_at)),
            "ends_at": (None, plain(ends_at)),
        }
        record("delegation.create", subject=row, by=by, at=at, changes=changes)
        look_again(giver, to, at=at)
    return row


def end_delegation(*, delegation: Delegation, by: User, at: datetime) -> None:
    """Take it back; one that has begun ends now, another never was."""
    with act():
        rows = Delegation.objects.select_for_update(of=("self",))
        row = rows.select_related("giver", "to").filter(pk=delegation.pk).first()
        if row is None or row.ends_at <= at:
            return
        _require(row.giver, by)
        changes: Changes = {"ends_at": (plain(row.ends_at), plain(at))}
        record("delegation.end", subject=row, by=by, at=at, changes=changes)
        if row.starts_at < at:
            row.ends_at = at
            row.save(update_fields=["ends_at"])
        else:
            row.delete()
        look_again(row.giver, row.to, at=at)


def look_again(*people: User, at: datetime) -> None:
    """Work out anew who may answer what these people are asked."""
    ids = [person.pk for person in people]
    theirs = Q(asked__overlap=ids) | Q(approver__in=ids)
    rows = Approval.objects.filter(theirs, decision="").select_related("ticket")
    refresh(list(rows.order_by("pk")), at)


def delegations_of(user: User) -> QuerySet[Delegation]:
    """What this person gave and what was given to them."""
    rows = Delegation.objects.filter(Q(giver=user.pk) | Q(to=user.pk))
    return rows.select_related("giver", "to")


def _require(giver: User, by: User) -> None:
    own = frozenset({Scope.SELF} if giver.pk == by.pk else ())
    require(by, "delegation.change", own)


def _check(
    giver: User,
    to: User,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    at: datetime,
) -> None:
    errors: dict[str, list[str]] = {}
    if to.pk == giver.pk:
        errors["to"] = [_("Choose somebody else.")]
    elif to.is_machine:
        errors["to"] = [not_a_person(to)]
    elif not to.is_active:
        errors["to"] = [_("%(n)s has no access any more.") % {"n": to.name}]
    if ends_at <= starts_at:
        errors["ends_at"] = [_("It has to end after it begins.")]
    elif ends_at <= at:
        errors["ends_at"] = [_("Choose a time that is still ahead.")]
    elif ends_at - starts_at > LONGEST:
        errors["ends_at"] = [_("A year at most; then give it again.")]
    if len(note) > LONGEST_NOTE:
        most = {"most": LONGEST_NOTE}
        errors["note"] = [_("At most %(most)s characters are possible.") % most]
    if errors:
        raise Invalid(errors)
