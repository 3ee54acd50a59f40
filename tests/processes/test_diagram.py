from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processes import diagram, drawing, shipping
from processes.definition import load
from tests.processes.definitions import bent, shipped

SHIPPED = sorted(shipping.PURPOSES)
NAMES = [f"s{n}" for n in range(9)]


def well_drawn(definition):
    board = diagram.layout(definition)
    for a, b in combinations(board.nodes.values(), 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
        assert apart_x or abs(a.y - b.y) >= diagram.HEIGHT, (a.state, b.state)
    for way in board.ways:
        assert len(way.lines) == len(way.sources)
        for x, y in (point for line in way.lines for point in line):
            assert 0 <= x <= board.width
            assert 0 <= y <= board.height
    root = ElementTree.fromstring(str(drawing.svg(definition)))
    links = [a.get("href") for a in root.iter("a")]
    assert links == [f"#state-{slug}" for slug in definition.states]
    return board


@pytest.mark.parametrize("slug", SHIPPED)
def test_no_state_covers_another_and_every_state_is_a_link(slug):
    board = well_drawn(shipped(slug))
    ways = {
        (w.verb, s.state.slug, w.target.state.slug)
        for w in board.ways
        for s in w.sources
    }
    rules = {(r.verb, s, r.to) for r in shipped(slug).rules for s in r.from_}
    assert ways == rules


def test_the_main_line_runs_straight_from_beginning_to_end():
    assert diagram.main_line(shipped("incident")) == [
        "new",
        "in_progress",
        "resolved",
        "closed",
    ]
    change = shipped("change")
    board = diagram.layout(change)
    line = diagram.main_line(change)
    assert line[0] == "draft"
    assert line[-1] == "closed"
    assert len(line) == 8
    assert len({board.nodes[s].y for s in line}) == 1
    assert board.width <= 1080  # a page of 1280 less the rail


def test_waiting_states_stand_below_the_line_and_other_ends_below_them():
    nodes = diagram.layout(shipped("incident")).nodes
    assert nodes["new"].y < nodes["waiting"].y < nodes["cancelled"].y


def test_names_are_escaped_and_nothing_is_styled_in_place():
    data = bent("states.doing.name", "<script>alert(1)</script>")
    data["transitions"]["start"]["label"] = '"><img src=x>'
    picture = str(drawing.svg(load(data), href='/x?"{}'.format))
    assert "<script" not in picture
    assert "<img" not in picture
    assert "style" not in picture
    ElementTree.fromstring(picture)


def test_a_state_shows_how_many_tickets_are_in_it():
    assert "3 tickets" in drawing.svg(shipped("incident"), counts={"waiting": 3})


def test_the_table_beside_it_says_every_way_in_words():
    rows = drawing.rows(shipped("incident"))
    close = next(r for r in rows if r.verb == "Close")
    assert (close.state, close.to) == ("Resolved", "Closed")
    assert close.notes == ("by itself after 5 days",)
    assert len(rows) == sum(len(r.from_) for r in shipped("incident").rules)


@settings(max_examples=150)
@given(
    categories=st.lists(
        st.sampled_from(
            ["new", "active", "waiting", "resolved", "closed", "cancelled"]
        ),
        max_size=7,
    ),
    reasons=st.booleans(),
    edges=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=25
    ),
)
def test_any_definition_that_is_valid_can_be_drawn(categories, reasons, edges):
    categories = ["new", *categories, "closed"]
    slugs = NAMES[: len(categories)]
    waits = {"reasons": {"planned": {}}} if reasons else {}
    states = {
        slug: {"category": c, **(waits if c == "waiting" else {})}
        for slug, c in zip(slugs, categories, strict=True)
    }
    chain = [(n, n + 1) for n in range(len(slugs) - 1)]
    transitions = {
        f"v{n}": {
            "from": [slugs[a % len(slugs)]],
            "to": slugs[b % len(slugs)],
            "requires": ["reason"],
        }
        for n, (a, b) in enumerate([*chain, *edges])
    }
    data = {"format": 1, "process": "x", "states": states, "transitions": transitions}
    well_drawn(load(data))
