"""Editing: every wording is kept, none of it in the log."""

import pytest

from core.models import TextVersion
from itsm.tickets import actions
from itsm.tickets.doors import perform
from processes.models import ProcessVersion
from tests.factories import a_change, an_incident, later, with_own_fields
from tests.itsm.checks import (
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
    refused,
    where,
)


@pytest.fixture
def own_fields(cast) -> ProcessVersion:
    return with_own_fields(cast)


def test_old_and_new_wording_are_kept_by_id(cast):
    ticket = an_incident(cast, title="Old words", description="Old story")
    raw = {"title": "New words", "description": "New story"}
    perform(ticket, "edit", raw, by=cast.bob, at=later(1))
    changes = last(ticket).changes
    assert set(changes) == {"title", "description"}
    old, new = changes["title"]
    assert TextVersion.objects.get(pk=old).body == "Old words"
    assert TextVersion.objects.get(pk=new).body == "New words"
    assert TextVersion.objects.get(pk=new).by_id == cast.bob.pk
    assert fresh(ticket).title == "New words"


def test_a_third_wording_joins_the_second(cast):
    ticket = an_incident(cast, title="One")
    for minute, title in enumerate(("Two", "Three"), 1):
        given = {"title": title}
        actions.edit(ticket=ticket, by=cast.bob, at=later(minute), given=given)
    bodies = TextVersion.objects.order_by("id").values_list("body", flat=True)
    assert list(bodies) == ["One", "Two", "Three"]


def test_nothing_changed_is_nothing_recorded(cast):
    ticket = an_incident(cast, title="Same")
    perform(ticket, "edit", {"title": "Same"}, by=cast.bob, at=later(1))
    assert kinds(ticket) == ["open"]
    assert fresh(ticket).version == 1


@pytest.mark.parametrize("title", ["", "   ", "x" * 251, None, 5, "a\x00b"])
def test_a_title_is_a_text_of_some_length(cast, title):
    ticket = an_incident(cast)
    if title is None:  # nothing said is nothing changed, as everywhere
        title = ""
    with invalid() as caught:
        perform(ticket, "edit", {"title": title}, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"title"}


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_edit(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        perform(ticket, "edit", {"title": "x"}, by=cast.people[name], at=later(1))


def test_somebody_who_left_may_not_edit(cast):
    ticket, bob = an_incident(cast), inactive(cast.bob)
    with forbidden():
        perform(ticket, "edit", {"title": "x"}, by=bob, at=later(1))


@pytest.mark.parametrize("field", ["state", "priority", "owner", "number", "version"])
def test_what_has_a_verb_of_its_own_is_not_edited(cast, field):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "edit", {field: "x"}, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {field}


def test_a_newer_save_refuses_the_older(cast):
    ticket = an_incident(cast)
    seen = ticket.version
    perform(ticket, "edit", {"title": "Hers"}, by=cast.alice, at=later(1), version=seen)
    with refused() as caught:
        raw = {"title": "His"}
        perform(ticket, "edit", raw, by=cast.bob, at=later(2), version=seen)
    assert caught.value.status == 412
    assert fresh(ticket).title == "Hers"


def test_fields_of_the_process_are_typed_and_merged(cast, own_fields):
    ticket = an_incident(cast)
    extra = {
        "site": "Leeds",
        "floor": "3",
        "witness": "ERIN@demo.example",
        "colour": "red",
        "seen": "2026-03-01",
        "again": "yes",
    }
    perform(ticket, "edit", {"extra": extra}, by=cast.bob, at=later(1))
    perform(ticket, "edit", {"extra": {"floor": 4}}, by=cast.bob, at=later(2))
    assert fresh(ticket).extra == {
        "site": "Leeds",
        "floor": 4.0,
        "witness": "erin@demo.example",
        "colour": "red",
        "seen": "2026-03-01",
        "again": True,
    }
    assert last(ticket).changes == {"fields.floor": [3.0, 4.0]}


def test_neither_words_nor_names_of_such_fields_reach_the_log(cast, own_fields):
    ticket = an_incident(cast)
    extra = {"site": "Marker-Leeds", "witness": "erin@demo.example"}
    perform(ticket, "edit", {"extra": extra}, by=cast.bob, at=later(1))
    assert set(where("marker-leeds")) == {"core_textversion", "itsm_ticket"}
    assert "core_event" not in where("erin@demo")
    assert last(ticket).changes["fields.witness"] == [None, cast.erin.pk]


@pytest.mark.parametrize(
    "extra",
    [
        {"site": 5},
        {"floor": "nan"},
        {"floor": "many"},
        {"floor": True},
        {"witness": "nobody@x.example"},
        {"colour": "green"},
        {"seen": "2026-02-30"},
        {"again": "perhaps"},
        {"stie": "Leeds"},
        {"\ud800": 1},
        ["site"],
        "site",
    ],
)
def test_a_field_of_the_wrong_type_is_named(cast, own_fields, extra):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "edit", {"extra": extra}, by=cast.bob, at=later(1))
    [(name, [sentence])] = caught.value.errors.items()
    assert name == "extra"
    sentence.encode()


def test_plans_of_a_change_are_texts_with_versions(cast):
    change = a_change(cast)
    raw = {"plan": "Marker-plan A", "threat": ""}
    perform(change, "edit", raw, by=cast.alice, at=later(1))
    perform(change, "edit", {"plan": "Marker-plan B"}, by=cast.alice, at=later(2))
    old, new = last(change).changes["plan"]
    assert TextVersion.objects.get(pk=old).body == "Marker-plan A"
    assert TextVersion.objects.get(pk=new).body == "Marker-plan B"
    assert "core_event" not in where("marker-plan")
