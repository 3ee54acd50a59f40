"""The addresses under /api/now/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from itsm.table.api import NoTable, urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("table/", include(urls())),
    re_path(r"^.*$", NoTable.as_view()),
]
