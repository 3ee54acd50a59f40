"""The log is append-only, in commit order, and loses nothing."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from core import context, followers
from core.log import act, record
from core.models import Event
from people.models import Organisation

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def organisation(name: str = "Acme") -> Organisation:
    return Organisation.objects.create(slug=name.lower(), name=name)


def together(jobs: list[Callable[[], None]]) -> None:
    """Run jobs in threads of their own; the first failure is raised."""
    failures: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.django_db
def test_an_event_carries_who_what_when_where_and_through_which_door():
    acme = organisation()
    request_id = UUID(int=7)
    with context.through(context.Door.API, request_id), act():
        record(
            "organisation.rename",
            subject=acme,
            by=None,
            at=AT,
            changes={"name": ("Akme", "Acme")},
            public=True,
        )
    event = Event.objects.get()
    assert (event.kind, event.at, event.actor_id) == ("organisation.rename", AT, None)
    assert (event.door, event.request_id) == ("api", request_id)
    assert (event.subject_type, event.subject_id) == ("organisation", acme.pk)
    assert event.changes == {"name": ["Akme", "Acme"]}
    assert event.public


@pytest.mark.django_db
def test_record_outside_of_an_action_is_a_mistake():
    with pytest.raises(RuntimeError, match="belongs inside act"):
        record("organisation.rename", subject=organisation(), by=None, at=AT)


@pytest.mark.django_db
def test_an_action_that_fails_leaves_no_event_and_the_next_one_starts_clean():
    acme = organisation()

    def fail() -> None:
        with act():
            record("organisation.rename", subject=acme, by=None, at=AT)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not Event.objects.exists()
    with act():
        record("organisation.close", subject=acme, by=None, at=AT)
    assert [e.kind for e in Event.objects.all()] == ["organisation.close"]


@pytest.mark.django_db
def test_actions_inside_actions_are_one_transaction_in_the_order_of_recording():
    acme = organisation()
    with act():
        record("organisation.one", subject=acme, by=None, at=AT)
        with act():
            record("organisation.two", subject=acme, by=None, at=AT)
        record("organisation.three", subject=acme, by=None, at=AT)
        assert not Event.objects.exists()
    kinds = [e.kind.split(".")[1] for e in Event.objects.order_by("id")]
    assert kinds == ["one", "two", "three"]


@pytest.mark.django_db
def test_followers_are_told_inside_the_action(monkeypatch):
    monkeypatch.setattr(followers, "_followers", {})
    acme, told = organisation(), []
    followers.follow("organisation", lambda event, subject: told.append(subject))
    with act():
        record("organisation.one", subject=acme, by=None, at=AT)
        assert told == [acme]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_event SET kind = 'organisation.never'",
        "DELETE FROM core_event",
        "UPDATE core_event SET kind = kind WHERE false",
        "DELETE FROM core_event WHERE id < 0",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_event(sql):
    with act():
        record("organisation.one", subject=organisation(), by=None, at=AT)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert [e.kind for e in Event.objects.all()] == ["organisation.one"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_sixteen_writers_sees_every_event_once_in_one_order():
    acme = organisation()
    writers, each = 16, 25
    seen: list[int] = []
    done = threading.Event()

    def write(n: int) -> Callable[[], None]:
        def job() -> None:
            for k in range(each):
                with act():
                    record(f"organisation.w{n}", subject=acme, by=None, at=AT)
                    if k % 5 == 0:
                        time.sleep(0.004)  # a slow action, events already recorded
                    record(f"organisation.w{n}", subject=acme, by=None, at=AT)

        return job

    def read() -> None:
        cursor = 0
        while True:
            last = done.is_set()
            ids = list(
                Event.objects.filter(id__gt=cursor)
                .order_by("id")
                .values_list("id", flat=True)[:50]
            )
            seen.extend(ids)
            cursor = ids[-1] if ids else cursor
            if last and not ids:
                return

    reader = threading.Thread(target=lambda: together([read]))
    reader.start()
    together([write(n) for n in range(writers)])
    done.set()
    reader.join()
    written = list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(written) == writers * each * 2
    assert seen == written


@pytest.mark.django_db(transaction=True)
def test_events_of_one_action_are_not_torn_apart_by_others():
    acme = organisation()

    def job() -> None:
        for _ in range(10):
            with act():
                for part in "abc":
                    record(f"organisation.{part}", subject=acme, by=None, at=AT)

    together([job] * 6)
    kinds = [
        kind[-1] for kind in Event.objects.order_by("id").values_list("kind", flat=True)
    ]
    assert "".join(kinds) == "abc" * 60


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_on_one_subject_lose_nothing_and_leave_a_timeline_in_order():
    acme = organisation()
    Organisation.objects.update(name="0")

    def job() -> None:
        with act():
            row = Organisation.objects.select_for_update().get(pk=acme.pk)
            before, row.name = row.name, str(int(row.name) + 1)
            row.save(update_fields=["name"])
            changes = {"name": (before, row.name)}
            record("organisation.rename", subject=row, by=None, at=AT, changes=changes)

    together([job] * 50)
    assert Organisation.objects.get().name == "50"
    timeline = Event.objects.filter(subject_id=acme.pk).order_by("id")
    assert [e.changes["name"] for e in timeline] == [
        [str(n), str(n + 1)] for n in range(50)
    ]


@pytest.mark.django_db(transaction=True)
def test_an_action_waits_for_nobody_before_its_last_statement():
    """Two actions on different rows overlap; only their writing takes turns."""
    acme, globex = organisation("Acme"), organisation("Globex")
    inside = threading.Barrier(2, timeout=10)

    def job(subject: Organisation) -> Callable[[], None]:
        def run() -> None:
            with act():
                Organisation.objects.filter(pk=subject.pk).update(name=F("name"))
                record("organisation.one", subject=subject, by=None, at=AT)
                inside.wait()  # both are here at once, or this breaks

        return run

    together([job(acme), job(globex)])
    assert Event.objects.count() == 2
