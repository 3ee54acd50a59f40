"""The daily scrum, and what is in the way: with an owner, until it is out of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.sprints.common import RUNNING, held, require_state, required
from backlog.sprints.models import DailyNote, Impediment, Sprint
from backlog.standing import require_on
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.changes import plain, require_known, require_people
from people.models import User
from processes.models import Process

LONGEST, LONGEST_TEXT = 2000, 500
FIELDS = frozenset({"owner", "needs_help"})


def say_daily(
    *, sprint: Sprint, by: User, at: datetime, on: date, yesterday: str, today: str
) -> DailyNote:
    """What somebody says on one day; said again, it is what was said last.

    Raises Forbidden, Invalid, WrongState.
    """
    said = {"yesterday": yesterday.strip(), "today": today.strip()}
    with act():
        sprint, _profile = held(sprint, "sprint.work", by)
        require_state(sprint, RUNNING)
        if not any(said.values()):
            raise Invalid({"today": [_("Say one thing, or leave it for today.")]})
        long = [name for name, text in said.items() if len(text) > LONGEST]
        if long:
            words = _("At most %(most)s characters are possible.") % {"most": LONGEST}
            raise Invalid({name: [words] for name in long})
        note, _made = DailyNote.objects.update_or_create(
            sprint=sprint, user=by, on=on, defaults={**said, "at": at}
        )
        changes = {"on": (None, on.isoformat())}
        record("sprint.daily", subject=sprint, by=by, at=at, changes=changes)
    return note


def raise_impediment(
    *,
    process: Process,
    by: User,
    at: datetime,
    text: str,
    sprint: Sprint | None = None,
    story: Story | None = None,
    owner: User | None = None,
    needs_help: bool = False,
) -> Impediment:
    """Something is in the way. Raises Forbidden, Invalid."""
    with act():
        require_on(by, "sprint.work", process)
        text = required("text", text, LONGEST_TEXT)
        require_people({"owner": owner}, "owner")
        for row in (sprint, story):
            if row is not None and row.process_id != process.pk:
                raise Invalid({"process": [_("It belongs to another process.")]})
        found = Impediment.objects.create(
            process=process,
            sprint=sprint,
            story=story,
            text=text,
            by=by,
            owner=owner,
            needs_help=needs_help,
            at=at,
        )
        changes = {"owner": (None, plain(owner)), "needs_help": (None, needs_help)}
        _record("impediment", found, by, at, changes)
    return found


def change_impediment(
    *, impediment: Impediment, by: User, at: datetime, given: Mapping[str, Any]
) -> Impediment:
    """Another owner; or it needs help from outside. Raises Forbidden, Invalid."""
    with act():
        row = _held(impediment, "sprint.work", by)
        require_known(given, FIELDS)
        require_people(given, "owner")
        changes = {}
        for name, new in given.items():
            old = getattr(row, name)
            if old != new:
                changes[name] = (plain(old), plain(new))
                setattr(row, name, new)
        if changes:
            row.save(update_fields=list(changes))
            _record("impediment_change", row, by, at, changes)
    return row


def resolve_impediment(
    *, impediment: Impediment, by: User, at: datetime, how: str
) -> Impediment:
    """It is out of the way, and how. Raises Forbidden, Invalid, WrongState."""
    with act():
        row = _held(impediment, "impediment.resolve", by)
        row.how, row.resolved_at = required("how", how, LONGEST_TEXT), at
        row.save(update_fields=["how", "resolved_at"])
        _record("impediment_resolve", row, by, at, {})
    return row


def _held(impediment: Impediment, verb: str, by: User) -> Impediment:
    rows = Impediment.objects.select_related("process__owner", "sprint", "owner")
    row = rows.select_for_update(of=("self",)).get(pk=impediment.pk)
    require_on(by, verb, row.process)
    if row.resolved_at is not None:
        raise WrongState(_("It is out of the way already."))
    return row


def _record(
    verb: str, row: Impediment, by: User, at: datetime, changes: Mapping[str, Any]
) -> None:
    """On its sprint, or on its process where no sprint has it."""
    subject: Any = row.sprint or row.process
    told = {"impediment": (None, row.pk), **changes}
    kind = f"{subject.subject_type}.{verb}"
    record(kind, subject=subject, by=by, at=at, changes=told)
