"""The addresses of knowledge."""

from django.urls import path

from itsm.knowledge import views

urlpatterns = [
    path("knowledge/", views.shelf, name="knowledge"),
    path("knowledge/new/", views.new, name="article-new"),
    path(
        "knowledge/beside/<slug:number>/",
        views.beside,
        name="articles-beside",
    ),
    path(
        "knowledge/beside/<slug:number>/<slug:verb>/",
        views.on_ticket,
        name="article-on-ticket",
    ),
    path("knowledge/<slug:number>/", views.article, name="article"),
    path("knowledge/<slug:number>/edit/", views.edit, name="article-edit"),
    path("knowledge/<slug:number>/versions/", views.versions, name="article-versions"),
    path("knowledge/<slug:number>/do/<slug:verb>/", views.do, name="article-do"),
]
