"""Addresses that only requests have."""

from django.urls import URLPattern, path

from itsm.requests import views

urlpatterns: list[URLPattern] = [
    path("requests/<slug:number>/tasks/<int:pk>/", views.task, name="request-task"),
]
