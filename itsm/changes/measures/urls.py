"""The addresses of the measures of changes."""

from django.urls import path

from itsm.changes.measures import views

urlpatterns = [
    path("changes/measures/", views.overview, name="change-measures"),
    path("changes/measures/export/", views.export, name="change-measures-export"),
    path("changes/measures/changes/", views.changes, name="change-measures-behind"),
]
