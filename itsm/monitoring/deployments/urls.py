"""The address of a service's page."""

from django.urls import path

from itsm.monitoring.deployments import views

urlpatterns = [path("services/<slug:slug>/", views.service, name="service")]
