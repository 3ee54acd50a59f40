from copy import deepcopy
from dataclasses import fields as parts_of

import pytest

from processes.definition import load
from processes.words import differences
from tests.processes.definitions import shipped_data


def told(slug, change):
    """What is said when a shipped definition is changed by `change`."""
    data = shipped_data(slug)
    old = load(data)
    new = deepcopy(data)
    change(new)
    return differences(old, load(new))


def test_two_equal_definitions_differ_in_nothing():
    assert told("change", lambda new: None) == []


def test_an_approval_that_is_narrowed_is_told():
    def narrow(new):
        new["approvals"][2]["when"] = {"risk": ["high"]}

    assert told("change", narrow) == [
        "Approval by change authority: for model = emergency → risk = high."
    ]


def test_the_terms_of_an_approval_are_told():
    def tighten(new):
        new["approvals"][1] |= {"quorum": 2, "expires": "P2D"}
        del new["approvals"][1]["reminds"]

    name = "Approval “The change authority”:"
    assert told("change", tighten) == [
        f"{name} 1 → 2 people have to say yes.",
        f"{name} somebody else is asked after 3 days → 2 days.",
        f"{name} reminded each 1 day → never.",
    ]


def test_an_approval_that_goes_is_told_with_what_it_was_for():
    def remove(new):
        del new["approvals"][2], new["controls"]["approval.afterwards"]

    assert told("change", remove) == [
        "Approval by change authority removed for model = emergency."
    ]


def test_a_target_is_told_in_working_days():
    def faster(new):
        new["targets"]["P3"]["resolution"] = "P2D"

    assert told("incident", faster) == ["Target P3 resolution: 3 days → 2 days."]


def test_a_state_and_its_verb_are_told():
    def triage(new):
        new["states"]["triage"] = {"category": "active", "name": "Triage"}
        new["transitions"]["look"] = {"from": ["new"], "to": "triage"}
        new["transitions"]["start"]["from"] = ["new", "triage"]

    assert told("incident", triage) == [
        "State “Triage” added.",
        "Verb “Look” added.",
        "“Start”, possible from: New → New, Triage.",
    ]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("transitions.start.requires", ["team"], "“Start” now requires team."),
        ("transitions.start.requires", ["team"], "“Start” no longer requires service."),
        (
            "transitions.close.after",
            "P3D",
            "“Close”, by itself after: 5 days → 3 days.",
        ),
        ("transitions.close.label", "End", "“Close” is now called “End”."),
        ("states.in_progress.work_limit", 3, "Work limit in “In progress”: 5 → 3."),
        ("states.new.name", "Fresh", "State “New” is now called “Fresh”."),
        ("priority.low.low", "P4", "Impact low with urgency low: P5 → P4."),
        ("order.technique", "fifo", "Order of work: wsjf → fifo."),
        ("order.max_wait.P5", "P9D", "P5 waits at most: 10 days → 9 days."),
        ("routing.support", "tiers", "Support: swarm → tiers."),
        ("fields", {"site": {"type": "text"}}, "Field “Site” added."),
        (
            "states.waiting.reasons.supplier.pauses",
            ["resolution"],
            "Waiting “For a supplier” pauses: nothing → resolution.",
        ),
    ],
)
def test_a_change_is_told(path, value, sentence):
    def change(new):
        *way, last = path.split(".")
        here = new
        for step in way:
            here = here[step]
        here[last] = value
        new["controls"] = {}

    assert sentence in told("incident", change)


def test_every_part_of_a_definition_has_its_words():
    """A new section of the format must be told too: this list has to grow with it."""
    definition = load(shipped_data("incident"))
    assert {f.name for f in parts_of(definition)} == {
        "format",
        "process",
        "name",
        "states",
        "transitions",
        "priority",
        "targets",
        "order",
        "routing",
        "approvals",
        "fields",
        "controls",
        "risk",
        "trust",
    }
