"""Ideas: anyone drops one in a sentence, the team answers, whoever gave it hears."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backlog.standing import require_on
from backlog.stories.actions.linking import EVIDENCE, add_evidence, require_seen
from backlog.stories.actions.writing import create_story
from backlog.stories.models import Idea, Story
from core import subjects
from core.errors import Invalid, WrongState
from core.log import act, record
from people.calendars.reading import working_days_later
from people.models import User
from people.policy import require
from processes.models import Process

ANSWERED_IN = timedelta(days=10)  # working days
LONGEST, LONGEST_ANSWER = 500, 5000


def give_idea(
    *,
    process: Process,
    by: User,
    at: datetime,
    text: str,
    about: tuple[str, int] | None = None,
) -> Idea:
    """Drop an idea for a process, about something one sees or about nothing.

    Answered within ten working days of the default calendar. Raises Invalid.
    """
    with act():
        require(by, "idea.give")
        text = " ".join(text.split())
        if not text:
            raise Invalid({"text": [_("Say in a sentence what could be better.")]})
        if len(text) > LONGEST:
            raise Invalid({"text": [_("At most %(n)s characters.") % {"n": LONGEST}]})
        if about is not None:
            require_seen(by, *about)
        idea = Idea.objects.create(
            process=process,
            text=text,
            by=by,
            about=None if about is None else {"type": about[0], "id": about[1]},
            at=at,
            answer_by=working_days_later(at, ANSWERED_IN),
        )
        changes = {"process": (None, process.pk)}
        record("idea.give", subject=idea, by=by, at=at, changes=changes, public=True)
    return idea


def take_idea(
    *,
    idea: Idea,
    by: User,
    at: datetime,
    answer: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Story:
    """Make a story of it; what it was about speaks for the story.

    Raises Forbidden, WrongState, Invalid.
    """
    with act():
        idea = _guarded(idea, by)
        given = {"title": idea.text[:250], **(fields or {})}
        if len(idea.text) > len(given["title"]):
            given.setdefault("notes", idea.text)
        story = create_story(process=idea.process, by=by, at=at, idea=idea, **given)
        _link(story, idea, by, at)
        _answer(idea, Idea.State.TAKEN, answer, by, at)
    return story


def decline_idea(*, idea: Idea, by: User, at: datetime, answer: str) -> Idea:
    """Say why not. Raises Forbidden, WrongState, Invalid."""
    with act():
        idea = _guarded(idea, by)
        if not answer.strip():
            raise Invalid({"answer": [_("Say why; they read it.")]})
        _answer(idea, Idea.State.DECLINED, answer, by, at)
    return idea


def _guarded(idea: Idea, by: User) -> Idea:
    rows = Idea.objects.select_related("process").select_for_update(of=("self",))
    idea = rows.get(pk=idea.pk)
    require_on(by, "idea.answer", idea.process)
    if idea.state != Idea.State.OPEN:
        raise WrongState(_("It has been answered already."))
    return idea


def _link(story: Story, idea: Idea, by: User, at: datetime) -> None:
    """Only what who takes it may see, too."""
    if not idea.about:
        return
    kind, pk = idea.about["type"], idea.about["id"]
    seen = kind in EVIDENCE and subjects.get(kind).visible_to(by).filter(pk=pk)
    if seen and seen.exists():
        add_evidence(story=story, by=by, at=at, subject_type=kind, subject_id=pk)


def _answer(idea: Idea, state: str, answer: str, by: User, at: datetime) -> None:
    answer = answer.strip()
    if len(answer) > LONGEST_ANSWER:
        most = {"n": LONGEST_ANSWER}
        raise Invalid({"answer": [_("At most %(n)s characters.") % most]})
    former, idea.state = idea.state, state
    idea.answer, idea.answered_by, idea.answered_at = answer, by, at
    idea.save()
    changes = {"state": (former, str(state))}
    record("idea.answer", subject=idea, by=by, at=at, changes=changes, public=True)
