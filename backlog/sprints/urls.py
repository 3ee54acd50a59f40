"""The addresses of sprints."""

from django.urls import URLPattern, path

from backlog.sprints import board_views, meeting_views, views

urlpatterns: list[URLPattern] = [
    path("backlog/<slug:slug>/sprints/", views.listing, name="sprints"),
    path("backlog/<slug:slug>/sprints/new/", views.new, name="sprint-new"),
    path("sprints/<int:pk>/", views.one, name="sprint"),
    path("sprints/<int:pk>/edit/", views.edit, name="sprint-edit"),
    path("sprints/<int:pk>/close/", views.close, name="sprint-close"),
    path("sprints/<int:pk>/board/", board_views.board, name="sprint-board"),
    path("sprints/<int:pk>/board/<str:number>/", board_views.card, name="sprint-card"),
    path("sprints/<int:pk>/daily/", meeting_views.daily, name="sprint-daily"),
    path("sprints/<int:pk>/review/", meeting_views.review, name="sprint-review"),
    path("sprints/<int:pk>/retro/", meeting_views.retro, name="sprint-retro"),
]
