"""The addresses of increments."""

from django.urls import URLPattern, path

from backlog.increments import views

ONE = "increments/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("backlog/<slug:slug>/increments/", views.listing, name="increments"),
    path("backlog/<slug:slug>/increments/new/", views.new, name="increment-new"),
    path(ONE, views.one, name="increment"),
    path(f"{ONE}edit/", views.edit, name="increment-edit"),
    path(f"{ONE}move/", views.move, name="increment-move"),
    path(f"{ONE}check/", views.check, name="increment-check"),
    path(f"{ONE}decide/", views.decide, name="increment-decide"),
    path(f"{ONE}release/", views.release, name="increment-release"),
]
