"""Where nobody is in the database, every page leads to the first run; then never."""

from pathlib import Path

import pytest
from django.test import Client

from config.firstrun import first_run_code
from core.models import Event
from people.first_run import MOST_TRIES, FirstRunMiddleware
from people.models import User
from processes.models import Process
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PERSON = {
    "email": "first@demo.example",
    "name": "First",
    "password": "correct horse battery",
}


@pytest.fixture
def code(settings, tmp_path: Path, monkeypatch) -> str:
    settings.VAR = tmp_path
    monkeypatch.setattr(FirstRunMiddleware, "somebody_is_there", False)
    return first_run_code(tmp_path)


def test_every_page_leads_to_the_first_run(code: str, client: Client):
    for path in ("/", "/queue/", "/portal/", "/accounts/login/"):
        assert client.get(path).url == "/first-run/"
    assert client.get("/first-run/").status_code == 200


def test_the_code_makes_the_first_administrator_and_loads_the_processes(
    code: str, client: Client
):
    answer = client.post("/first-run/", {"code": code.lower(), **PERSON})
    assert answer.status_code == 302
    user = User.objects.get()
    assert user.is_superuser
    assert client.get("/settings/people/").status_code == 200
    assert Process.objects.count() == 4
    assert Event.objects.filter(kind="user.create").count() == 1
    assert client.get("/first-run/").status_code == 404
    assert client.post("/first-run/", {"code": code, **PERSON}).status_code == 404


def test_a_wrong_code_makes_nobody_and_keeps_what_was_typed(code: str, client: Client):
    answer = client.post("/first-run/", {"code": "WRON-GCOD-E234", **PERSON})
    assert answer.status_code == 422
    assert "first@demo.example" in answer.content.decode()
    assert not User.objects.exists()


def test_wrong_codes_are_throttled(code: str, client: Client):
    for _attempt in range(MOST_TRIES):
        client.post("/first-run/", {"code": "WRON-GCOD-E234", **PERSON})
    answer = client.post("/first-run/", {"code": code, **PERSON})
    assert answer.status_code == 429
    assert not User.objects.exists()


def test_a_weak_password_is_refused(code: str, client: Client):
    sent = {"code": code, **PERSON, "password": "12345678"}
    assert client.post("/first-run/", sent).status_code == 422
    assert not User.objects.exists()


def test_with_somebody_there_is_no_first_run(cast: Cast, client: Client):
    assert client.get("/first-run/").status_code == 404
