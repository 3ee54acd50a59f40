"""A child of a test speaks to the database on a socket of its own."""

import asyncio
import os

import pytest
from django.db import connection

from tests.forking import in_a_child

pytestmark = pytest.mark.django_db(transaction=True)
ASK = "SELECT pg_backend_pid()"


def session() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        return cursor.fetchone()[0]


def test_also_where_a_loop_runs_and_a_connection_is_older_than_it(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    older = session()
    read, write = os.pipe()

    async def fork() -> int:
        newer = session()
        child = in_a_child(lambda: os.write(write, str(session()).encode()))
        os.waitpid(child, 0)
        return newer

    newer = asyncio.run(fork())
    theirs = int(os.read(read, 20))
    assert theirs not in {older, newer}
    assert session() > 0  # and ours still answers
