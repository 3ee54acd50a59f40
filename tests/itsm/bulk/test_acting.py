"""One verb on many tickets: item by item, as the person, and back again."""

import pytest
from django.utils import timezone

from core import jobs
from core.errors import Forbidden, Invalid, Refused
from core.models import Event, Hold
from itsm.tickets import actions
from itsm.tickets.actions.undoing import KEPT
from itsm.tickets.bulk import acting
from itsm.tickets.bulk.models import Bulk, BulkItem
from itsm.tickets.mentions.models import Mention, Reference
from itsm.tickets.models import Comment, Link, Participant, Ticket
from itsm.tickets.tags.models import Tag, TicketTag
from tests.factories import an_incident, later, resolved, said

pytestmark = pytest.mark.django_db


def run(cast, numbers, verb, who="bob", **fields) -> Bulk:
    """Start it and do it."""
    by = cast.people[who]
    bulk = acting.start(
        numbers=numbers, verb=verb, fields=fields, by=by, at=timezone.now()
    )
    acting.go(bulk)
    return Bulk.objects.get(pk=bulk.pk)


def undone(bulk: Bulk) -> Bulk:
    """Take it back."""
    bulk = acting.undo(bulk, by=bulk.by, at=timezone.now())
    acting.go(bulk)
    return Bulk.objects.get(pk=bulk.pk)


def row(ticket: Ticket) -> dict:
    """All that undoing has to bring back."""
    now = Ticket.objects.get(pk=ticket.pk)
    names = (*KEPT, "resolution", "priority_reason", "extra")
    links = Link.objects.filter(source=now).values_list("target", "kind")
    return {
        **{name: getattr(now, name) for name in names},
        "links": sorted(links),
        "people": sorted(Participant.objects.filter(ticket=now).values_list("user")),
        "tags": sorted(TicketTag.objects.filter(ticket=now).values_list("tag")),
        "said": sorted(Comment.objects.filter(ticket=now).values_list("body")),
    }


def test_each_ticket_is_answered_for_by_itself(cast):
    fine, open_ = resolved(cast), an_incident(cast)
    hidden = an_incident(cast, restricted=True)
    bulk = run(cast, [fine.number, open_.number, hidden.number, "INC-99"], "close")
    assert (bulk.state, bulk.done, bulk.total) == ("done", 4, 4)
    found = list(bulk.items.order_by("place").values_list("state", "status"))
    assert found == [
        ("done", 200),
        ("refused", 409),
        ("refused", 404),
        ("refused", 404),
    ]
    assert open_.number in bulk.items.get(place=1).detail
    assert Ticket.objects.get(pk=fine.pk).state == "closed"


def test_the_log_has_one_act_with_its_parts(cast):
    tickets = [resolved(cast) for _ in range(3)]
    bulk = run(cast, [t.number for t in tickets], "close")
    kinds = list(
        Event.objects.filter(request_id=bulk.key).order_by("id").values_list("kind")
    )
    assert [k for (k,) in kinds] == [
        "bulk.started",
        *["ticket.close"] * 3,
        "bulk.finished",
    ]
    last = Event.objects.get(kind="bulk.finished")
    assert last.changes == {"done": [None, 3]}
    assert (last.subject_type, last.subject_id) == ("bulk", bulk.pk)


CASES = {
    "close": ("resolved", "close", {}),
    "assign": ("open", "assign", {"owner": "erin@demo.example", "comment": "Yours"}),
    "triage": ("open", "triage", {"priority": "P1", "reason": "The board"}),
    "resolve": ("open", "resolve", {"resolution": "Restarted"}),
    "wait": ("open", "wait", {"reason": "requester", "comment": "Which client?"}),
    "reply": ("open", "comment", {"body": "We are on it", "public": True}),
    "tag": ("open", "tag", {"add": ["board"]}),
    "link": ("open", "link", {"kind": "related", "number": "$other"}),
    "below": ("open", "link", {"kind": "parent", "number": "$other"}),
    "watch": ("open", "watch", {}),
    "take": ("open", "take", {"service": "vpn"}),
}


@pytest.mark.parametrize("case", CASES)
def test_undo_restores_everything(cast, case):
    where, verb, fields = CASES[case]
    Tag.objects.create(slug="board", name="Board")
    other = an_incident(cast)
    fields = {k: other.number if v == "$other" else v for k, v in fields.items()}
    make = resolved if where == "resolved" else an_incident
    tickets = [make(cast) for _ in range(2)]
    before = [row(t) for t in tickets]
    bulk = run(cast, [t.number for t in tickets], verb, **fields)
    assert bulk.counts()["done"] == 2, list(bulk.items.values_list("detail"))
    assert [row(t) for t in tickets] != before
    bulk = undone(bulk)
    assert bulk.counts()["undone"] == 2, list(bulk.items.values_list("detail"))
    after = [row(t) for t in tickets]
    for was, now in zip(before, after, strict=True):
        assert now == was
    assert Event.objects.filter(kind="ticket.undo").count() == 2
    assert Event.objects.filter(kind="bulk.undone").count() == 1


