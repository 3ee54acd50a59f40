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
