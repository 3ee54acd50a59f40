"""Taking a text out: gone everywhere; the log still says who, when, what and why."""

import json

import pytest

from core import consumers
from core.models import Event, IdempotencyKey, TextVersion
from itsm.requests.actions import order, waive_task
from itsm.tickets import actions, search
from itsm.tickets.checklist import actions as checklist
from itsm.tickets.doors import perform
from itsm.tickets.models import Approval, Attachment, Comment
from tests.cast import AT
from tests.factories import (
    a_change,
    an_incident,
    attached,
    later,
    resolved,
    said,
    taken,
)
from tests.itsm.checks import forbidden, fresh, inactive, invalid, last, where

SECRET = "hunter2secret"
WHY = "It names a password."


def removed(ticket, by, **what):
    return actions.redact(ticket=ticket, by=by, at=later(60), why=WHY, **what)


def test_a_comment_is_gone_and_the_log_says_who_when_what_and_why(cast):
    ticket = an_incident(cast)
    comment = said(ticket, f"My password is {SECRET}", by=cast.carol)
    search.index([ticket.pk])
    assert {"itsm_comment", "itsm_ticketsearch"} <= set(where(SECRET))
    removed(ticket, cast.grace, comment=comment.pk)
    assert where(SECRET) == []
    comment.refresh_from_db()
    assert (comment.body, comment.redacted_at) == ("[removed]", later(60))
    event = last(ticket)
    assert (event.kind, event.actor_id, event.at) == (
        "ticket.redact",
        cast.grace.pk,
        later(60),
    )
    assert event.changes["comment"] == [comment.pk, None]
    assert TextVersion.objects.get(pk=event.changes["why"][1]).body == WHY
    assert not search.search(cast.alice, SECRET, at=AT).rows


@pytest.mark.parametrize("field", ["title", "description", "resolution"])
def test_a_field_goes_with_all_its_wordings_and_from_search_at_once(cast, field):
    words = {"title": SECRET, "description": SECRET}
    ticket = an_incident(cast, service=cast.services["vpn"], **words)
    if field == "resolution":
        ticket = actions.resolve(
            ticket=ticket, by=cast.bob, at=later(2), resolution=SECRET
        )
    for name in ("title", "description"):
        given = {name: f"{SECRET} again" if name == field else "harmless"}
        actions.edit(ticket=ticket, by=cast.bob, at=later(3), given=given)
    for name in ("title", "description"):
        if name != field:  # their old wordings hold it as well
            removed(ticket, cast.grace, field=name)
    search.index([ticket.pk])
    assert "itsm_ticketsearch" in where(SECRET)
    removed(ticket, cast.grace, field=field)
    assert where(SECRET) == []
    assert getattr(fresh(ticket), field) == "[removed]"
    assert last(ticket).changes["field"] == [field, None]


def test_an_event_names_the_comment_the_file_or_the_field(cast, media):
    ticket = resolved(cast)
    said(ticket, SECRET, by=cast.carol)
    removed(ticket, cast.grace, event=last(ticket).pk)
    assert where(SECRET) == []
    attached(ticket, by=cast.carol, name=f"{SECRET}.png")
    removed(ticket, cast.grace, event=last(ticket).pk)
    assert where(SECRET) == []
    resolve = Event.objects.get(kind="ticket.resolve")
    removed(ticket, cast.grace, event=resolve.pk)
    assert fresh(ticket).resolution == "[removed]"


def test_a_file_is_gone_with_its_name_and_its_fingerprint(
    cast, media, django_capture_on_commit_callbacks
):
    ticket = an_incident(cast)
    kept = attached(ticket, by=cast.carol, name=f"{SECRET}.png")
    [path] = [p for p in media.rglob("*") if p.is_file()]
    with django_capture_on_commit_callbacks(execute=True):
        removed(ticket, cast.grace, attachment=kept.pk)
    assert not path.exists()
    kept = Attachment.objects.get()
    assert (kept.name, kept.digest, kept.file.name) == ("[removed]", "", "")
    assert where(SECRET) == []


def test_a_file_stays_while_its_removal_may_still_fail(cast, media, monkeypatch):
    from core import texts

    def fails(subject):
        raise RuntimeError("search is down")

    ticket = an_incident(cast)
    kept = attached(ticket, by=cast.carol)
    monkeypatch.setattr(texts, "_scrubbers", [fails])
    with pytest.raises(RuntimeError):
        removed(ticket, cast.grace, attachment=kept.pk)
    assert [p for p in media.rglob("*") if p.is_file()]
    assert Attachment.objects.get().name == "screen.png"


def test_plans_reasons_and_decisions_can_be_taken_out_too(cast):
    change = a_change(cast)
    actions.edit(ticket=change, by=cast.alice, at=later(1), given={"plan": SECRET})
    removed(change, cast.grace, event=last(change).pk)
    assert where(SECRET) == []
    actions.triage(ticket=change, by=cast.alice, at=later(2), priority=2, reason=SECRET)
    removed(change, cast.grace, event=last(change).pk)
    assert where(SECRET) == []
    assert fresh(change).priority == 2


