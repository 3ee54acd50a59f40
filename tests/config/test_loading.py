"""Whoever waits for the first load begins when it has ended, however it ended."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from config import loading


@pytest.fixture
def go(tmp_path) -> Iterator[Path]:
    """A load runs until this file exists."""
    yield tmp_path / "go"
    (tmp_path / "go").touch()


def until(file: Path) -> None:
    """What the load does here."""
    while not file.exists():
        time.sleep(0.01)


def test_nobody_waits_where_no_load_ever_ran(tmp_path):
    loading.wait(tmp_path)


def test_it_waits_until_the_load_has_ended(tmp_path, go):
    load = loading.Load(loading.begin(tmp_path, lambda: until(go)))
    waiting = Thread(target=loading.wait, args=(tmp_path,))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    assert not load.is_over()
    go.touch()
    waiting.join(5)
    assert not waiting.is_alive()
    while not load.is_over():
        time.sleep(0.01)
    assert load.code == 0


def test_a_load_that_fails_or_is_stopped_says_so(tmp_path, go, capfd):
    load = loading.Load(loading.begin(tmp_path, lambda: 1 / 0))
    loading.wait(tmp_path)
    while not load.is_over():
        time.sleep(0.01)
    assert load.code == 1
    assert "ZeroDivisionError" in capfd.readouterr().err

    load = loading.Load(loading.begin(tmp_path, lambda: until(go)))
    load.stop()
    assert load.code == -signal.SIGKILL
    loading.wait(tmp_path)
