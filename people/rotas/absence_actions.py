"""Absences and their covers, and the secret addresses of one's shifts."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from core.texts import keep
from people.changes import Changes, plain, require_known
from people.models import Absence, DutyLink, Membership, Rota, User
from people.policy import Scope, allows, require

FIELDS = frozenset({"starts_at", "ends_at", "cover", "note"})
LONGEST = timedelta(days=1000)
LONGEST_NOTE = 200


def relations(user: User, by: User) -> frozenset[Scope]:
    """Whether the absence is one's own, or of somebody in a team one leads."""
    if user.pk == by.pk:
        return frozenset({Scope.OWNED})
    mine = Membership.objects.filter(user=user, team_id__in=by.led_team_ids)
    return frozenset({Scope.OWNED} if by.led_team_ids and mine.exists() else ())


def may_change(user: User, by: User) -> bool:
    """Whether `by` may enter absences of `user`, and read why they are away."""
    return allows(by, "absence.change", relations(user, by))


def add_absence(
    *,
    user: User,
    by: User,
    at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    cover: User | None = None,
    note: str = "",
) -> Absence:
    """Somebody is away from a time until another. Raises Forbidden, Invalid."""
    with act():
        require(by, "absence.change", relations(user, by))
        given: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at}
        given |= {"cover": cover, "note": note}
        if not user.works_here:
            words = {"n": user.name}
            raise Invalid({"user": [_("%(n)s has no role that works here.") % words]})
        row = Absence(user=user, made_at=at, **given)
        _check(row, at)
        row.save()
        changes = _told(row, dict.fromkeys(given), by, at)
        record("user.absence", subject=user, by=by, at=at, changes=changes)
    return row


def change_absence(
    *, absence: Absence, by: User, at: datetime, **given: Any
) -> Absence:
    """Change when, the cover or the note. Raises Forbidden, Invalid."""
    with act():
        row = Absence.objects.select_for_update(of=("self",)).get(pk=absence.pk)
        require(by, "absence.change", relations(row.user, by))
        require_known(given, FIELDS)
        old = {name: getattr(row, name) for name in given}
        for name, value in given.items():
            setattr(row, name, value)
        if row.ends_at != old.get("ends_at", row.ends_at) or row.ends_at > at:
            _check(row, at)
        row.save()
        old = {name: was for name, was in old.items() if was != getattr(row, name)}
        if old:
            changes = _told(row, old, by, at)
            kind = "user.absence_change"
            record(kind, subject=row.user, by=by, at=at, changes=changes)
    return row


def end_absence(*, absence: Absence, by: User, at: datetime) -> None:
    """Take an absence back, or end it where it has begun. Raises Forbidden, Invalid."""
    with act():
        row = Absence.objects.select_for_update(of=("self",)).filter(pk=absence.pk)
        found = row.select_related("user").first()
        require(by, "absence.change", relations(absence.user, by))
        if found is None:
            return
        if found.ends_at <= at:
            raise Invalid({"absence": [_("That is over already.")]})
        until = found.ends_at
        if found.starts_at < at:  # what was stays as it was
            found.ends_at = at
            found.save(update_fields=["ends_at"])
        else:
            found.delete()
        changes: Changes = {
            "starts_at": (found.starts_at.isoformat(), found.starts_at.isoformat()),
            "ends_at": (until.isoformat(), at.isoformat()),
        }
        record("user.absence_end", subject=found.user, by=by, at=at, changes=changes)


def _check(row: Absence, at: datetime) -> None:
    errors: dict[str, list[str]] = {}
    if row.ends_at <= row.starts_at:
        errors["ends_at"] = [_("It ends before it starts.")]
    elif row.ends_at <= at:
        errors["ends_at"] = [_("That is over already.")]
    elif row.ends_at - row.starts_at > LONGEST:
        errors["ends_at"] = [_("An absence lasts less than three years.")]
    if len(row.note) > LONGEST_NOTE:
        words = {"most": LONGEST_NOTE}
        errors["note"] = [_("At most %(most)s characters are possible.") % words]
    cover = row.cover
    if cover is not None and cover.pk == row.user_id:
        errors["cover"] = [_("Nobody covers themselves; choose somebody else.")]
    elif cover is not None and not cover.works_here:
        errors["cover"] = [_("%(n)s has no role that works here.") % {"n": cover.name}]
    if errors:
        raise Invalid(errors)


def _told(row: Absence, old: dict[str, Any], by: User, at: datetime) -> Changes:
    """What the log keeps; the note goes into an erasable version."""
    changes: Changes = {
        name: (plain(was), plain(getattr(row, name)))
        for name, was in old.items()
        if name != "note"
    }
    if "note" in old and row.note:
        body, subject = row.note, row.user
        pk = keep(subject=subject, field="absence_note", body=body, by=by, at=at)
        changes["absence_note"] = (None, pk)
    return changes


# Secret addresses -------------------------------------------------------------


def digest(secret: str) -> str:
    """What is stored of a secret address."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_link(*, user: User, by: User, at: datetime, rota: Rota | None = None) -> str:
    """A new secret for one's calendar, told only now; the one before works no longer.

    Raises Forbidden.
    """
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        _require_own(user, by)
        secret = secrets.token_urlsafe(32)
        DutyLink.objects.filter(user=user, rota=rota).delete()
        DutyLink.objects.create(user=user, rota=rota, digest=digest(secret), made_at=at)
        changes: Changes = {"rota": (None, rota.pk if rota else None)}
        record("user.duty_link", subject=user, by=by, at=at, changes=changes)
    return secret


def revoke_link(*, link: DutyLink, by: User, at: datetime) -> None:
    """The address works no longer. Raises Forbidden."""
    with act():
        _require_own(link.user, by)
        gone, _kinds = DutyLink.objects.filter(pk=link.pk).delete()
        if gone:
            changes: Changes = {"rota": (link.rota_id, None)}
            subject = link.user
            record("user.duty_unlink", subject=subject, by=by, at=at, changes=changes)


def _require_own(user: User, by: User) -> None:
    require(by, "rota.see")
    own = frozenset({Scope.SELF} if user.pk == by.pk else ())
    require(by, "account.change", own)
