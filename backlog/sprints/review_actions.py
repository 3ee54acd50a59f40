"""The review: what stakeholders say to what was made; each piece is answered."""

from datetime import datetime

from django.utils.translation import gettext as _

from backlog.sprints.common import required
from backlog.sprints.models import ReviewPiece, Sprint
from backlog.standing import require_on
from backlog.stories.actions import create_story
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User

LONGEST, LONGEST_NAME = 5000, 200


def give_feedback(
    *,
    sprint: Sprint,
    by: User,
    at: datetime,
    text: str,
    said_by: str = "",
    story: Story | None = None,
) -> ReviewPiece:
    """One piece, of one's own or `said_by` somebody without an account.

    Raises Forbidden, Invalid, WrongState (before it has begun).
    """
    with act():
        sprint = Sprint.objects.select_related("process__owner").get(pk=sprint.pk)
        require_on(by, "review.give", sprint.process)
        if sprint.started_at is None:
            raise WrongState(_("The sprint has not begun; there is nothing to see."))
        text = required("text", text, LONGEST)
        if len(said_by) > LONGEST_NAME:
            words = {"most": LONGEST_NAME}
            raise Invalid(
                {"said_by": [_("At most %(most)s characters are possible.") % words]}
            )
        if story is not None and not sprint.held.filter(story=story).exists():
            raise Invalid({"story": [_("It was not in this sprint.")]})
        piece = ReviewPiece.objects.create(
            sprint=sprint,
            story=story,
            by=by,
            said_by=said_by.strip(),
            text=text,
            at=at,
        )
        changes = {"piece": (None, piece.pk)}
        record("sprint.feedback", subject=sprint, by=by, at=at, changes=changes)
    return piece


def answer_feedback(
    *, piece: ReviewPiece, by: User, at: datetime, answer: str
) -> ReviewPiece:
    """Say what becomes of it. Raises Forbidden, Invalid, WrongState."""
    with act():
        row = _held(piece, by)
        _answer(row, required("answer", answer, LONGEST), None, by=by, at=at)
    return row


def make_story_of_feedback(
    *, piece: ReviewPiece, by: User, at: datetime, title: str, answer: str = ""
) -> ReviewPiece:
    """It becomes a story of the backlog, and that is its answer.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        row = _held(piece, by)
        process = row.sprint.process
        notes = f"{row.text}\n\n({row.said_by})" if row.said_by else row.text
        story = create_story(process=process, by=by, at=at, title=title, notes=notes)
        words = answer.strip() or _("It is a story now: %(number)s.") % {
            "number": story.number
        }
        _answer(row, words, story, by=by, at=at)
    return row


def _answer(
    row: ReviewPiece, answer: str, story: Story | None, *, by: User, at: datetime
) -> None:
    row.answer, row.answered_by, row.answered_at, row.became = answer, by, at, story
    row.save(update_fields=["answer", "answered_by", "answered_at", "became"])
    changes = {"piece": (row.pk, row.pk), "story": (None, story.pk if story else None)}
    record("sprint.feedback_answer", subject=row.sprint, by=by, at=at, changes=changes)


def _held(piece: ReviewPiece, by: User) -> ReviewPiece:
    rows = ReviewPiece.objects.select_related("sprint__process__owner")
    row = rows.select_for_update(of=("self",)).get(pk=piece.pk)
    require_on(by, "review.answer", row.sprint.process)
    if row.answered_at is not None:
        raise WrongState(_("It is answered already."))
    return row
