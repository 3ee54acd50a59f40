"""Every address of the backlog under /api/v1/, by applet."""

from django.urls import URLPattern

from backlog.measures import api as measures
from backlog.portfolio import api as portfolio
from backlog.profile import api as profile
from backlog.sprints import api as sprints
from backlog.sprints import board_api as boards
from backlog.sprints import impediment_api as impediments

urlpatterns: list[URLPattern] = [
    *profile.urls(),
    *portfolio.urls(),
    *sprints.urls(),
    *boards.urls(),
    *impediments.urls(),
    *measures.urls(),
]
