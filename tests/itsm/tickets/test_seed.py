"""The synthetic load: deterministic, whole, and triggers nothing."""

import threading
import time
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from core import consumers
from core.models import Consumer, Event
from itsm.sla.following import next_of
from itsm.sla.models import Clock
from itsm.sla.replay import differences
from itsm.sla.rules import Looked
from itsm.tickets import counts, search, synthetic, synthetic_words
from itsm.tickets.models import Comment, Ticket, TicketSearch
from itsm.tickets.states import PREFIXES
from people.models import User
from people.roles import Role
from processes import queries
from tests.itsm.checks import CLOCKS

pytestmark = pytest.mark.django_db(transaction=True)
MADE_FOR = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def processes(transactional_db):
    load_processes()


def load_processes() -> None:
    queries.forget()  # ids come again in every test
    call_command("load_processes", stdout=StringIO())


def seed(count: int = 400, **options: object) -> None:
    call_command(
        "seed_load",
        tickets=count,
        at="2026-03-02",
        stdout=StringIO(),
        stderr=StringIO(),
        **options,
    )


def test_a_load_has_what_it_promises():
    seed()
    assert Ticket.objects.count() == 400
    assert Ticket.objects.open().count() == 120
    assert User.objects.filter(roles__contains=[Role.AGENT]).count() == 200
    assert User.objects.filter(roles=[Role.REQUESTER]).count() == 5000
    assert Comment.objects.values("ticket").distinct().count() in (80, 81)
    fifty = Ticket.objects.get(external_ref=synthetic.FIFTY_EVENTS)
    timeline = Event.objects.filter(subject_type="ticket", subject_id=fifty.pk)
    assert timeline.exclude(kind__in=CLOCKS).count() == 50
    of_tickets = Event.objects.filter(subject_type="ticket")
    assert set(of_tickets.values_list("door", flat=True)) == {"seed"}
    assert Event.objects.filter(kind="ticket.open").count() == 400


def test_its_clocks_are_what_its_log_tells():
    seed()
    tickets = list(Ticket.objects.values_list("pk", flat=True))
    assert list(differences(tickets, Looked())) == []
    with_clocks = Ticket.objects.filter(clocks__isnull=False).distinct()
    assert with_clocks.open().count() == 120
    assert with_clocks.count() > 120
    assert not Clock.objects.filter(next_at__lte=MADE_FOR).exists()
    for ticket in Ticket.objects.open().prefetch_related("clocks"):
        promised = next_of(ticket.clocks.all(), MADE_FOR)
        assert (ticket.next_due_kind, ticket.next_due_at) == promised[:2]
    late = Clock.objects.filter(state="missed").count()
    assert Event.objects.filter(kind="ticket.miss").count() == late > 100


def test_what_has_just_ended_is_resolved_and_closed_later():
    seed()
    resolved = Ticket.objects.filter(state_category="resolved")
    assert resolved.count() > 20
    assert not resolved.filter(closed_at__isnull=False).exists()
    closed = Ticket.objects.filter(type="incident", state_category="closed")
    assert closed.latest("pk").pk < resolved.earliest("pk").pk
    told = Event.objects.filter(
        subject_type="ticket", subject_id__in=resolved.values("pk")
    )
    assert told.filter(kind="ticket.resolve").count() == resolved.count()
    assert not told.filter(kind="ticket.close").exists()


def test_its_words_are_as_rare_and_common_as_they_are_called():
    seed()
    agent = User.objects.get(email="agent-7@load.example")
    now = timezone.now()
    rare = search.search(agent, synthetic_words.RARE_WORD, at=now)
    common = search.search(agent, synthetic_words.COMMON_WORD, at=now)
    hidden = Ticket.objects.filter(restricted=True).count()
    assert synthetic_words.RARE - hidden <= rare.matches <= synthetic_words.RARE
    assert 80 - hidden <= common.matches <= 80
    assert TicketSearch.objects.count() == 400


def test_counts_indexes_and_keys_are_as_before():
    from django.db import connection

    def named() -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef, '' FROM pg_indexes WHERE schemaname = 'public' "
                "UNION ALL SELECT conname, pg_get_constraintdef(oid) "
                "FROM pg_constraint ORDER BY 1, 2"
            )
            return cursor.fetchall()

    before = named()
    seed()
    assert named() == before
    assert counts.check() == []


def test_numbers_go_on_where_the_load_ended():
    from itsm.tickets.queries import next_number

    seed()
    for type_, prefix in PREFIXES.items():
        of_type = Ticket.objects.filter(type=type_).values_list("number", flat=True)
        highest = max(int(number.split("-")[1]) for number in of_type)
        assert next_number(type_) == f"{prefix}-{highest + 1}"


def test_a_load_triggers_nothing(monkeypatch):
    seen: list[Event] = []
    monkeypatch.setattr(consumers, "_handlers", {"one": seen.extend})
    Consumer.objects.create(name="one")
    consumers.advance("one", at=timezone.now())
    seen.clear()
    seed()
    consumers.advance("one", at=timezone.now())
    assert seen == []


def test_a_reader_that_was_behind_still_gets_what_came_before(monkeypatch):
    seen: list[Event] = []
    monkeypatch.setattr(consumers, "_handlers", {"one": seen.extend})
    Consumer.objects.create(name="one")
    before = Event.objects.count()
    assert before
    seed()
    consumers.advance("one", at=timezone.now())
    assert len([event for event in seen if event.subject_type == "process"]) == before


def test_it_stays_out_of_a_database_that_is_in_use_unless_told():
    seed()
    with pytest.raises(CommandError, match="already holds tickets"):
        seed()
    seed(200, add=True)
    assert Ticket.objects.count() == 600
    assert Ticket.objects.values("number").distinct().count() == 600
    assert counts.check() == []


def test_the_same_day_gives_the_same_load(transactional_db):
    columns = ("number", "title", "state", "priority", "band", "start_by", "opened_at")
    seed()
    first = list(Ticket.objects.order_by("id").values_list(*columns[1:]))
    call_command("flush", interactive=False, verbosity=0)
    load_processes()
    seed()
    assert list(Ticket.objects.order_by("id").values_list(*columns[1:])) == first


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"count": 5}, "at least 100"), ({"count": 400, "at": "soon"}, "not a date")],
)
def test_a_wish_that_makes_no_sense_is_refused_in_a_sentence(options, sentence):
    values = {"at": "2026-03-02"} | options
    with pytest.raises(CommandError, match=sentence):
        call_command("seed_load", tickets=values.pop("count"), **values)


def test_a_reader_at_work_and_a_load_do_not_wait_for_each_other():
    Consumer.objects.get_or_create(name="notify")
    holds, failed, read = threading.Event(), [], []

    def reader():
        try:
            with transaction.atomic():
                Consumer.objects.select_for_update().get(name="notify")
                holds.set()
                until_somebody_waits()
                read.append(Event.objects.count())
        except Exception as no:
            failed.append(no)
        finally:
            connection.close()

    thread = threading.Thread(target=reader)
    thread.start()
    assert holds.wait(10)
    seed(100)
    thread.join()
    assert failed == []
    assert len(read) == 1
    assert Ticket.objects.count() == 100


def until_somebody_waits(seconds=30):
    """Until a session waits for a lock, as the load does for the reader."""
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute(waits)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")