def test_the_words_of_a_rejection_go_from_the_decision_as_well(cast):
    ticket = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
    raw = {"comment": f"  {SECRET} "}
    perform(ticket, "reject", raw, by=cast.frank, at=later(1))
    assert {"itsm_approval", "itsm_comment"} <= set(where(SECRET))
    removed(ticket, cast.grace, comment=Comment.objects.get().pk)
    assert where(SECRET) == []
    assert Approval.objects.get().decision == "rejected"


def test_why_a_step_was_waived_can_be_taken_out(cast):
    ticket = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
    task = ticket.tasks.first()
    waive_task(ticket=ticket, task=task.pk, by=cast.bob, at=later(1), reason=SECRET)
    removed(ticket, cast.grace, event=last(ticket).pk)
    assert where(SECRET) == []
    task.refresh_from_db()
    assert task.waived_reason == "[removed]", "it is still waived"


def test_kept_answers_of_programs_forget_the_text(cast):
    ticket = an_incident(cast, title=SECRET)
    IdempotencyKey.objects.create(
        user_id=cast.bob.pk,
        key="k",
        fingerprint="f" * 64,
        status=200,
        body=json.dumps({"title": SECRET}),
        headers={"subject": f"ticket:{ticket.pk}"},
        created_at=AT,
    )
    removed(ticket, cast.grace, field="title")
    assert where(SECRET) == []


def test_the_reader_that_comes_later_does_not_bring_it_back(cast):
    ticket = an_incident(cast, title=SECRET)
    removed(ticket, cast.grace, field="title")
    consumers.advance("search", at=later(61))
    consumers.advance("search", at=later(62))
    assert where(SECRET) == []


@pytest.mark.parametrize("name", ["bob", "erin", "dana", "frank", "carol", "mallory"])
def test_only_leads_and_administrators_may(cast, name):
    ticket = an_incident(cast, team=cast.teams["desk"])
    comment = said(ticket, by=cast.carol)
    with forbidden():
        removed(ticket, cast.people[name], comment=comment.pk)


def test_the_lead_of_its_team_may_until_they_leave(cast):
    ticket = an_incident(cast, team=cast.teams["desk"])
    comment = said(ticket, by=cast.carol)
    removed(ticket, cast.alice, comment=comment.pk)
    assert Comment.objects.get().body == "[removed]"
    alice = inactive(cast.alice)
    with forbidden():
        removed(ticket, alice, field="title")


@pytest.mark.parametrize(
    "raw",
    [
        {"comment": 1},
        {"comment": 1, "why": "  "},
        {"why": "x"},
        {"why": "x", "comment": 999_999},
        {"why": "x", "comment": "text"},
        {"why": "x", "attachment": 999_999},
        {"why": "x", "event": 999_999},
        {"why": "x", "field": "number"},
        {"why": "x", "field": "fields.site"},
        {"why": "x", "field": "title", "comment": 1},
        {"why": "x", "event": 10**30},
    ],
)
def test_exactly_one_thing_of_this_ticket_is_named_and_a_reason(cast, raw):
    ticket = an_incident(cast)
    with invalid():
        perform(ticket, "redact", raw, by=cast.grace, at=later(1))


def test_another_tickets_texts_are_out_of_reach(cast):
    ticket, other = an_incident(cast), an_incident(cast)
    comment = said(other, by=cast.carol)
    with invalid():
        removed(ticket, cast.grace, comment=comment.pk)
    with invalid():
        removed(ticket, cast.grace, event=last(other).pk)


@pytest.mark.parametrize("kind", ["ticket.open", "ticket.take"])
def test_an_event_without_a_text_says_so(cast, kind):
    ticket = taken(cast)
    event = Event.objects.get(subject_id=ticket.pk, kind=kind)
    with invalid() as caught:
        removed(ticket, cast.grace, event=event.pk)
    assert set(caught.value.errors) == {"event"}


def test_removing_twice_is_possible_and_said_twice(cast):
    ticket = an_incident(cast)
    for _ in range(2):
        removed(ticket, cast.grace, field="title")
    assert Event.objects.filter(kind="ticket.redact").count() == 2


def test_why_a_step_of_a_change_was_waived_and_what_it_is_called_can_go(cast):
    ticket = a_change(cast)
    task = checklist.add_task(ticket=ticket, by=cast.bob, at=later(1), title=SECRET)
    added = last(ticket)
    checklist.waive_task(
        ticket=ticket, task=task.pk, by=cast.bob, at=later(2), reason=SECRET
    )
    waived = last(ticket)
    removed(ticket, cast.grace, event=waived.pk)
    task.refresh_from_db()
    assert (task.title, task.waived_reason) == (SECRET, "[removed]")
    removed(ticket, cast.grace, event=added.pk)
    assert where(SECRET) == []
