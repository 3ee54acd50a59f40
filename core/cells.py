"""Cells of a CSV file, as a spreadsheet may have them (OWASP, "CSV injection")."""

FORMULA = frozenset("=+-@|%\t\r\n＝＋－＠")
BLANK = " \ufeff\xa0"  # what spreadsheets pass over before they look for a formula


def safe(text: str) -> str:
    """The cell, with a quote before it where it would be a formula."""
    return f"'{text}" if _is_formula(text) else text


def plain(text: str) -> str:
    """The cell as it was before `safe`, without the blanks around it."""
    text = text.strip()
    is_quoted = text[:1] == "'" and _is_formula(text[1:])
    return text[1:].strip() if is_quoted else text


def _is_formula(text: str) -> bool:
    return text.lstrip(BLANK)[:1] in FORMULA and bool(text)
