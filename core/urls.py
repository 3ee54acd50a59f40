"""The addresses for supervisors and Prometheus."""

from django.urls import URLPattern, path

from core import health

urlpatterns: list[URLPattern] = [
    path("health/live", health.live_view, name="health-live"),
    path("health/ready", health.ready_view, name="health-ready"),
    path("metrics", health.metrics_view, name="metrics"),
]
