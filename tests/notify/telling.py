"""A thing of its own for the tests of sending: what is told of it, and to whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.models import Event
from core.sealing import seal
from notify import rulebook
from notify.channels import hooks
from notify.models import Message, Reach, Route
from notify.rulebook import Rule, Teller, Told

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Things:
    """Things numbered THG-…; `hidden` and `texts` are what a test changes."""

    def __init__(self):
        self.hidden = set()  # (user id, subject id)
        self.texts = {}  # by event id
        self.title = "VPN drops every hour"
        self.asked = 0

    def tell(self, pairs):
        self.asked += 1
        return [self._told(event, reader) for event, reader in pairs]

    def _told(self, event, reader):
        if (reader.user_id, event.subject_id) in self.hidden:
            return None
        number = f"THG-{event.subject_id}"
        text = self.texts.get(event.pk, f"text of {event.pk}")
        fields = {"number": number, "title": self.title, "text": text}
        if event.kind == "thing.page":
            fields["acknowledge"] = f"/things/{number}/acknowledge/"
        return Told(fields, f"/things/{number}/", text, [("Service", "VPN")])

    def threads(self, ids):
        return {pk: f"THG-{pk}" for pk in ids}


def rule(name, **more):
    return Rule(
        name=name,
        kinds=(name,),
        title=name,
        teaches="",
        audience=lambda events: {},
        **{"subject": "{number} {title}", "body": "Said:\n\n{text}", **more},
    )


def register(found):
    """Let the rule book know of these things."""
    rulebook.teller(
        Teller("thing", found.tell, found.threads, lambda pairs: set(pairs), dict)
    )
    rulebook.rule(rule("thing.said"))
    rulebook.rule(rule("thing.fixed", is_fixed=True))
    rulebook.rule(rule("thing.page", is_page=True, is_fixed=True))
    return found


@pytest.fixture
def things(monkeypatch):
    monkeypatch.setattr(rulebook, "_rules", dict(rulebook._rules))
    monkeypatch.setattr(rulebook, "_tellers", dict(rulebook._tellers))
    return register(Things())


def an_event(subject_id=7, kind="thing.said"):
    """A row of the log."""
    event = Event(
        kind=kind, at=NOW, door="page", subject_type="thing", subject_id=subject_id
    )
    event.save()
    return event


def a_message(user=None, *, events=1, kind="thing.said", subject_id=7, **fields):
    """A message that is due now."""
    made = [an_event(subject_id, kind) for _n in range(events)]
    values = {
        "channel": "mail",
        "user": user,
        "subject_type": "thing",
        "subject_id": subject_id,
        "events": [[kind, event.pk] for event in made],
        "created_at": NOW - timedelta(minutes=2),
        "due_at": NOW - timedelta(minutes=1),
        **fields,
    }
    return Message.objects.create(**values)


def a_route(kind="slack", url="", secret="", **fields):
    return Route.objects.create(
        name=fields.pop("name", f"Our {kind}"),
        kind=kind,
        url=seal(url, purpose=hooks.URL),
        secret=seal(secret, purpose=hooks.SECRET) if secret else "",
        **fields,
    )


def reach(user, **fields):
    return Reach.objects.update_or_create(user=user, defaults=fields)[0]


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at

    def on(self, **more):
        self.at += timedelta(**more)
        return self


def states(*messages):
    rows = Message.objects.filter(pk__in=[m.pk for m in messages]) if messages else None
    rows = Message.objects.all() if rows is None else rows
    return list(rows.order_by("pk").values_list("state", flat=True))


def in_transaction():
    return connection.in_atomic_block
