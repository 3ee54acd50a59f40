"""The whole suite: real servers, a database and a Valkey number per worker, no network.

Without DATABASE_URL and REDIS_URL the embedded servers are started for the run, in
var/test, PostgreSQL without fsync: what a power cut would take is made anew anyway.
"""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from config import embedded

TEST_POSTGRES = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "150",
}
# Long tests that mostly wait, for processes and for Chromium: begun first, the many
# short ones fill what is left beside them.
FIRST = (
    *("tests/faults/test_up", "tests/browser/test_every_page", "tests/suite/test_who"),
    *("tests/faults/", "tests/api/test_schema", "tests/itsm/bulk/", "tests/browser/"),
)
TCP = r"(\w+://[^/?]+)(?:/(\d*))?"
pytest_plugins = ["tests.cast"]
_servers = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once; give every worker its own Valkey number.

    Counted from the number that REDIS_URL names: every test empties its own, and two
    runs on one Valkey would otherwise sign each other's people out in mid-test.
    """
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if not worker and not config.option.collectonly:
        _servers.enter_context(
            embedded.running(settings.VAR, postgres_settings=TEST_POSTGRES)
        )
    _use_valkey(valkey_of(settings.REDIS_URL, int(worker.removeprefix("gw") or 0)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    _servers.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, in the order of FIRST."""

    def rank(item: pytest.Item) -> int:
        ranks = [n for n, start in enumerate(FIRST) if item.nodeid.startswith(start)]
        return ranks[0] if ranks else len(FIRST)

    items.sort(key=rank)


def valkey_of(url: str, worker: int) -> str:
    """The address of a worker's own database, 1 to 15; 0 is left to the product."""
    pattern = r"(unix://[^?]*)(?:\?db=(\d+))?" if url.startswith("unix:") else TCP
    bare, named = re.fullmatch(pattern, url).groups()
    number = (int(named or 0) or 1) - 1 + worker
    return f"{bare}{'?db=' if url.startswith('unix:') else '/'}{number % 15 + 1}"


def _use_valkey(url: str) -> None:
    """Put it into every setting that names Valkey."""
    settings.REDIS_URL = settings.CACHES["default"]["LOCATION"] = url
    settings.CELERY_BROKER_URL = embedded.celery_url(url)
    os.environ["TEST_REDIS_URL"] = url  # for the processes that tests start


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    """Files that a test attaches go to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def valkey() -> Iterator[redis.Redis]:
    """This worker's Valkey."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def empty_valkey(valkey: redis.Redis) -> None:
    """Nothing is left over from the test before."""
    valkey.flushdb()


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Sockets reach this machine only."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX:
            host = str(address[0])  # type: ignore[index]
            if not (host.startswith("127.") or host in {"::1", "localhost"}):
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", local_only)
        yield
