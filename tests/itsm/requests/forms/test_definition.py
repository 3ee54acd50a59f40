"""A form is read strictly, written back the same, and its faults are named."""

from dataclasses import replace

import pytest

from itsm.requests.forms import faults
from itsm.requests.forms.definition import Field, Garbled, Type, When, dump, read
from tests.itsm.requests.forms.samples import LAPTOP, laptop


def test_what_is_written_reads_the_same():
    assert read(dump(laptop())) == laptop()
    assert dump(laptop()) == LAPTOP


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "list of at most"),
        ([{}], "slug"),
        ([{"slug": "A"}], "slug"),
        ([{"slug": "a", "label": 4}], "label"),
        ([{"slug": "a", "label": "x" * 201}], "label"),
        ([{"slug": "a", "label": "\x00"}], "label"),
        ([{"slug": "a", "type": "colour"}], "type"),
        ([{"slug": "a", "type": []}], "type"),
        ([{"slug": "a", "required": 1}], "required"),
        ([{"slug": "a", "least": True}], "least"),
        ([{"slug": "a", "least": float("nan")}], "least"),
        ([{"slug": "a", "most": 10**13}], "most"),
        ([{"slug": "a", "choices": "x"}], "choices"),
        ([{"slug": "a", "when": {"is": 4}}], "is"),
        ([{"slug": "a", "when": {"other": 4}}], "field, is"),
        ([{"slug": "a", "columns": [{"slug": "b", "type": "file"}]}], "type"),
        ([{"slug": "a", "columns": [{"slug": "b", "when": None}]}], "send an object"),
        ([{"slug": "a", "pattern": ".*"}], "send an object"),
        ([{"slug": f"q{n}"} for n in range(51)], "at most 50"),
    ],
)
def test_what_is_no_form_is_refused_with_where_and_why(raw, says):
    with pytest.raises(Garbled, match=says):
        read(raw)


def test_the_sample_has_no_fault():
    assert faults.of(laptop()) == []


def fault(*fields: Field) -> str:
    return " ".join(one.says for one in faults.of(fields))


def choice(**more) -> Field:
    return Field("c", "Colour", Type.CHOICE, choices=("Red", "Blue"), **more)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([Field("a", " ")], "Write the question"),
        ([Field("a", "A"), Field("a", "B")], "same slug"),
        ([replace(choice(), choices=("Red",))], "at least two"),
        ([replace(choice(), choices=("Red", "Red"))], "are the same"),
        ([replace(choice(), choices=("Red", " "))], "is empty"),
        ([Field("a", "A", choices=("x", "y"))], "Only a choice"),
        ([Field("a", "A", Type.TABLE)], "a column"),
        ([choice(least=1)], "no smallest"),
        ([Field("a", "A", Type.NUMBER, least=3, most=2)], "larger than the largest"),
        ([Field("a", "A", Type.FILE, most=0)], "whole number"),
        ([Field("a", "A", least=-1)], "whole number"),
        ([choice(default="Green")], "not among the answers"),
        ([Field("a", "A", Type.FILE, default="x")], "cannot be filled in"),
        ([Field("a", "A", Type.NUMBER, takes="place")], "from the person"),
        ([Field("a", "A", takes="place", default="x")], "not both"),
        ([Field("a", "A", when=When("c")), choice()], "stand before it"),
        ([Field("a", "A", when=When("a"))], "stand before it"),
        (
            [Field("b", "B"), Field("a", "A", when=When("b", ("x",)))],
            "Only the answers",
        ),
        ([choice(), Field("a", "A", when=When("c", ("Green",)))], "cannot be chosen"),
    ],
)
def test_every_fault_is_named(fields, says):
    assert says in fault(*fields)
