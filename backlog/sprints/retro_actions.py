"""The retrospective: anonymous notes, grouped, voted on; actions become stories.

Nobody's id stands on a note or a vote. A note keeps the hash of a secret that only its
author's browser has; a vote the keyed hash of person and sprint, so that each has only
so many. Their events name no actor.
"""

import hashlib
from datetime import datetime

from django.db.models import Sum
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from backlog.sprints.common import held, required
from backlog.sprints.formats import ACT, FIRST, FORMATS, GROUP, PHASES, VOTE, WRITE
from backlog.sprints.models import RetroNote, RetroVote, Sprint
from backlog.standing import require_on
from backlog.stories.actions import create_story
from core.context import Door, through
from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from people.models import User

LONGEST = 1000
VOTES = 5  # each person's, on all notes of a sprint together


def set_retro(
    *, sprint: Sprint, by: User, at: datetime, phase: str, format: str = ""
) -> Sprint:
    """Go to a phase; the format is chosen before the first note.

    Raises Forbidden, Invalid, WrongState (before the sprint has begun).
    """
    with act():
        sprint, _profile = held(sprint, "sprint.work", by)
        if sprint.started_at is None:
            raise WrongState(_("The sprint has not begun; there is nothing to see."))
        chosen = format or sprint.retro_format or FIRST
        if phase not in PHASES or chosen not in FORMATS:
            raise Invalid({"phase": [_("Choose one of them.")]})
        if sprint.retro_format not in ("", chosen) and sprint.notes.exists():
            raise WrongState(_("There are notes already; the format stays."))
        changes = {
            "retro_phase": (sprint.retro_phase, phase),
            "retro_format": (sprint.retro_format, chosen),
        }
        sprint.retro_phase, sprint.retro_format = phase, chosen
        sprint.save(update_fields=["retro_phase", "retro_format"])
        told = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if told:
            record("sprint.retro", subject=sprint, by=by, at=at, changes=told)
    return sprint


def add_note(
    *, sprint: Sprint, by: User, at: datetime, category: str, text: str, secret: str
) -> RetroNote:
    """A note nobody can trace; `secret` alone takes it back.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, _profile = held(sprint, "sprint.work", by)
        _require_phase(sprint, WRITE, GROUP)
        if category not in FORMATS[sprint.retro_format].categories:
            raise Invalid({"category": [_("Choose one of them.")]})
        note = RetroNote.objects.create(
            sprint=sprint,
            category=category,
            text=required("text", text, LONGEST),
            position=sprint.notes.count(),
            at=at,
            author_key=key_of(secret),
        )
        _record(sprint, note, at)
    return note


def take_back(*, note: RetroNote, by: User, at: datetime, secret: str) -> None:
    """Remove one's own note. Raises Forbidden, WrongState."""
    with act():
        sprint, _profile = held(note.sprint, "sprint.work", by)
        _require_phase(sprint, WRITE, GROUP)
        if note.author_key != key_of(secret):
            raise Forbidden(_("Only who wrote a note takes it back."))
        _record(sprint, note, at)
        note.delete()


def group_note(
    *, note: RetroNote, by: User, at: datetime, under: RetroNote | None
) -> RetroNote:
    """Say that it says the same as another; None: it stands alone again.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, _profile = held(note.sprint, "sprint.work", by)
        _require_phase(sprint, GROUP)
        _refresh(note)
        head = (under.group or under) if under is not None else None
        if head is not None and (head.sprint_id != sprint.pk or head.pk == note.pk):
            raise Invalid({"under": [_("Choose another note of this sprint.")]})
        note.group = head
        note.save(update_fields=["group"])
        note.grouped.update(group=head)  # whoever stood under it comes along
        _record(sprint, note, at)
    return note


def _refresh(note: RetroNote) -> None:
    """As it stands now that the sprint is ours; its author may have taken it back."""
    try:
        note.refresh_from_db()
    except RetroNote.DoesNotExist as gone:
        raise Invalid({"note": [_("It was taken back meanwhile.")]}) from gone


def vote(*, note: RetroNote, by: User, at: datetime, n: int) -> RetroNote:
    """So many of one's votes for a note, or none.

    Raises Forbidden, Invalid (more than one has), WrongState.
    """
    with act():
        sprint, _profile = held(note.sprint, "sprint.work", by)
        _require_phase(sprint, VOTE)
        key = voter_key(sprint, by)
        mine = RetroVote.objects.filter(note__sprint=sprint, voter_key=key)
        others = mine.exclude(note=note).aggregate(n=Sum("n"))["n"] or 0
        if n < 0 or others + n > VOTES:
            raise Invalid(
                {
                    "n": [
                        _("You have %(n)s votes for all notes together.") % {"n": VOTES}
                    ]
                }
            )
        if n:
            RetroVote.objects.update_or_create(
                note=note, voter_key=key, defaults={"n": n}
            )
        else:
            mine.filter(note=note).delete()
        _record(sprint, note, at)
    return note


def make_story_of_note(
    *, note: RetroNote, by: User, at: datetime, title: str
) -> RetroNote:
    """What is to be done about it becomes a story; next time it is looked at.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, _profile = held(note.sprint, "sprint.work", by)
        require_on(by, "story.write", sprint.process)
        _require_phase(sprint, ACT)
        _refresh(note)
        if note.became_id is not None:
            raise WrongState(_("It is a story already."))
        note.became = create_story(
            process=sprint.process, by=by, at=at, title=title, notes=note.text
        )
        note.is_action = True
        note.save(update_fields=["became", "is_action"])
        changes = {"note": (None, note.pk), "story": (None, note.became.pk)}
        record("sprint.retro_action", subject=sprint, by=by, at=at, changes=changes)
    return note


def key_of(secret: str) -> str:
    """What is kept of an author's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def voter_key(sprint: Sprint, user: User) -> str:
    """What is kept of a voter: the same in one sprint, another in the next."""
    said = f"{sprint.pk}:{user.pk}"
    return salted_hmac("backlog.retro.vote", said, algorithm="sha256").hexdigest()


def _require_phase(sprint: Sprint, *phases: str) -> None:
    if sprint.retro_phase not in phases:
        words = {"phases": ", ".join(str(PHASES[p]) for p in phases)}
        raise WrongState(_("This belongs to the phase: %(phases)s.") % words)


def _record(sprint: Sprint, note: RetroNote, at: datetime) -> None:
    """That something changed: never who did it, nor their request, nor its door, by
    which a team would know the one of them who comes through it."""
    changes = {"note": (None, note.pk)}
    with through(Door.PAGE):
        record("sprint.retro_note", subject=sprint, by=None, at=at, changes=changes)
