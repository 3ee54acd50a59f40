"""Every address of the room, by applet."""

from django.urls import include, path

urlpatterns = [
    path("", include("backlog.refining.urls")),
    path("", include("backlog.increments.urls")),
]
