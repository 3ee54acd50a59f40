"""The room's models; each stands in its applet."""

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import (
    Aim,
    Member,
    Profile,
    Stakeholder,
    Statement,
    StreamStep,
)
from backlog.refining.models import AgendaItem, PokerRound, PokerVote, Session
from backlog.sprints.models import (
    Capacity,
    DailyNote,
    Impediment,
    RetroNote,
    RetroVote,
    ReviewPiece,
    Sprint,
    SprintStory,
)
from backlog.stories.models import (
    Criterion,
    Evidence,
    Idea,
    Remark,
    Story,
    StoryFile,
    StoryLink,
    Watch,
)

__all__ = [
    "Activity",
    "AgendaItem",
    "Aim",
    "Capacity",
    "Criterion",
    "DailyNote",
    "Evidence",
    "Idea",
    "Impediment",
    "Increment",
    "Member",
    "PokerRound",
    "PokerVote",
    "Profile",
    "Remark",
    "RetroNote",
    "RetroVote",
    "ReviewPiece",
    "Session",
    "Sprint",
    "SprintStory",
    "Stakeholder",
    "Statement",
    "Story",
    "StoryFile",
    "StoryLink",
    "StreamStep",
    "Watch",
]
