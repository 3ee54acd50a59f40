"""Every address of the backlog under /api/v1/, by applet."""

from django.urls import URLPattern

from backlog.increments import api as increments
from backlog.mapping import api as mapping
from backlog.measures import api as measures
from backlog.portfolio import api as portfolio
from backlog.profile import api as profile
from backlog.refining.map import api as story_map
from backlog.refining.poker import api as poker
from backlog.refining.sessions import api as refinements
from backlog.sprints import api as sprints
from backlog.sprints import board_api as boards
from backlog.sprints import impediment_api as impediments
from backlog.sprints import meeting_api as meetings
from backlog.sprints import retro_api as retrospectives
from backlog.stories import api as stories
from backlog.stories import idea_api as ideas

urlpatterns: list[URLPattern] = [
    *profile.urls(),
    *portfolio.urls(),
    *story_map.urls(),
    *poker.urls(),
    *refinements.urls(),
    *increments.urls(),
    *mapping.urls(),
    *stories.urls(),
    *ideas.urls(),
    *sprints.urls(),
    *boards.urls(),
    *impediments.urls(),
    *meetings.urls(),
    *retrospectives.urls(),
    *measures.urls(),
]
