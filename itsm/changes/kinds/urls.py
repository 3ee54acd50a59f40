"""The addresses of kinds of change."""

from django.urls import URLPattern, path

from itsm.changes.kinds import views

urlpatterns: list[URLPattern] = [
    path("changes/kinds/", views.listing, name="change-kinds"),
    path("changes/kinds/<slug:slug>/", views.one, name="change-kind"),
    path("changes/kinds/<slug:slug>/standing/", views.stand, name="change-kind-stand"),
    path("changes/proposals/<int:pk>/", views.proposal, name="change-proposal"),
    path("changes/proposals/<int:pk>/decide/", views.decide, name="change-decide"),
]
