"""The addresses of refinement, poker, sessions, and of the story map."""

from django.urls import URLPattern, path

from backlog.refining import views
from backlog.refining.map.urls import urlpatterns as story_map
from backlog.refining.poker import views as poker
from backlog.refining.sessions import views as sessions

REFINE = "backlog/<slug:slug>/refine/"
SESSION = f"{REFINE}sessions/<int:pk>/"
POKER = f"{REFINE}poker/<str:number>/"

urlpatterns: list[URLPattern] = [
    *story_map,
    path(REFINE, views.refine, name="refine"),
    path(f"{REFINE}split/<str:number>/", views.split, name="story-split"),
    path(f"{REFINE}merge/<str:number>/", views.merge, name="story-merge"),
    path(POKER, poker.table, name="poker"),
    path(f"{POKER}<slug:verb>/", poker.act, name="poker-act"),
    path(f"{REFINE}sessions/new/", sessions.new, name="refine-session-new"),
    path(SESSION, sessions.one, name="refine-session"),
    path(f"{SESSION}<slug:verb>/", sessions.act, name="refine-session-act"),
    path(
        f"{SESSION}items/<int:item>/<slug:verb>/",
        sessions.act_on,
        name="refine-item-act",
    ),
]
