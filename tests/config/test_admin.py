"""Administrators look into Django's admin and change nothing there."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from tests.factories import as_

pytestmark = pytest.mark.django_db


def test_whatever_a_library_registers_is_read_only(cast):
    request = RequestFactory().get("/admin/")
    request.user = cast.grace
    assert admin.site._registry
    for shown in admin.site._registry.values():
        may = (
            shown.has_add_permission(request),
            shown.has_change_permission(request),
            shown.has_delete_permission(request),
        )
        assert may == (False, False, False), shown


def test_an_administrator_reads_and_is_offered_nothing_to_press(cast):
    page = as_(cast.grace).get("/admin/").content.decode()
    assert "Beeline" in page
    assert "/add/" not in page
    model = next(iter(admin.site._registry))._meta
    answer = as_(cast.grace).get(f"/admin/{model.app_label}/{model.model_name}/add/")
    assert answer.status_code == 403
