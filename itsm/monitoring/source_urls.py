"""The addresses of sources in the settings."""

from django.urls import path

from itsm.monitoring.pages import connecting, mapped, receptions, sources

AT = "settings/sources/<slug:slug>/"
urlpatterns = [
    path("settings/sources/", sources.listing, name="sources"),
    path("settings/sources/new/", sources.new, name="source-new"),
    path(AT, sources.one, name="source"),
    path(f"{AT}connect/", connecting.connect, name="source-connect"),
    path(f"{AT}heard/", connecting.heard, name="source-heard"),
    path(f"{AT}reading/", mapped.edit, name="source-mapping"),
    path(f"{AT}receptions/", receptions.listing, name="source-receptions"),
    path(f"{AT}receptions/<int:pk>/", receptions.one, name="source-reception"),
    path(f"{AT}test/", sources.test, name="source-test"),
    path(f"{AT}pause/", sources.pause, name="source-pause"),
    path(f"{AT}resume/", sources.resume, name="source-resume"),
    path(f"{AT}rotate/", sources.rotate, name="source-rotate"),
    path(f"{AT}former/", sources.end_former, name="source-former"),
]
