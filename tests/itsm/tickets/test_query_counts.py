"""Lists cost the same number of statements for a hundred tickets and ten thousand."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.tickets.models import Ticket
from tests.cast import Cast
from tests.itsm.tickets.rows import ticket, version

PATHS = {
    "/": 17,  # twelve short lists, bell and rail; budgets are of queue and ticket
    "/queue/": 12,
    "/queue/?view=mine": 12,
    "/queue/?view=unowned": 12,
    "/queue/?view=due": 12,
    "/queue/?view=waiting": 12,
    "/queue/?view=open": 12,
    "/queue/?panel=1": 12,
    "/queue/?team=desk&owner=bob@demo.example&service=vpn&priority=2&q=ticket": 12,
    "/queue/?sort=due": 12,
    "/queue/?sort=opened": 12,
    "/incidents/?state=all": 12,
    "/search/?q=ticket": 12,
    "/queue/?since=0&fragment=new": 4,
}


def fill(count: int, cast: Cast) -> None:
    now = timezone.now()
    first = Ticket.objects.count()
    version_id = version().pk
    states = [("new", "new"), ("in_progress", "active"), ("waiting", "waiting")]
    owners = [None, cast.bob, cast.alice, cast.erin]
    Ticket.objects.bulk_create(
        (
            Ticket(
                number=f"INC-{7_000 + n}",
                type="incident",
                title=f"Ticket {n}",
                process_version_id=version_id,
                state=states[n % 3][0],
                state_category=states[n % 3][1],
                state_since=now,
                priority=n % 4 + 2,
                owner=owners[n % 4],
                requester=cast.carol,
                team=cast.teams["desk"],
                service=cast.services["vpn"],
                start_by=now + timedelta(minutes=n % 977),
                next_due_at=now + timedelta(minutes=n % 91),
                next_due_kind="resolution",
                opened_at=now - timedelta(minutes=n),
                updated_at=now - timedelta(minutes=n),
            )
            for n in range(first, count)
        ),
        batch_size=2_000,
    )


@pytest.mark.django_db
def test_lists_cost_the_same_for_a_hundred_tickets_and_for_ten_thousand(
    cast: Cast,
) -> None:
    ticket("Offered", owner=cast.alice, offered_to=cast.bob)
    client = Client()
    client.force_login(cast.bob)

    def statements(path: str) -> int:
        client.get(path)  # parsed definitions and templates are kept
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        # a session comes from Valkey, and from its table when Valkey forgot it
        return sum("django_session" not in query["sql"] for query in captured)

    fill(100, cast)
    few = {path: statements(path) for path in PATHS}
    fill(10_000, cast)
    many = {path: statements(path) for path in PATHS}
    assert many == few
    assert {p: n for p, n in many.items() if n > PATHS[p]} == {}
