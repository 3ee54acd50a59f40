"""The floors beside the product's own addresses."""

from django.urls import include, path

from bench import floors

urlpatterns = [
    path("bench/p/", floors.page),
    path("bench/w/", floors.write),
    path("bench/n/", floors.nothing),
    path("", include("config.urls")),
]
