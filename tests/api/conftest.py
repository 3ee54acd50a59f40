"""A client for each person, with a token."""

import io
import json
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import Client

from people.models import User
from tests.factories import a_token


class Api:
    """Asks as one person; JSON in and out."""

    def __init__(self, user: User | None, *scopes: str) -> None:
        self.client = Client()
        token = a_token(user, *scopes) if user else ""
        self.headers = {"Authorization": f"Bearer {token}"} if user else {}

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(_full(path), headers=self.headers | _names(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("post", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.send("patch", path, body, **headers)

    def send(self, method: str, path: str, body: Any, **headers: str) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return getattr(self.client, method)(
            _full(path),
            data=raw,
            content_type=headers.pop("content_type", "application/json"),
            headers=self.headers | _names(headers),
        )

    def upload(self, path: str, **form: Any) -> HttpResponse:
        return self.client.post(_full(path), data=form, headers=self.headers)


def _full(path: str) -> str:
    return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def api():
    """`api(person, *scopes)` answers a client."""
    return Api


@pytest.fixture
def one_connection():
    """WSGI answers in the test's transaction, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def in_process(one_connection):
    """`in_process(user, path, sent, length)`: what WSGI answers to a broken upload."""

    def ask(user: User, path: str, sent: bytes, length: int) -> tuple[int, bytes]:
        said = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": _full(path),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(length),
            "HTTP_AUTHORIZATION": f"Bearer {a_token(user)}",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.url_scheme": "http",
        }
        answer = get_wsgi_application()(environ, lambda status, _h: said.append(status))
        return int(said[0][:3]), b"".join(answer)

    return ask
