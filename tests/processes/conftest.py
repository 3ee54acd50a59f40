from datetime import UTC, datetime

import pytest

from people.models import Team, User
from people.roles import Role
from processes import queries, shipping
from processes.models import Process, ProcessVersion

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_memory():
    queries.forget()
    yield
    queries.forget()


def person(name, *roles):
    return User.objects.create_user(
        f"{name}@demo.example", name=name.title(), roles=list(roles), created_at=AT
    )


@pytest.fixture
def dana(db):
    return person("dana", Role.PROCESS_OWNER)


@pytest.fixture
def mallory(db):
    return person("mallory", Role.AGENT, Role.PROCESS_OWNER)


@pytest.fixture
def teams(db):
    return [Team.objects.create(slug=s, name=s.title()) for s in ("network", "desk")]


@pytest.fixture
def incident(db, dana):
    """The incident process, owned by Dana, with version 1 released to all."""
    shipping.load_all(at=AT)
    process = Process.objects.get(slug="incident")
    process.owner = dana
    process.save()
    return process


@pytest.fixture
def first(incident):
    return ProcessVersion.objects.get(process=incident, number=1)
