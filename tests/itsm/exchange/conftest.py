"""Running the two commands, in this process and as a real one."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection

from tests.servers import database_url

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def manage(*arguments: object) -> Ran:
    """Run a command here; its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            call_command(*map(str, arguments), stdout=out, stderr=err)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def processes(db: None) -> None:
    """The shipped process versions, released to all."""
    call_command("load_processes", stdout=io.StringIO())


@pytest.fixture
def log_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of rows (or of raw bytes) to import."""

    def write(*lines: str, name: str = "tickets.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


class Database:
    """A database of its own, for processes that are killed in the middle."""

    def __init__(self, name: str, template: str = "template1") -> None:
        self.name = name
        self.template = template

    def create(self) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{self.name}"')
        self._admin(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')

    def drop(self) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def connect(self, name: str = "") -> "psycopg2.extensions.connection":
        told = connection.settings_dict
        opened = psycopg2.connect(
            dbname=name or self.name,
            user=told["USER"],
            password=told["PASSWORD"] or None,
            host=told["HOST"] or None,
            port=told["PORT"] or None,
        )
        opened.autocommit = True
        return opened

    def rows(self, sql: str) -> list[tuple]:
        opened = self.connect()
        try:
            with opened.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            opened.close()

    def value(self, sql: str) -> object:
        return self.rows(sql)[0][0]

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """`manage.py` on this database, as a process of its own."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url(self.name), **_valkey()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> Ran:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return Ran(process.returncode, out, err)

    def _admin(self, sql: str) -> None:
        opened = self.connect("postgres")
        try:
            with opened.cursor() as cursor:
                cursor.execute(sql)
        finally:
            opened.close()


def _valkey() -> dict[str, str]:
    url = os.environ.get("TEST_REDIS_URL")
    return {"REDIS_URL": url} if url else {}


@pytest.fixture(scope="module")
def databases(request: pytest.FixtureRequest) -> Iterator[Sequence[Database]]:
    """Three empty databases with the shipped processes."""
    name = f"test_import{os.environ.get('PYTEST_XDIST_WORKER', '')}_{os.getpid()}"
    first = Database(f"{name}_1")
    others = [Database(f"{name}_{n}", template=first.name) for n in (2, 3)]
    try:
        first.create()
        for command in (("migrate", "--verbosity", "0"), ("load_processes",)):
            ran = first.run(*command, "--skip-checks")
            assert ran.code == 0, ran.err
        for other in others:
            other.create()
        yield first, *others
    finally:
        for database in (*others, first):
            database.drop()
