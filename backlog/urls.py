"""Every page of the backlog, by applet."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("backlog.stories.urls")),
]
