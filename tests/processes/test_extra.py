import pytest

from processes import extra
from processes.definition import load
from tests.processes.definitions import small

FIELDS = load(
    small(
        fields={
            "site": {"type": "choice", "choices": ["Leeds", "York"]},
            "seats": {"type": "number"},
            "by_day": {"type": "date"},
            "loan": {"type": "boolean"},
            "boss": {"type": "person"},
            "remark": {"type": "text"},
        }
    )
)


@pytest.mark.parametrize(
    ("slug", "value", "kept"),
    [
        ("site", "Leeds", "Leeds"),
        ("seats", "12", 12),
        ("seats", 1.5, 1.5),
        ("by_day", "2026-03-02", "2026-03-02"),
        ("loan", "on", True),
        ("loan", False, False),
        ("boss", "Dana@Demo.example", "dana@demo.example"),
        ("remark", " hello ", "hello"),
        ("remark", "", None),
    ],
)
def test_a_value_is_kept_as_its_type(slug, value, kept):
    assert extra.clean(FIELDS, {slug: value}) == ({slug: kept}, {})


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("site", "Hull"),
        ("site", ["Leeds"]),
        ("seats", "many"),
        ("seats", float("nan")),
        ("seats", True),
        ("seats", "9" * 400),
        ("by_day", "2.3.2026"),
        ("loan", "perhaps"),
        ("loan", []),
        ("boss", "dana"),
        ("remark", "x" * 2001),
        ("remark", "a\x00b"),
        ("remark", {"a": 1}),
        ("colour", "red"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(slug, value):
    good, errors = extra.clean(FIELDS, {slug: value})
    assert not good
    assert errors[slug][0].endswith(".")
