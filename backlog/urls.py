"""Every page of the backlog, by applet."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("backlog.portfolio.urls")),  # before a process of that name
    path("", include("backlog.profile.urls")),
    path("", include("backlog.refining.urls")),
    path("", include("backlog.increments.urls")),
    path("", include("backlog.exchange.urls")),
    path("", include("backlog.stories.urls")),
    path("", include("backlog.sprints.urls")),
    path("", include("backlog.measures.urls")),
]
