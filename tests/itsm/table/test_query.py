"""Encoded queries taken apart, without a database."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.api.problems import Malformed
from itsm.table import query
from itsm.table.query import Condition, Order, parse


def one(text: str) -> Condition:
    [[[found]]] = parse(text).queries
    return found


OPERATORS = {
    "state=2": ("state", "=", ("2",)),
    "state!=2": ("state", "!=", ("2",)),
    "short_descriptionLIKEa b": ("short_description", "LIKE", ("a b",)),
    "short_descriptionNOT LIKEa": ("short_description", "NOT LIKE", ("a",)),
    "numberSTARTSWITHINC": ("number", "STARTSWITH", ("INC",)),
    "numberENDSWITH7": ("number", "ENDSWITH", ("7",)),
    "priorityIN1, 2": ("priority", "IN", ("1", "2")),
    "priorityNOT IN1,2": ("priority", "NOT IN", ("1", "2")),
    "assigned_toISEMPTY": ("assigned_to", "ISEMPTY", ()),
    "assigned_toISNOTEMPTY": ("assigned_to", "ISNOTEMPTY", ()),
    "priority>1": ("priority", ">", ("1",)),
    "priority>=1": ("priority", ">=", ("1",)),
    "priority<1": ("priority", "<", ("1",)),
    "priority<=1": ("priority", "<=", ("1",)),
    "opened_atBETWEEN2026-01-01@2026-01-02": (
        *("opened_at", "BETWEEN"),
        ("2026-01-01", "2026-01-02"),
    ),
    "caller_id.email=a@b.c": ("caller_id.email", "=", ("a@b.c",)),
    "short_description=a=b>c": ("short_description", "=", ("a=b>c",)),
    "short_description=INC LIKE x": ("short_description", "=", ("INC LIKE x",)),
    "short_description==": ("short_description", "=", ("=",)),
    "short_description=a^^b": ("short_description", "=", ("a^b",)),
}


@pytest.mark.parametrize("text", OPERATORS)
def test_each_operator_is_read(text):
    found = one(text)
    assert (found.field, found.operator, found.values) == OPERATORS[text]


def test_or_belongs_to_the_condition_before_it_and_nq_begins_anew():
    found = parse("a=1^b=2^ORc=3^ORd=4^e=5^NQf=6^g=7^ORDERBYh^ORDERBYDESCi^EQ")
    fields = [[[c.field for c in e] for e in every] for every in found.queries]
    assert fields == [[["a"], ["b", "c", "d"], ["e"]], [["f"], ["g"]]]
    assert found.orders == (Order("h", False), Order("i", True))


@pytest.mark.parametrize("text", ["", "^", "^EQ"])
def test_nothing_asked_is_nothing_narrowed(text):
    assert parse(text) == query.Query()


REFUSED = [
    *("state", "=2", "State=2", "state~2", "stateSAMEAS2", "123TEXTQUERY321=x"),
    *("^ORstate=2", "NQ", "state=1^NQ", "state=1^OR", "GROUPBYstate", "stateDYNAMICx"),
    *("assigned_toISEMPTYx", "priorityBETWEEN1", "ORDERBY", "ORDERBYState"),
    *("state=1^ORORDERBYnumber", "state.=1", ".state=1", "state=1^x y=2"),
    *("sys_id=javascript:gs.getUserID()", "a=1^b=JavaScript:x", "a=java script:x"),
    *("opened_at>=java\tscript:gs.daysAgo(1)", "a=\x00", "a=1" + "^a=1" * 100),
    *("aIN" + "1," * 1000, "a=" + "x" * 10_000, "1=1", "a;DROP=1", "a--=1", "a'=1"),
]


@pytest.mark.parametrize("text", REFUSED, ids=[t[:30] for t in REFUSED])
def test_what_is_not_understood_to_the_last_word_is_refused(text):
    with pytest.raises(Malformed) as no:
        parse(text)
    assert no.value.detail


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["^", "^OR", "^NQ", "ORDERBY", "a", "=", "IN", "1", "@"]))
)
def test_whatever_is_put_together_is_read_or_refused(parts):
    with contextlib.suppress(Malformed):
        assert len(parse("".join(parts)).queries) <= parts.count("^NQ") + 1
