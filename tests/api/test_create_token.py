"""`manage.py create_token`: the token stands alone on the last line, and works."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.urls import URLResolver, get_resolver

from core.api.views import ApiView
from itsm.table.api import NoTable
from people.actions import SCOPES
from people.models import ApiToken

pytestmark = pytest.mark.django_db


def made(*args: str) -> str:
    out = io.StringIO()
    call_command("create_token", *args, stdout=out)
    return out.getvalue().splitlines()[-1]


def test_the_last_line_is_a_token_that_works(cast, client):
    token = made("--user", "BOB@demo.example")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/incidents/", headers=headers).status_code == 200
    assert token not in str(ApiToken.objects.values_list())


def test_scopes_and_days_are_kept(cast, client):
    token = made("--user", "bob@demo.example", "--scope", "read", "--days", "2")
    row = ApiToken.objects.get(prefix=token[:12])
    assert row.scopes == ["read"]
    assert (row.expires_at - row.created_at).days == 2


def test_a_token_can_be_for_each_collection_and_for_that_alone(cast, client):
    assert set(SCOPES) == {"read", *collections(get_resolver())}
    token = made("--user", "bob@demo.example", "--scope", "articles")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/articles/", headers=headers).status_code == 200
    assert client.get("/api/v1/tickets/", headers=headers).status_code == 403


def collections(resolver: URLResolver) -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from collections(one)
        elif issubclass(view := getattr(one.callback, "cls", object), ApiView):
            name = one.callback.initkwargs.get("collection", view.collection)
            if view is not NoTable and view.authentication_classes:
                yield name  # others answer every token that there is none, or ask none


def test_nobody_and_the_inactive_get_none(cast):
    with pytest.raises(CommandError):
        made("--user", "nobody@demo.example")
    cast.bob.is_active = False
    cast.bob.save()
    with pytest.raises(CommandError):
        made("--user", "bob@demo.example")
