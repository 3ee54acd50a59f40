"""Tasks of a ticket, the history of a field, and what the timeline shows."""

from datetime import date

import pytest
from django.utils import timezone

from core.errors import Forbidden, Invalid, Refused
from core.models import Event
from itsm.tickets import actions
from itsm.tickets.checklist import actions as tasks
from itsm.tickets.checklist.models import Task
from tests.factories import an_incident, as_, resolved, said, taken
from tests.itsm.composer.test_drafts import here

pytestmark = pytest.mark.django_db


def add(ticket, by, title="Call the vendor", **more):
    return tasks.add_task(ticket=ticket, by=by, at=timezone.now(), title=title, **more)


def test_a_task_is_added_changed_moved_and_done_on_the_page(cast):
    ticket, bob = taken(cast), as_(cast.bob)
    bob.post(here(ticket, "tasks/"), {"title": " Call  the vendor "})
    bob.post(here(ticket, "tasks/"), {"title": "Write it up"})
    first, second = Task.objects.order_by("position")
    assert first.title == "Call the vendor"
    one = here(ticket, f"tasks/{first.pk}/")
    given = {"title": "Call Nordtel", "assignee": "erin@demo.example"}
    bob.post(one, {**given, "due_on": "2026-12-01", "save": "1"})
    first.refresh_from_db()
    assert (first.title, first.assignee, first.due_on) == (
        "Call Nordtel",
        cast.erin,
        date(2026, 12, 1),
    )
    assert "Call Nordtel" in as_(cast.erin).get("/").content.decode()
    bob.post(one, {"move": "down", "position": "0"})
    assert list(Task.objects.order_by("position")) == [second, first]
    bob.post(one)
    first.refresh_from_db()
    assert first.done_by == cast.bob
    assert "1 of 2" in bob.get(here(ticket)).content.decode()
    bob.post(one, {"reopen": "1"})
    first.refresh_from_db()
    assert first.done_at is None
    bob.post(one, {"remove": "1"})
    assert list(Task.objects.all()) == [second]
    kinds = Event.objects.filter(kind="ticket.task").order_by("pk")
    assert [e.changes.get("task_state") for e in kinds] == [
        [None, "open"],
        [None, "open"],
        None,
        None,
        ["open", "done"],
        ["done", "open"],
        ["open", "removed"],
    ]
    assert "Nordtel" not in str([e.changes for e in kinds])


def test_what_is_wrong_with_a_task_is_said(cast):
    ticket = taken(cast)
    for wrong in ("  ", "x" * 201):
        with pytest.raises(Invalid):
            add(ticket, cast.bob, wrong)
    with pytest.raises(Invalid):
        add(ticket, cast.bob, assignee=cast.carol)
    with pytest.raises(Forbidden):
        add(ticket, cast.carol)
    answer = as_(cast.bob).post(here(ticket, "tasks/"), {"title": ""})
    assert answer.status_code == 422
    pk = add(ticket, cast.bob).pk
    bad = {"title": "x", "save": "1", "due_on": "soon"}
    assert as_(cast.bob).post(here(ticket, f"tasks/{pk}/"), bad).status_code == 422


def test_a_closed_ticket_gets_no_tasks(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=timezone.now())
    with pytest.raises(Refused):
        add(ticket, cast.bob)


def test_a_task_of_another_ticket_is_not_found(cast):
    ticket, other = taken(cast), an_incident(cast)
    pk = add(other, cast.bob).pk
    with pytest.raises(Invalid):
        tasks.finish_task(ticket=ticket, task=pk, by=cast.bob, at=timezone.now())


def test_the_history_of_a_field_comes_from_the_log(cast):
    ticket, bob = taken(cast), as_(cast.bob)
    bob.post(here(ticket, "do/triage/"), {"impact": "high", "urgency": "high"})
    bob.post(here(ticket, "do/edit/"), {"title": "VPN drops hourly"})
    told = bob.get(here(ticket, "history/priority/")).content.decode()
    assert "Priority: how it changed" in told
    assert "<b>P1</b>" in told
    assert "Bob" in told
    told = bob.get(here(ticket, "history/title/")).content.decode()
    assert "VPN drops hourly" in told
    assert "VPN drops every hour" in told
    service = bob.get(here(ticket, "history/service/")).content.decode()
    assert "VPN" in service
    assert bob.get(here(ticket, "history/nonsense/")).status_code == 404


def test_a_wording_that_was_removed_is_not_in_the_history(cast):
    ticket = an_incident(cast, description="hunter2")
    as_(cast.bob).post(here(ticket, "do/edit/"), {"description": "better"})
    actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="x", field="description"
    )
    told = as_(cast.bob).get(here(ticket, "history/description/")).content.decode()
    assert "hunter2" not in told
    assert "This text was removed." in told


def test_the_timeline_shows_the_conversation_or_mine_by_its_address(cast):
    ticket = taken(cast)
    said(ticket, "From Alice", by=cast.alice, public=False)
    said(ticket, "From Bob", by=cast.bob, public=False)
    bob = as_(cast.bob)
    whole = bob.get(here(ticket)).content.decode()
    assert 'data-kind="event"' in whole
    talk = bob.get(here(ticket, "?show=conversation")).content.decode()
    assert 'data-kind="event"' not in talk
    assert "From Alice" in talk
    mine = bob.get(here(ticket, "?show=mine")).content.decode()
    assert "From Bob" in mine
    assert "From Alice" not in mine
