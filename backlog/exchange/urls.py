"""The addresses of files of stories."""

from django.urls import URLPattern, path

from backlog.exchange import views

urlpatterns: list[URLPattern] = [
    path("backlog/<slug:slug>/export/", views.export, name="backlog-export"),
    path("backlog/<slug:slug>/import/", views.import_, name="backlog-import"),
]
