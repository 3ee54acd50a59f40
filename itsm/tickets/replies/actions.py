"""Writing a ready answer and changing it: one's own, or for a team that one leads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets.replies import fields
from itsm.tickets.replies.models import ReplyTemplate
from people.changes import as_made, new_slug, put, require_known, require_name
from people.models import Membership, User
from people.policy import Scope, require
from people.roles import Role

TEXTS = frozenset({"name", "body"})
FIELDS = TEXTS | {"team", "is_active"}
LONGEST = 10_000


def visible_to(user: User) -> QuerySet[ReplyTemplate]:
    """One's own, those of one's teams, and (administrators) those of every team."""
    if not user.is_active or not user.is_staff:
        return ReplyTemplate.objects.none()
    if user.has_role(Role.ADMINISTRATOR):
        return ReplyTemplate.objects.filter(Q(owner=user) | Q(owner=None))
    teams = Membership.objects.filter(user_id=user.pk).values("team_id")
    return ReplyTemplate.objects.filter(Q(owner=user) | Q(team_id__in=teams))


def owned_by(row: ReplyTemplate, user: User) -> bool:
    """Whether it is theirs to change: their own, or of a team they lead."""
    if row.team_id is None:
        return row.owner_id == user.pk
    return row.team_id in user.led_team_ids or user.has_role(Role.ADMINISTRATOR)


def create_reply_template(
    *, by: User, at: datetime, name: str, body: str, team: Any = None, **more: Any
) -> ReplyTemplate:
    """Write one, for oneself or for a team. Raises Forbidden, Invalid."""
    given = {"name": name.strip(), "body": body.strip(), "team": team, **more}
    with act():
        _check(given)
        owner = None if team is not None else by
        row = ReplyTemplate(slug=new_slug(ReplyTemplate, name), owner=owner, **given)
        _require(by, row)
        row.save()
        changes = as_made({"slug": row.slug, **given}, TEXTS)
        record("reply_template.create", subject=row, by=by, at=at, changes=changes)
    return row


def change_reply_template(
    *, reply_template: ReplyTemplate, by: User, at: datetime, **given: Any
) -> ReplyTemplate:
    """Change one; giving it to a team, or taking it back, needs the right to both."""
    with act():
        row = ReplyTemplate.objects.select_for_update(of=("self",)).get(
            pk=reply_template.pk
        )
        _require(by, row)
        _check(given)
        if "team" in given and (given["team"] is None) != (row.team_id is None):
            given["owner"] = by if given["team"] is None else None
        changes = put(row, given, texts=TEXTS, by=by, at=at)
        _require(by, row)
        if changes:
            kind = "reply_template.change"
            record(kind, subject=row, by=by, at=at, changes=changes)
    return row


def _require(by: User, row: ReplyTemplate) -> None:
    scopes = frozenset({Scope.OWNED} if owned_by(row, by) else ())
    why = _("Only those who lead a team write its answers.")
    require(by, "reply_template.change", scopes, why=why)


def _check(given: Mapping[str, Any]) -> None:
    """A name, a text, and no name in braces that means nothing."""
    require_known(given, FIELDS)
    require_name(given)
    if "body" not in given:
        return
    body = str(given["body"])
    if not body.strip():
        raise Invalid({"body": [_("Write something first.")]})
    if len(body) > LONGEST:
        raise Invalid({"body": [_("At most %(n)s characters.") % {"n": LONGEST}]})
    if wrong := fields.unknown(body):
        words = {
            "wrong": ", ".join(f"{{{name}}}" for name in wrong),
            "known": ", ".join(f"{{{name}}}" for name in fields.TELLERS),
        }
        sentence = _("Nothing is known by %(wrong)s. What there is: %(known)s.")
        raise Invalid({"body": [sentence % words]})
