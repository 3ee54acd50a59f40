"""Every address of the room under /api/v1/, by applet."""

from django.urls import URLPattern

from backlog.portfolio import api as portfolio
from backlog.profile import api as profile

urlpatterns: list[URLPattern] = [
    *profile.urls(),
    *portfolio.urls(),
]
