"""The addresses of feedback for those who work here."""

from django.urls import path

from itsm.feedback import views

urlpatterns = [
    path("feedback/", views.listing, name="feedback"),
    path("feedback/<int:pk>/<slug:verb>/", views.do, name="feedback-do"),
]
