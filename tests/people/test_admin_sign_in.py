"""The read-only admin has no sign-in of its own: that would pass the second step by."""

import pytest
from django.test import Client

from tests.cast import PASSWORD
from tests.factories import as_

pytestmark = pytest.mark.django_db


def test_the_admin_signs_nobody_in_with_a_password_alone(cast):
    client = Client()
    client.post("/admin/login/", {"username": cast.grace.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_whoever_asks_for_the_admin_signs_in_where_everybody_does(cast):
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_the_admin_is_refused_to_whoever_does_not_administer(cast):
    assert as_(cast.bob).get("/admin/", follow=True).status_code == 403
