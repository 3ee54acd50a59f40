"""Whoever waits for the first load begins when it has ended, however it ended."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import loading, processes


@pytest.fixture
def go(tmp_path) -> Iterator[Path]:
    """A load runs until this file exists."""
    yield tmp_path / "go"
    (tmp_path / "go").touch()


def until(file: Path) -> None:
    """What the load does here."""
    while not file.exists():
        time.sleep(0.01)


def begun() -> str:
    """What a web process imports before it waits."""
    return "begun"


def test_nobody_waits_where_no_load_ever_ran(tmp_path):
    assert loading.begin_after(tmp_path, begun) == "begun"


def test_it_waits_until_the_load_has_ended(tmp_path, go):
    load = loading.Load(loading.begin(tmp_path, lambda: until(go)))
    waiting = processes.fork(lambda: loading.begin_after(tmp_path, begun))
    time.sleep(0.2)
    assert processes.is_alive(waiting)
    assert not load.is_over()
    assert loading.is_running(tmp_path)
    go.touch()
    assert processes.wait_gone(waiting, 5)
    while not load.is_over():
        time.sleep(0.01)
    assert load.code == 0
    assert not loading.is_running(tmp_path)


def test_whoever_waits_can_be_stopped(tmp_path, go):
    load = loading.Load(loading.begin(tmp_path, lambda: until(go)))
    waiting = processes.fork(lambda: wait_deaf(tmp_path))
    time.sleep(0.2)
    os.kill(waiting, signal.SIGTERM)
    assert processes.wait_gone(waiting, 5)
    load.stop()


def wait_deaf(var: Path) -> None:
    """As a web process that begins: it has its server's handler, and nobody looks."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    loading.begin_after(var, begun)


def test_a_load_that_fails_or_is_stopped_says_so(tmp_path, go, capfd):
    load = loading.Load(loading.begin(tmp_path, lambda: 1 / 0))
    assert loading.begin_after(tmp_path, begun) == "begun"
    while not load.is_over():
        time.sleep(0.01)
    assert load.code == 1
    assert "ZeroDivisionError" in capfd.readouterr().err

    load = loading.Load(loading.begin(tmp_path, lambda: until(go)))
    load.stop()
    assert load.code == -signal.SIGKILL
    assert loading.begin_after(tmp_path, begun) == "begun"
