"""The addresses of maintenance."""

from django.urls import path

from itsm.monitoring.maintenance import views

urlpatterns = [
    path("maintenance/", views.listing, name="maintenance"),
    path("maintenance/new/", views.new, name="maintenance-new"),
    path("maintenance/<int:pk>/", views.one, name="maintenance-one"),
    path("maintenance/<int:pk>/end/", views.end, name="maintenance-end"),
]
