"""The addresses of refinement."""

from django.urls import URLPattern

from backlog.refining.map.urls import urlpatterns as story_map

urlpatterns: list[URLPattern] = [*story_map]
