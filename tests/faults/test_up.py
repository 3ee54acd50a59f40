"""`manage.py up`: starts all, survives its children's deaths, leaves none behind."""

import contextlib
import signal
import socket
import subprocess
import sys
import time

import psycopg2
import pytest

from config import embedded
from config.supervisor import KILLED
from itsm.demo import build
from tests.faults.conftest import MANAGE, environment, free_ports

READY = r"Beeline is ready: http://127\.0\.0\.1:\d+\n"


def test_it_starts_serves_stops_and_starts_again(up, tmp_path):
    first = up(tmp_path / "var")
    assert str(first.port) in first.wait_for(READY)
    assert first.get("/health/live") == 200
    assert "First-run code" in first.output
    first.wait_until(lambda: first.find("celery", "beat"))
    assert first.stop(signal.SIGINT) == 0
    assert first.left_behind() == []

    second = up(tmp_path / "var", first.port)  # how quickly: bench/starting.py
    second.wait_for(READY)
    assert second.get("/health/live") == 200
    assert second.stop(signal.SIGTERM) == 0
    assert second.left_behind() == []


def test_nobody_is_served_before_the_demo_is_there(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_for("Loading the demo organisation")
    served = []
    while "Beeline is ready" not in beeline.output and len(served) < 60:
        served.append(answers(beeline, seconds=0.2) and tickets(beeline) == 0)
    assert served
    assert not any(served)
    beeline.wait_for(READY)
    assert tickets(beeline) == build.TICKETS
    assert beeline.get("/accounts/login/") == 200
    beeline.wait_until(lambda: beeline.find("celery", "worker"))
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def test_a_load_that_was_stopped_leaves_nothing_and_begins_again(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_until(lambda: beeline.find("granian", "config.wsgi"))
    time.sleep(1)  # the web processes have come to where they wait
    assert beeline.stop(signal.SIGINT) == 0
    assert KILLED not in beeline.output
    assert beeline.left_behind() == []
    assert "Beeline is ready" not in beeline.output

    again = up(tmp_path / "var", beeline.port, DEMO="1")
    again.wait_for(READY)
    assert tickets(again) == build.TICKETS
    assert again.stop() == 0


def test_without_its_demo_it_ends_with_a_sentence(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_until(lambda: beeline.find("granian", "config.wsgi"))
    [load] = beeline.find("manage.py", "up")
    load.kill()
    beeline.wait_for("The demo could not be loaded")
    assert beeline.process.wait(30) == 1
    assert beeline.left_behind() == []
    assert "Beeline is ready" not in beeline.output


def test_whoever_dies_is_started_again(up, tmp_path):
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    for name, words in {
        "web": ("granian", "config.wsgi"),
        "live": ("granian", "config.live"),
        "worker": ("celery", "worker"),
        "beat": ("celery", "beat"),
    }.items():
        beeline.wait_until(lambda words=words: beeline.find(*words))
        before = {process.pid for process in beeline.find(*words)}
        beeline.find(*words)[0].kill()
        beeline.wait_for(f"{name} was stopped by SIGKILL; starting it again in")
        beeline.wait_until(
            lambda words=words, before=before: [
                p for p in beeline.find(*words) if p.pid not in before
            ]
        )
    beeline.wait_until(lambda: answers(beeline))
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def test_killed_servers_come_back_with_their_data(up, tmp_path):
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    for name in ("postgres", "valkey-server"):
        beeline.find(f"bin/{name}" if name == "postgres" else name)[0].kill()
    beeline.wait_for("Postgres is gone; starting it again")
    beeline.wait_for("Valkey is gone; starting it again")
    beeline.wait_until(lambda: migrations(beeline) > 10)
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def test_nothing_survives_a_supervisor_that_was_killed(up, tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells children of their parent's death")
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    beeline.wait_until(lambda: beeline.find("celery", "beat"))
    beeline.stop(signal.SIGKILL)
    assert beeline.left_behind() == []


@pytest.mark.parametrize(("offset", "whose"), [(0, "web server"), (1, "live channel")])
def test_a_taken_port_is_refused_with_a_sentence(tmp_path, offset, whose):
    port = free_ports()
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port + offset))
        taken.listen()
        done = run_up(tmp_path / "var", port)
    assert done.returncode == 1
    assert f"The {whose} cannot listen on 127.0.0.1:{port + offset}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_second_up_on_the_same_data_is_refused(up, tmp_path):
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    done = run_up(tmp_path / "var", free_ports())
    assert done.returncode == 1
    assert "Beeline already runs on" in done.stderr
    assert beeline.get("/health/live") == 200


def test_data_of_a_newer_beeline_is_refused_with_a_sentence(tmp_path):
    var = tmp_path / "var"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        with embedded.running(var):
            run_manage(var, "migrate", "--verbosity", "0")
            connection = psycopg2.connect(embedded.database_url(var))
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO django_migrations (app, name, applied) "
                    "VALUES ('core', '9999_from_the_future', now())"
                )
            connection.close()
    done = run_up(var, free_ports())
    assert done.returncode == 1
    assert "newer Beeline" in done.stderr
    assert "core.9999_from_the_future" in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_loopback_it_wants_a_secret_key(tmp_path):
    done = run_up(tmp_path / "var", free_ports(), BASE_URL="https://desk.example.org")
    assert done.returncode != 0
    assert "set SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def run_up(var, port, **extra):
    return run_manage(var, "up", port=port, **extra)


def run_manage(var, *words, port=8000, **extra):
    return subprocess.run(
        [sys.executable, MANAGE, *words],
        env={**environment(var, port), **extra},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answers(beeline, seconds=10) -> bool:
    try:
        return beeline.get("/health/live", seconds) == 200
    except OSError:
        return False


def migrations(beeline) -> int:
    """How many migrations the data has; 0 while the server is away."""
    return rows(beeline, "django_migrations")


def tickets(beeline) -> int:
    """How many tickets there are."""
    return rows(beeline, "itsm_ticket")


def rows(beeline, table) -> int:
    try:
        connection = psycopg2.connect(embedded.database_url(beeline.var))
    except psycopg2.OperationalError:
        return 0
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]
