"""One sender at a time on each way, and none that is lost holds it for ever."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection

from notify import lanes, sending
from notify.lanes import Way
from tests.notify.telling import a_message, states
from tests.notify.test_killed import until_let_go

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = Way("mail")


@contextmanager
def another_session():
    """A session as a sender's whose machine is gone: it holds the way and is silent."""
    kept = connection.get_connection_params()
    kept.pop("cursor_factory", None)
    other = psycopg2.connect(**{k: v for k, v in kept.items() if k != "context"})
    other.autocommit = True
    try:
        with other.cursor() as cursor:
            lock = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
            cursor.execute(lock, [lanes.LOCKS, MAIL.name])
            assert cursor.fetchone() == (True,)
        yield other
    finally:
        other.close()


def test_a_way_that_a_silent_session_holds_is_freed(
    cast, things, mail, clock, monkeypatch
):
    message = a_message(cast.carol)
    with another_session() as lost:
        monkeypatch.setattr(lanes, "LOST", timedelta(0))
        assert sending.send_due(clock=clock) == 0  # its session is ended
        until_let_go(MAIL)
        assert sending.send_due(clock=clock) == 1
        with pytest.raises(psycopg2.Error), lost.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert states(message) == ["sent"]


def test_a_way_in_use_is_left_to_who_uses_it(cast, things, mail, clock):
    message = a_message(cast.carol)
    with another_session() as busy:
        assert sending.send_due(clock=clock) == 0
        with busy.cursor() as cursor:
            cursor.execute("SELECT 1")
        [(pid, state, silent)] = lanes.holders(MAIL)
        assert (pid, state) == (busy.get_backend_pid(), "idle")
        assert silent < lanes.LOST
    assert states(message) == ["waiting"]


def test_another_way_is_not_held_with_it(cast):
    with another_session():
        assert lanes.holders(Way("chat", 1)) == []
        with lanes.alone(Way("chat", 1)) as is_ours:
            assert is_ours
