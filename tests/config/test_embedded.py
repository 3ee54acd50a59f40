"""The embedded servers: started once per VAR, shared, stopped by the last."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
import pytest
import redis

from config import embedded, processes, servers

FAST = {"fsync": "off", "max_connections": "20", "shared_buffers": "16MB"}


@pytest.fixture
def no_urls(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def postmaster(var: Path) -> int:
    return int((var / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_the_secret_key_is_made_once_and_only_for_its_owner(tmp_path):
    var = tmp_path / "var"
    key = embedded.secret_key(var)
    assert len(key) >= 50
    assert embedded.secret_key(var) == key
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600


def test_many_processes_agree_on_one_secret_key(tmp_path):
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(embedded.secret_key(tmp_path)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1


@pytest.mark.parametrize("length", [10, 60, 200])
def test_socket_paths_are_short_enough_for_every_system(tmp_path, length):
    var = Path("/srv") / ("v" * length)
    longest = embedded.socket_dir(var) / embedded.LONGEST_SOCKET
    assert len(str(longest)) <= embedded.SOCKET_PATH_MAX


def test_two_long_vars_do_not_share_their_sockets():
    long = "v" * 150
    assert embedded.socket_dir(Path(f"/srv/{long}1")) != embedded.socket_dir(
        Path(f"/srv/{long}2")
    )


def test_celery_gets_its_own_spelling_of_a_socket():
    assert (
        embedded.celery_url("unix:///run/v.sock?db=3")
        == "redis+socket:///run/v.sock?virtual_host=3"
    )
    assert embedded.celery_url("redis://host:6379/1") == "redis://host:6379/1"


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("manage.py", False),
        ("manage.py --help", False),
        ("manage.py migrate --help", False),
        ("manage.py collectstatic", False),
        ("manage.py up", False),
        ("manage.py migrate", True),
        ("manage.py doctor --json", True),
    ],
)
def test_only_commands_that_need_servers_start_them(line, needed):
    assert embedded.needs_servers(line.split()) is needed


def test_servers_start_hold_what_we_need_and_stop(tmp_path, no_urls):
    with embedded.running(tmp_path, postgres_settings=FAST):
        connection = psycopg2.connect(embedded.database_url(tmp_path))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin")
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
            cursor.execute("SELECT datlocale FROM pg_database WHERE datname='beeline'")
            assert cursor.fetchone() == ("C.UTF-8",)
        connection.close()
        assert redis.Redis.from_url(embedded.redis_url(tmp_path)).ping()
        pid = postmaster(tmp_path)
        assert processes.is_alive(pid)
    assert not processes.is_alive(pid)
    assert not (tmp_path / "run" / "valkey.sock").exists()


def test_the_second_user_shares_the_servers_and_the_last_one_stops_them(
    tmp_path, no_urls
):
    script = (
        "import sys, pathlib; from config import embedded\n"
        f"with embedded.running(pathlib.Path({str(tmp_path)!r})):\n"
        "    print('in', flush=True); sys.stdin.readline()\n"
    )
    with embedded.running(tmp_path, postgres_settings=FAST):
        pid = postmaster(tmp_path)
        other = subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        assert postmaster(tmp_path) == pid
    assert processes.is_alive(pid), "the other still needs it"
    other.communicate("done\n")
    assert processes.wait_gone(pid, 5)


def test_a_server_left_behind_by_a_killed_command_is_used_and_then_stopped(
    tmp_path, no_urls
):
    script = (
        "import os, signal, pathlib; from config import embedded\n"
        f"with embedded.running(pathlib.Path({str(tmp_path)!r})):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -signal.SIGKILL
    pid = postmaster(tmp_path)
    assert processes.is_alive(pid)
    with embedded.running(tmp_path):
        assert postmaster(tmp_path) == pid
    assert processes.wait_gone(pid, 5)


def test_data_of_a_newer_postgresql_is_refused_with_a_sentence(tmp_path, no_urls):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("19\n")
    with (
        pytest.raises(servers.CannotStart, match=r"PostgreSQL 19, .* PostgreSQL 18"),
        embedded.running(tmp_path),
    ):
        pass


def test_a_cluster_begun_ahead_is_the_one_that_is_used(tmp_path, no_urls):
    made = tmp_path / "postgres" / "PG_VERSION"
    embedded.begin_cluster(tmp_path)
    with embedded.running(tmp_path, postgres_settings=FAST):
        begun = made.stat().st_ino
    embedded.begin_cluster(tmp_path)
    with embedded.running(tmp_path, postgres_settings=FAST):
        assert made.stat().st_ino == begun


def test_half_a_cluster_is_never_used(tmp_path, no_urls):
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded.running(tmp_path, postgres_settings=FAST):
        assert postmaster(tmp_path)
    assert not (tmp_path / "postgres.new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_works_as_an_ordinary_user(tmp_path, no_urls):
    for directory in (tmp_path, *tmp_path.parents[:2]):
        directory.chmod(0o755)
    home = tmp_path / "var"
    home.mkdir()
    os.chown(home, 65534, 65534)
    child = os.fork()  # not a new Python: root's own may be out of reach for others
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        answers = False
        with (
            contextlib.suppress(BaseException),
            embedded.running(home, postgres_settings=FAST) as found,
        ):
            answers = all(server.answers() for server in found)
        os._exit(0 if answers else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not (home / "postgres" / "postmaster.pid").exists()
