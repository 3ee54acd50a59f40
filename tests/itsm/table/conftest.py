"""A program that speaks ServiceNow's Table API."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from people.models import User
from tests.factories import a_token

NOW = "/api/now/table/"


class Desk:
    """Asks as one person, with a token of theirs."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {a_token(user, *scopes)}"}

    def ask(self, table: str, query: str = "", **more: Any) -> HttpResponse:
        """The answer to a list or a record."""
        given = {f"sysparm_{name}": value for name, value in more.items()}
        given |= {"sysparm_query": query} if query else {}
        return self.client.get(NOW + table, given, headers=self.headers)

    def find(self, table: str, query: str = "", **more: Any) -> list[dict]:
        """The records."""
        answer = self.ask(table, query, **more)
        assert answer.status_code == 200, answer.content
        return answer.json()["result"]

    def numbers(self, query: str, table: str = "incident") -> set[str]:
        """The numbers of what fits."""
        return {row["number"] for row in self.find(table, query, fields="number")}

    def send(self, method: str, path: str, body: Any = None) -> HttpResponse:
        """POST, PUT, PATCH or DELETE."""
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.client.generic(
            method.upper(), NOW + path, raw, "application/json", headers=self.headers
        )

    def put(self, path: str, **body: Any) -> dict:
        """The record after a PATCH that went well."""
        answer = self.send("patch", path, body)
        assert answer.status_code == 200, answer.content
        return answer.json()["result"]

    def make(self, table: str, **body: Any) -> dict:
        """The record after a POST that went well."""
        answer = self.send("post", table, body)
        assert answer.status_code == 201, answer.content
        return answer.json()["result"]


def refused(answer: HttpResponse, status: int) -> str:
    """That it is an error in ServiceNow's shape; answers what it says."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert told["status"] == "failure"
    assert set(told["error"]) == {"message", "detail"}
    return told["error"]["detail"]


@pytest.fixture
def desk():
    """`desk(person, *scopes)` answers a program."""
    return Desk
