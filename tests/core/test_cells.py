"""No cell of any file is a formula, and what goes out comes in again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cells


@pytest.mark.parametrize(
    "title",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1+1",
        "＝1",
        "%0A",
        "|calc",
    ],
)
def test_nothing_in_a_cell_is_a_formula(title: str) -> None:
    assert cells.safe(title) == f"'{title}"
    assert cells.plain(cells.safe(title)) == title.strip()


def test_plain_words_stay_as_they_are() -> None:
    assert cells.safe("Printer = broken") == "Printer = broken"
    assert cells.safe("") == ""
    assert cells.plain("'quoted'") == "'quoted'"


@given(st.text() | st.text(alphabet="'=+ \t\ufeff\xa0x"))
def test_every_text_is_given_back_exactly_and_none_is_a_formula(text: str) -> None:
    cell = cells.safe(text)
    assert cells.unquoted(cell) == text
    assert cell.lstrip(cells.BLANK)[:1] not in cells.FORMULA
