"""Every address of the backlog under /api/v1/, by applet."""

from django.urls import URLPattern

from backlog.measures import api as measures
from backlog.sprints import api as sprints
from backlog.sprints import board_api as boards
from backlog.sprints import impediment_api as impediments
from backlog.stories import api as stories
from backlog.stories import idea_api as ideas

urlpatterns: list[URLPattern] = [
    *stories.urls(),
    *ideas.urls(),
    *sprints.urls(),
    *boards.urls(),
    *impediments.urls(),
    *measures.urls(),
]
