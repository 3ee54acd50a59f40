"""Addresses of ready answers; before the settings' own, which take any name."""

from django.urls import URLPattern, path

from itsm.tickets.replies import views

urlpatterns: list[URLPattern] = [
    path("settings/templates/", views.listing, name="reply-templates"),
    path("settings/templates/new/", views.new, name="reply-template-new"),
    path("settings/templates/<slug:slug>/", views.edit, name="reply-template"),
]
