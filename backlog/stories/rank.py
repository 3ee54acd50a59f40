"""Rank keys: texts that sort by their bytes, with room between any two.

A key is a fraction written in base 62 without a trailing zero, so that between two
different keys there always is another. Fractional indexing as Figma described it
("Realtime editing of ordered sequences", 2017).
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # by bytes
VALUES = {digit: value for value, digit in enumerate(DIGITS)}
BASE = len(DIGITS)
LONGEST = 40  # characters; what is longer is shortened in the background


def between(low: str = "", high: str = "") -> str:
    """A key after `low` and before `high`; empty: no bound on that side.

    At an open end it goes one step, in the middle halfway. ValueError where `low` is
    not before `high`.
    """
    if high and low >= high:
        raise ValueError(f"{low!r} is not before {high!r}")
    key, place, is_bounded = "", 0, bool(high)
    while True:
        below = VALUES[low[place]] if place < len(low) else 0
        above = VALUES[high[place]] if is_bounded and place < len(high) else BASE
        if above - below > 1:
            return key + DIGITS[_within(below, above, low, high)]
        key += DIGITS[below]
        is_bounded = is_bounded and above == below
        place += 1


def _within(below: int, above: int, low: str, high: str) -> int:
    if not low and high:
        return above - 1
    if low and not high:
        return below + 1
    return (below + above) // 2


def spread(n: int, low: str = "", high: str = "") -> list[str]:
    """`n` keys between two, evenly, in as few characters as hold them all."""
    places = 0
    while True:
        places += 1
        first = _number(low, places) + 1
        last = (
            _number(high, places) - (len(high) <= places) if high else BASE**places - 1
        )
        room = last - first + 1
        if room >= n:
            return [
                _key(first + (2 * i + 1) * room // (2 * n), places) for i in range(n)
            ]


def _number(key: str, places: int) -> int:
    """The key as a whole number of so many digits; what is longer is cut."""
    number = 0
    for digit in key[:places].ljust(places, DIGITS[0]):
        number = number * BASE + VALUES[digit]
    return number


def _key(number: int, places: int) -> str:
    digits = []
    for _ in range(places):
        number, value = divmod(number, BASE)
        digits.append(DIGITS[value])
    return "".join(reversed(digits)).rstrip(DIGITS[0])