def test_undo_takes_back_what_a_reply_named_and_nothing_else(cast):
    tickets, named, known = [an_incident(cast) for _ in range(2)], *other_two(cast)
    said(tickets[0], f"See {known.number}, @dana", by=cast.bob, public=False)
    words = f"Like {named.number} and {known.number}, @erin @dana look"
    bulk = run(cast, [t.number for t in tickets], "comment", body=words, public=True)
    assert Mention.objects.count() == 5
    undone(bulk)
    assert list(Reference.objects.values_list("source", "target")) == [
        (tickets[0].pk, known.pk)
    ]
    assert Mention.objects.get().user == cast.dana
    assert [p.user for p in Participant.objects.filter(role="watcher")] == [cast.dana]


def other_two(cast):
    return an_incident(cast), an_incident(cast)


def test_what_was_touched_since_stays_and_says_so(cast):
    first, second = resolved(cast), resolved(cast)
    bulk = run(cast, [first.number, second.number], "close")
    said = actions.comment(ticket=first, by=cast.erin, at=later(9), body="Hm")
    bulk = undone(bulk)
    states = list(bulk.items.order_by("place").values_list("state", flat=True))
    assert states == ["kept", "undone"]
    assert "since" in bulk.items.get(place=0).detail
    assert Ticket.objects.get(pk=first.pk).state == "closed"
    assert Comment.objects.filter(pk=said.pk).exists()


def test_undo_is_possible_for_a_minute(cast):
    bulk = run(cast, [resolved(cast).number], "close")
    Hold.objects.update(until=timezone.now())
    with pytest.raises(Refused):
        acting.undo(bulk, by=cast.bob, at=timezone.now())


def test_only_who_started_it_takes_it_back(cast):
    bulk = run(cast, [resolved(cast).number], "close")
    with pytest.raises(Forbidden):
        acting.undo(bulk, by=cast.grace, at=timezone.now())
    assert Bulk.objects.get(pk=bulk.pk).phase == Bulk.Phase.DO


def test_a_batch_that_is_undone_while_it_runs_stops(cast):
    tickets = [resolved(cast) for _ in range(3)]
    numbers = [t.number for t in tickets]
    bulk = acting.start(
        numbers=numbers, verb="close", fields={}, by=cast.bob, at=timezone.now()
    )
    acting._do_one(bulk, bulk.items.get(place=0).pk, timezone.now())
    running = Bulk.objects.get(pk=bulk.pk)
    undone(running)
    assert acting.step(bulk, at=timezone.now()) is False
    states = list(bulk.items.order_by("place").values_list("state", flat=True))
    assert states == ["undone", "refused", "refused"]
    assert {t.state for t in Ticket.objects.filter(number__in=numbers)} == {"resolved"}


@pytest.mark.parametrize(
    ("numbers", "verb", "field"),
    [
        ([], "close", "numbers"),
        (["INC-1"] * 2, "explode", "verb"),
        (["INC-1"], "redact", "verb"),
        ([f"INC-{n}" for n in range(acting.MOST + 1)], "close", "numbers"),
    ],
)
def test_what_makes_no_sense_is_refused_as_a_whole(cast, numbers, verb, field):
    with pytest.raises(Invalid) as refused:
        run(cast, numbers, verb)
    assert list(refused.value.errors) == [field]
    assert not Bulk.objects.exists()


def test_texts_are_not_kept_with_the_batch(cast):
    bulk = run(cast, [an_incident(cast).number], "comment", body="hunter2", public=True)
    assert bulk.fields == {"public": True}
    assert "hunter2" not in str(list(BulkItem.objects.values()))


def test_a_silent_worker_is_replaced_and_goes_on_where_it_stopped(cast):
    tickets = [resolved(cast) for _ in range(3)]
    bulk = acting.start(
        numbers=[t.number for t in tickets],
        verb="close",
        fields={},
        by=cast.bob,
        at=timezone.now(),
    )
    acting._do_one(bulk, bulk.items.get(place=0).pk, timezone.now())
    assert not jobs.work_off()  # its worker was heard of just now
    assert Bulk.objects.get().state == "running"
    assert not jobs.work_off(clock=lambda: timezone.now() + 2 * jobs.SILENT)
    assert Bulk.objects.get().state == "done"
    assert Event.objects.filter(kind="ticket.close").count() == 3


def test_a_batch_that_fails_is_tried_again_and_then_given_up(cast, monkeypatch):
    bulk = acting.start(
        numbers=[resolved(cast).number],
        verb="close",
        fields={},
        by=cast.bob,
        at=timezone.now(),
    )

    def fail(bulk, *, at):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(acting, "step", fail)
    for turn in range(1, jobs.MOST_TRIES + 1):
        jobs.work_off(clock=lambda turn=turn: timezone.now() + turn * 2 * jobs.SILENT)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.tries) == ("failed", 3)
    assert "disk is full" in bulk.failure
