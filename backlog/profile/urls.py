"""The addresses on which a process is described."""

from django.urls import path, re_path

from backlog.profile import stream_views, views
from backlog.profile.parts import PARTS

PART = rf"^processes/(?P<slug>[-\w]+)/(?P<part>{'|'.join(PARTS)})/"

urlpatterns = [
    path("processes/<slug:slug>/describe/", views.describe, name="process-describe"),
    path("processes/<slug:slug>/stream/", stream_views.edit, name="process-stream"),
    path(
        "processes/<slug:slug>/stream/propose/",
        stream_views.propose,
        name="process-propose",
    ),
    re_path(PART + r"$", views.listing, name="process-part"),
    re_path(PART + r"(?P<pk>\d{1,18})/$", views.one, name="process-part-one"),
]
