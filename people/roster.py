"""People as a CSV file: applied as one act, all of it or nothing.

The same file applied twice changes nothing the second time, and what is exported can be
imported again.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people import actions
from people.models import Membership, Team, User
from people.policy import require
from people.roster_cells import COLUMNS, exported
from people.roster_plan import MOST_LETTERS, MOST_ROWS, Line, Plan, plan

__all__ = [
    "COLUMNS",
    "MOST_LETTERS",
    "MOST_ROWS",
    "Plan",
    "apply",
    "exported",
    "plan",
]


def apply(
    text: str, *, by: User, at: datetime, shown: str, invite: bool = False
) -> Plan:
    """Do what the file says, as one act; all of it or nothing.

    `shown` is the fingerprint of the plan that was looked at: where it would come out
    otherwise by now, Invalid. Raises Forbidden, Invalid.
    """
    with act():
        require(by, "people.change")
        found = plan(text, by=by)
        if found.faults:
            raise Invalid({"file": [_("Something in the file is wrong now.")]})
        if found.fingerprint != shown:
            sentence = _("Somebody changed people since this was shown. Look again.")
            raise Invalid({"file": [sentence]})
        found.done = found.counts
        made = [_create(one, by, at) for one in found.lines if one.user is None]
        for line in found.lines:
            _complete(line, by, at)
        if invite:
            _invite(made, by, at)
    return found


def _create(line: Line, by: User, at: datetime) -> User:
    line.user = actions.create_user(by=by, at=at, email=line.email, **line.given)
    line.given = {}
    return line.user


def _complete(line: Line, by: User, at: datetime) -> None:
    """What could not be said at once: managers who are new, teams, changed fields."""
    user: Any = line.user
    changed = {name for name, _old, _new in line.changes}
    given = {name: value for name, value in line.given.items() if name in changed}
    if "manager" in changed:
        given["manager"] = User.objects.filter(email=line.manager).first()
    try:
        if given:
            actions.change_user(user=user, by=by, at=at, **given)
            user.refresh_from_db()
        if "teams" in changed:
            _set_teams(user, line.teams or [], by, at)
    except Invalid as no:
        words = {"line": line.number, "why": no.detail}
        raise Invalid({"file": [_("Line %(line)s: %(why)s") % words]}) from no


def _set_teams(user: User, teams: list[Team], by: User, at: datetime) -> None:
    """In exactly these; who leads one goes on leading it."""
    old = Membership.objects.filter(user=user).select_related("team")
    now = {row.team_id: row.team for row in old}
    wanted = {team.pk: team for team in teams}
    for pk in now.keys() - wanted.keys():
        actions.set_membership(team=now[pk], user=user, by=by, at=at, is_member=False)
    for pk in wanted.keys() - now.keys():
        actions.set_membership(by=by, at=at, team=wanted[pk], user=user)


def _invite(people: list[User], by: User, at: datetime) -> None:
    from people.tasks import send_invitations

    for person in people:
        record("user.invite", subject=person, by=by, at=at)
    ids = [person.pk for person in people]
    if ids:
        transaction.on_commit(lambda: send_invitations.delay(ids, by.pk))
