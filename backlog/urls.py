"""Every address of the room, by applet."""

from django.urls import include, path

urlpatterns = [
    path("", include("backlog.portfolio.urls")),  # before a process of that name
    path("", include("backlog.profile.urls")),
]
