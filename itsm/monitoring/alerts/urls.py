"""The addresses of alerts."""

from django.urls import path

from itsm.monitoring.alerts import views

urlpatterns = [
    path("alerts/", views.listing, name="alerts"),
    path("alerts/export/", views.export, name="alerts-export"),
    path("alerts/<int:pk>/", views.one, name="alert"),
]
