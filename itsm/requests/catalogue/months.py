"""Days that come again every so many months. Pure."""

from calendar import monthrange
from datetime import date

MOST = 60  # months between two orders


def nth(first: date, months: int, n: int) -> date:
    """The n-th day after the first, on its day of the month or the month's last."""
    index = first.year * 12 + first.month - 1 + months * n
    year, month = divmod(index, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def after(first: date, months: int, day: date) -> date:
    """The earliest of those days that lies behind a day."""
    gone = (day.year - first.year) * 12 + day.month - first.month
    n = max(1, gone // months)
    while nth(first, months, n) <= day:
        n += 1
    return nth(first, months, n)
