"""Makes one data set ready and says what to ask for: JSON on the last line of stdout.

Runs as its own process with DATABASE_URL set, because Django knows one database.
"""

import json
import os
import sys
from typing import Any

import django

from bench import filling

PASSWORD = "only for measuring"
AGENT = "agent-7@load.example"
ROW = b'<li class="row"'


def ready(tickets: int) -> dict[str, Any]:
    """Migrate, seed unless the load is there, and name the targets."""
    from itsm.tickets.models import Ticket
    from itsm.tickets.synthetic import FIFTY_EVENTS
    from itsm.tickets.synthetic_words import COMMON_WORD, RARE_WORD
    from people.models import User

    _fill(tickets)
    fifty = Ticket.objects.get(external_ref=FIFTY_EVENTS)
    middle = Ticket.objects.filter(
        restricted=False, type="incident", id__gt=fifty.pk - tickets // 3
    )
    return {
        **_agent(),
        **_source(),
        **filling.named(User.objects.get(email=AGENT)),
        "fifty": fifty.number,
        "number": middle.order_by("id")[0].number,
        "rare": RARE_WORD,
        "common": COMMON_WORD,
        "tickets": Ticket.objects.count(),
        "open": Ticket.objects.open().count(),
    }


def _fill(tickets: int) -> None:
    """The tables, the load unless it is there, and nothing left to be worked off."""
    from django.core.management import call_command
    from django.db import connection

    from bench.models import TABLE
    from core import consumers
    from core.models import Consumer, Event
    from itsm.tickets import counts
    from itsm.tickets.models import Ticket
    from people.models import User

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    if not Ticket.objects.exists():
        call_command("seed_load", tickets=tickets, stdout=sys.stderr)
        filling.fill_pages(User.objects.get(email=AGENT))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    readers = [Consumer(name=name) for name in consumers.names()]
    Consumer.objects.bulk_create(readers, ignore_conflicts=True)
    Consumer.objects.update(cursor=newest)
    counts.fold()


def _agent() -> dict[str, Any]:
    """Who asks for the pages: an agent who can sign in, with a token."""
    from django.utils import timezone

    from people import tokens
    from people.models import ApiToken, User

    agent = User.objects.get(email=AGENT)
    if not agent.check_password(PASSWORD):  # a new hash would end its session
        agent.set_password(PASSWORD)
        agent.save(update_fields=["password"])
    ApiToken.objects.filter(user=agent).delete()
    _, token = tokens.issue(user=agent, name="bench", at=timezone.now())
    return {"email": agent.email, "password": PASSWORD, "token": token}


def _source() -> dict[str, Any]:
    """What sends events: a source with a key, nothing of it waiting."""
    from django.db import connection
    from django.utils import timezone

    from itsm.monitoring import keys
    from itsm.monitoring.models import Source
    from people.models import Service, User

    source, key = Source.objects.filter(slug="bench").first(), keys.make()
    if source is None:
        account = User.objects.create_user(
            "bench@machines.invalid",
            name="Bench",
            is_machine=True,
            created_at=timezone.now(),
        )
        source = Source(
            slug="bench",
            name="Bench",
            account=account,
            service=Service.objects.order_by("pk")[0],
            per_minute=100_000_000,
            created_at=timezone.now(),
        )
    keys.give(source, key)
    source.save()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE itsm_reception")
    return {"source_key": key}


def count_queries(facts: dict[str, Any]) -> dict[str, Any]:
    """How many statements each target costs, second call, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bench.targets import targets
    from people.models import User

    found = {}
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    client.force_login(User.objects.get(email=facts["email"]))
    for target in targets(facts):
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = _ask(client, target)
        found[target.name] = {
            "queries": len(captured),
            "status": answer.status_code,
            "bytes": len(answer.content),
            "rows": answer.content.count(ROW),
        }
        if os.environ.get("SHOW_SQL") == target.name:
            for query in captured:
                print(query["time"], query["sql"][:2000], file=sys.stderr)
    return found


def _ask(client: Any, target: Any) -> Any:
    if target.method == "GET":
        return client.get(target.path)
    if target.bare:
        return client.post(target.path, target.body, content_type="application/json")
    if target.token:
        return client.post(
            target.path,
            data=target.body,
            content_type="application/json",
            headers={"authorization": f"Bearer {target.token}"},
        )
    form = dict(pair.split("=") for pair in target.body.split("&"))
    return client.post(target.path, form)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    known = ready(int(sys.argv[1]))
    known["queries"] = count_queries(known)
    print(json.dumps(known))
