"""The addresses of processes and their versions."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from processes import making_views, views

VERSION = r"^processes/(?P<slug>[-\w]+)/versions/(?P<number>\d{1,9})/"

urlpatterns = [
    path("processes/", views.listing, name="processes"),
    path("processes/new/", making_views.new, name="process-make"),
    path("processes/<slug:slug>/", views.process, name="process"),
    path("processes/<slug:slug>/new/", views.new, name="process-new"),
    path(
        "processes/<slug:slug>/versions/",
        RedirectView.as_view(url="/processes/%(slug)s/#versions"),
        name="process-versions",
    ),
    path(
        "processes/<slug:slug>/versions/<int:number>/",
        views.version,
        name="process-version",
    ),
    path(
        "processes/<slug:slug>/versions/<int:number>/edit/",
        views.edit,
        name="process-edit",
    ),
    path(
        "processes/<slug:slug>/versions/<int:number>/migrate/<int:to>/",
        views.migrate,
        name="process-migrate",
    ),
    re_path(
        VERSION + r"(?P<verb>release|widen|roll_back|retire)/$",
        views.act,
        name="process-act",
    ),
]
