"""Amounts of money as the reader writes them."""

from decimal import Decimal

from django.utils import translation
from django.utils.formats import number_format

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
NARROW = "\N{NO-BREAK SPACE}"


def money(amount: Decimal, currency: str) -> str:
    """€1,250.00 in English, 1.250,00 € in German; a currency without sign by code."""
    number = str(number_format(abs(amount), 2, use_l10n=True, force_grouping=True))
    minus, sign = "-" if amount < 0 else "", SIGNS.get(currency, currency)
    is_english = (translation.get_language() or "en").startswith("en")
    if is_english and currency in SIGNS:
        return f"{minus}{sign}{number}"
    return f"{minus}{number}{NARROW}{sign}"
