"""The address of a process's measures."""

from django.urls import URLPattern, path

from backlog.measures import views

urlpatterns: list[URLPattern] = [
    path("backlog/<slug:slug>/measures/", views.measures, name="backlog-measures"),
]
