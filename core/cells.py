"""Cells of a CSV file, as a spreadsheet may have them (OWASP, "CSV injection")."""

FORMULA = frozenset("=+-@|%\t\r\n＝＋－＠")
BLANK = " \ufeff\xa0"  # what spreadsheets pass over before they look for a formula


def safe(text: str) -> str:
    """The cell, with a quote before it where it would be a formula.

    A text that looks quoted already gets one more, so that `unquoted` gives every text
    back exactly.
    """
    is_quoted = text[:1] == "'" and _is_formula(text.lstrip("'"))
    return f"'{text}" if is_quoted or _is_formula(text) else text


def unquoted(cell: str) -> str:
    """The text that `safe` was given; other cells stay as they are."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell.lstrip("'")) else cell


def plain(cell: str) -> str:
    """The text of a cell, without the blanks around it."""
    return unquoted(cell.strip()).strip()


def _is_formula(text: str) -> bool:
    return text.lstrip(BLANK)[:1] in FORMULA
