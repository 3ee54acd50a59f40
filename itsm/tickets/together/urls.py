"""Addresses of working together."""

from django.urls import URLPattern, path

from itsm.tickets.together import views

urlpatterns: list[URLPattern] = [
    path("here/<slug:number>/", views.here, name="here"),
    path("handovers/<int:pk>/noted/", views.noted, name="handover-noted"),
]
