"""The addresses of the API that are no collection: its schema, its pages, the rest."""

from django.urls import URLPattern, path, re_path

from core.api.handlers import no_such_address
from core.api.schema import SchemaView, docs_page

urlpatterns: list[URLPattern] = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", docs_page, name="api-docs"),
    re_path(r"^.*$", no_such_address, name="api-unknown"),
]
