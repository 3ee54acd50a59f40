"""Who has time, the daily scrum and the review of a sprint over REST."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext as _

from backlog.sprints import actions, daily_actions, part_api, queries, review_actions
from backlog.sprints import api_reading as reading
from backlog.sprints.models import DailyNote, ReviewPiece, Sprint
from backlog.sprints.part_api import Asked, Part, PartVerb
from backlog.stories.actions.common import LONGEST as LONGEST_OF
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Param,
    Schema,
    array,
    component,
    obj,
)
from people import api_fields as fields
from people.models import User

DATE: Schema = {"type": "string", "format": "date"}
DAYS: Schema = {"type": "number", "minimum": 0, "maximum": int(actions.MOST_DAYS)}


def _text(most: int, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


# Who has time

CAPACITY = component(
    "Capacity",
    obj(
        {
            "days": {"type": "number"},
            "people": array(
                obj(
                    {
                        "user": TEXT,
                        "days": {"type": "number"},
                        "proposed": {"type": "number"},
                        "away": WHOLE,
                    }
                )
            ),
        }
    ),
)


def _tell_capacity(
    sprint: Sprint, user: User, at: datetime, asked: Asked
) -> Mapping[str, Any]:
    hands = queries.hands(sprint)
    return {
        "days": float(sum((hand.days for hand in hands), Decimal(0))),
        "people": [
            {
                "user": hand.user.email,
                "days": float(hand.days),
                "proposed": float(hand.proposed),
                "away": hand.away,
            }
            for hand in hands
        ],
    }


def _days(user: User, sprint: Sprint) -> Mapping[str, fields.Reader]:
    """Of its team, and of who had days before they left it."""
    known = [*queries.team(sprint), *(hand.user for hand in queries.hands(sprint))]
    return {"days": reading.days({one.email: one for one in known})}


# Daily scrum

SAID = obj(
    {
        "user": TEXT,
        "yesterday": TEXT,
        "today": TEXT,
        "at": OPTIONAL_INSTANT,
        "before": {
            "anyOf": [
                obj({"on": DATE, "yesterday": TEXT, "today": TEXT}),
                {"type": "null"},
            ]
        },
    }
)
DAILY = component("Daily", obj({"on": DATE, "said": array(SAID)}))


def _tell_daily(
    sprint: Sprint, user: User, at: datetime, asked: Asked
) -> Mapping[str, Any]:
    on = asked.get("on") or queries.today(at)
    return {"on": on, "said": [_tell_said(one) for one in queries.daily(sprint, on)]}


def _tell_said(one: queries.Said) -> Mapping[str, Any]:
    note, before = one.note, one.before
    return {
        "user": one.user.email,
        **_words(note),
        "at": note.at if note else None,
        "before": {"on": before.on, **_words(before)} if before else None,
    }


def _words(note: DailyNote | None) -> Mapping[str, str]:
    names = ("yesterday", "today")
    return {name: getattr(note, name) if note else "" for name in names}


def _say(
    *, sprint: Sprint, by: User, at: datetime, yesterday: str = "", today: str = ""
) -> DailyNote:
    said = {"yesterday": yesterday, "today": today}
    on = queries.today(at)
    return daily_actions.say_daily(sprint=sprint, by=by, at=at, on=on, **said)


# Review

PIECE = obj(
    {
        "id": WHOLE,
        "text": TEXT,
        "by": OPTIONAL_TEXT,
        "said_by": TEXT,
        "story": OPTIONAL_TEXT,
        "at": INSTANT,
        "answer": TEXT,
        "answered_by": OPTIONAL_TEXT,
        "answered_at": OPTIONAL_INSTANT,
        "became": OPTIONAL_TEXT,
    }
)
MADE = obj(
    {
        "increment": {"type": ["integer", "null"]},
        "name": TEXT,
        "notes": TEXT,
        "stories": array(obj({"number": TEXT, "title": TEXT})),
    }
)
REVIEW = component(
    "Review", obj({"goal": TEXT, "made": array(MADE), "pieces": array(PIECE)})
)


def _tell_review(
    sprint: Sprint, user: User, at: datetime, asked: Asked
) -> Mapping[str, Any]:
    return {
        "goal": sprint.goal,
        "made": [
            {
                "increment": increment.pk if increment else None,
                "name": increment.name if increment else "",
                "notes": increment.notes if increment else "",
                "stories": [{"number": s.number, "title": s.title} for s in stories],
            }
            for increment, stories in queries.shown(sprint, user)
        ],
        "pieces": [_tell_piece(piece) for piece in queries.pieces(sprint, user)],
    }


def _tell_piece(row: ReviewPiece) -> Mapping[str, Any]:
    same = ("text", "said_by", "at", "answer", "answered_at")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in same},
        "by": row.by.email if row.by else None,
        "answered_by": row.answered_by.email if row.answered_by else None,
        "story": row.story.number if row.story else None,
        "became": row.became.number if row.became else None,
    }


def _feedback(user: User, sprint: Sprint) -> Mapping[str, fields.Reader]:
    """What others said, only those who work here pass on."""
    readers: dict[str, fields.Reader] = {
        "text": fields.text(review_actions.LONGEST),
        "story": fields.optional(reading.one_story(user)),
    }
    if user.is_staff:
        readers["said_by"] = fields.text(review_actions.LONGEST_NAME)
    return readers


def _piece(sprint: Sprint) -> fields.Reader:
    return reading.by_id(sprint.pieces.all, _("There is no such feedback."))


def _answer(*, sprint: Sprint, **given: Any) -> ReviewPiece:
    return review_actions.answer_feedback(**given)


def _make_story(*, sprint: Sprint, **given: Any) -> ReviewPiece:
    return review_actions.make_story_of_feedback(**given)


ANSWER = fields.text(review_actions.LONGEST)
PARTS = (
    Part(
        name="capacity",
        says="Who has how many days for it",
        shape=CAPACITY,
        tell=_tell_capacity,
        verbs={
            "": PartVerb(
                says="Say how many days people of its team have",
                policy="sprint.plan",
                do=actions.set_capacity,
                body={"days": {"type": "object", "additionalProperties": DAYS}},
                readers=_days,
                required=("days",),
            )
        },
    ),
    Part(
        name="daily",
        says="What its team says on one day; today, unless `on` says another",
        shape=DAILY,
        tell=_tell_daily,
        verbs={
            "": PartVerb(
                says="Say it for today; said again, the last counts",
                policy="sprint.work",
                do=_say,
                body=dict.fromkeys(
                    ("yesterday", "today"), _text(daily_actions.LONGEST)
                ),
                readers=lambda user, sprint: dict.fromkeys(
                    ("yesterday", "today"), fields.text(daily_actions.LONGEST)
                ),
            )
        },
        asks={"on": (Param("on", DATE), reading.day)},
    ),
    Part(
        name="review",
        says="What was made in it, and what is said to that; of a requester, their own",
        shape=REVIEW,
        tell=_tell_review,
        find=queries.get_reviewed,
        verbs={
            "feedback": PartVerb(
                says="Say something to what was made",
                policy="review.give",
                do=review_actions.give_feedback,
                body={
                    "text": _text(review_actions.LONGEST, 1),
                    "said_by": _text(review_actions.LONGEST_NAME),
                    "story": OPTIONAL_TEXT,
                },
                readers=_feedback,
                required=("text",),
            ),
            "answer": PartVerb(
                says="Say what becomes of a piece",
                policy="review.answer",
                do=_answer,
                body={"piece": WHOLE, "answer": _text(review_actions.LONGEST, 1)},
                readers=lambda user, sprint: {
                    "piece": _piece(sprint),
                    "answer": ANSWER,
                },
                required=("piece", "answer"),
            ),
            "story": PartVerb(
                says="Make a piece a story, which is its answer",
                policy="review.answer",
                do=_make_story,
                body={
                    "piece": WHOLE,
                    "title": _text(LONGEST_OF["title"], 1),
                    "answer": _text(review_actions.LONGEST),
                },
                readers=lambda user, sprint: {
                    "piece": _piece(sprint),
                    "title": fields.text(LONGEST_OF["title"]),
                    "answer": ANSWER,
                },
                required=("piece", "title"),
            ),
        },
    ),
)


def urls() -> list[URLPattern]:
    """The addresses of these parts."""
    return [one for part in PARTS for one in part_api.urls(part)]
