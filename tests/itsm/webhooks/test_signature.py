"""Signatures: the documented snippets are run against a delivery that was received."""

import base64
import re
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from core.models import Event
from itsm.webhooks import actions, signing
from itsm.webhooks.models import Webhook
from tests.factories import an_incident
from tests.itsm.webhooks.receiver import Clock, send

pytestmark = pytest.mark.django_db
PAGE = Path(django_settings.BASE_DIR) / "docs" / "integrations" / "webhooks.md"


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert found, language
    return found[1]


def python(secret, headers, body) -> bool:
    """The page's function, as a reader pastes it."""
    names: dict = {}
    exec(compile(snippet("python"), str(PAGE), "exec"), names)
    return names["is_ours"](secret, headers, body)


def shell(secret, headers, body, folder) -> bool:
    """The page's lines, as a reader pastes them."""
    file = folder / "body"
    file.write_bytes(body)
    env = {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "SECRET": secret,
        "BODY": str(file),
        "WEBHOOK_ID": headers["webhook-id"],
        "WEBHOOK_TIMESTAMP": headers["webhook-timestamp"],
        "WEBHOOK_SIGNATURE": headers["webhook-signature"],
    }
    done = subprocess.run(
        ["sh", "-c", snippet("sh")], env=env, capture_output=True, text=True
    )
    assert done.stdout.strip() in {"ours", "forged"}, done.stderr
    return done.stdout.strip() == "ours"


@pytest.fixture
def clock():
    return Clock(timezone.now())


@pytest.fixture
def made(cast, receiver):
    """A webhook that hears of opened tickets, and its secret."""
    return actions.create_webhook(
        by=cast.grace,
        at=timezone.now(),
        name="Ours",
        url=receiver.url,
        kinds=["ticket.open"],
    )


@pytest.fixture
def got(cast, made, receiver, clock):
    """One real delivery, with an umlaut in it."""
    an_incident(cast, title="Drucker für Köln klemmt ✓")
    assert send(clock) == 1
    return receiver.got[0]


def test_the_python_snippet_knows_a_real_one(made, got):
    assert python(made[1], got.headers, got.body)


def test_the_shell_snippet_knows_a_real_one(made, got, tmp_path):
    assert shell(made[1], got.headers, got.body, tmp_path)


def test_both_snippets_refuse_what_was_changed(made, got, tmp_path):
    _row, secret = made
    other = signing.new_secret()
    later_on = {**got.headers, "webhook-timestamp": str(int(time.time()) - 9)}
    renamed = {**got.headers, "webhook-id": "msg_1_1"}
    unsigned = {**got.headers, "webhook-signature": "v1,AAAA v0,x"}
    for forged in (
        (secret, got.headers, got.body + b" "),
        (other, got.headers, got.body),
        (secret, later_on, got.body),
        (secret, renamed, got.body),
        (secret, unsigned, got.body),
    ):
        assert not python(*forged)
        assert not shell(*forged, tmp_path)


def test_the_python_snippet_refuses_an_old_one(cast, made, receiver):
    an_incident(cast)
    send(Clock(timezone.now() - timedelta(minutes=6)))
    (got,) = receiver.got
    assert not python(made[1], got.headers, got.body)


def test_a_secret_is_thirty_two_bytes_of_chance_and_sealed(made):
    row, secret = made
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret not in row.secret
    assert signing.new_secret() != signing.new_secret()
    assert all(
        secret not in str(event.changes)
        for event in Event.objects.filter(kind__startswith="webhook")
    )


def test_both_secrets_sign_for_a_day_after_a_rotation(cast, made, receiver, clock):
    row, old = made
    _row, new = actions.rotate_secret(webhook=row, by=cast.grace, at=clock())
    an_incident(cast)
    send(clock)
    (got,) = receiver.got
    assert len(got.headers["webhook-signature"].split()) == 2
    assert python(old, got.headers, got.body)
    assert python(new, got.headers, got.body)
    an_incident(cast)
    send(clock.on(hours=24, seconds=1))
    signatures = receiver.got[1].headers["webhook-signature"].split()
    assert len(signatures) == 1
    named = receiver.got[1].headers
    stamp = int(named["webhook-timestamp"])
    expected = signing.sign(new, named["webhook-id"], stamp, receiver.got[1].body)
    assert signatures == [expected]


def test_a_second_rotation_within_the_day_keeps_the_last_two(cast, made, clock):
    row, first = made
    _row, second = actions.rotate_secret(webhook=row, by=cast.grace, at=clock())
    _row, third = actions.rotate_secret(webhook=row, by=cast.grace, at=clock())
    found = signing.secrets_of(Webhook.objects.get(), clock())
    assert found == [third, second]
    assert first not in found


def test_each_try_is_signed_anew_under_the_same_id(cast, made, receiver, clock):
    receiver.answer = lambda got: 500
    an_incident(cast)
    send(clock)
    receiver.answer = lambda got: 204
    send(clock.on(seconds=60))
    one, two = receiver.got
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]
    assert one.headers["webhook-signature"] != two.headers["webhook-signature"]
