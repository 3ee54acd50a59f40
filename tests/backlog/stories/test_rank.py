"""One order whatever is moved where: keys between any two, short again when long."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backlog.stories.rank import DIGITS, LONGEST, between, spread
from backlog.stories.shorten import SHORT, shorter

MOVES, STORIES = 10_000, 500
KEYS = st.text(DIGITS, min_size=1, max_size=60).filter(lambda key: key[-1] != "0")
SOME = st.lists(KEYS, unique=True, min_size=1, max_size=80).map(sorted)


@given(KEYS, KEYS)
def test_between_two_keys_there_is_another(one, other):
    assume(one != other)
    low, high = sorted([one, other])
    key = between(low, high)
    assert low < key < high
    assert not key.endswith("0")


@given(KEYS)
def test_before_and_after_any_key_there_is_another(key):
    assert "" < between("", key) < key < between(key)


@given(KEYS, KEYS)
def test_there_is_none_between_a_key_and_an_earlier_one(one, other):
    low, high = sorted([one, other])
    with pytest.raises(ValueError, match="is not before"):
        between(high, low)


@given(st.integers(1, 300), st.one_of(st.just(""), KEYS), st.one_of(st.just(""), KEYS))
def test_keys_are_spread_in_order_strictly_between(n, one, other):
    low, high = sorted([one, other]) if one and other else (one, "")
    assume(not high or low < high)
    keys = spread(n, low, high)
    assert len(keys) == n
    assert sorted(set(keys)) == keys
    assert low < keys[0]
    assert not high or keys[-1] < high
    assert not any(key.endswith("0") for key in keys)


def test_spread_keys_are_as_short_as_they_can_be():
    assert spread(1) == ["V"]
    assert max(map(len, spread(61))) == 1
    assert max(map(len, spread(62))) == 2
    assert max(map(len, spread(2_000))) == 2


@given(SOME)
def test_long_keys_come_out_short_new_and_where_they_stood(keys):
    before = list(keys)
    while new := shorter(keys)[1]:
        first = shorter(keys)[0]
        old = keys[first : first + len(new)]
        assert max(map(len, new)) <= SHORT
        assert not set(new) & set(old)  # a row that waits its turn holds on to its own
        keys = [*keys[:first], *new, *keys[first + len(new) :]]
        assert sorted(set(keys)) == keys
    assert len(keys) == len(before)
    assert max(map(len, keys)) <= LONGEST


@given(st.integers(1, 400), st.text(DIGITS, min_size=41, max_size=80))
def test_a_crowd_in_one_narrow_place_gets_out_of_it(n, place):
    keys = [place + key for key in spread(n)]
    assert keys == sorted(keys)
    while new := shorter(keys)[1]:
        first = shorter(keys)[0]
        keys[first : first + len(new)] = new
    assert sorted(set(keys)) == keys
    assert max(map(len, keys)) <= LONGEST


def places(pattern: str, rng: random.Random, turn: int) -> tuple[int, int]:
    """From where to where in the order, of the story that moves."""
    if pattern == "uniformly random":
        return rng.randrange(STORIES), rng.randrange(STORIES)
    if pattern == "always to the top":
        return rng.randrange(1, STORIES), 0
    if pattern == "always to the second place":
        return rng.randrange(2, STORIES), 1
    middle = STORIES // 2  # two people, one above the other, around one place
    outside = rng.randrange(STORIES // 4)
    return (outside, middle) if turn % 2 else (STORIES - 1 - outside, middle)


PATTERNS = [
    "uniformly random",
    "always to the top",
    "always to the second place",
    "two people alternating around one place",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_after_ten_thousand_moves_the_order_is_right_and_keys_are_short(pattern):
    rng = random.Random(pattern)
    wanted = list(range(STORIES))  # what people mean, moved in a plain list
    key_of = dict(zip(wanted, spread(STORIES), strict=True))
    written = 0
    for turn in range(MOVES):
        old, new = places(pattern, rng, turn)
        story = wanted.pop(old)
        low = key_of[wanted[new - 1]] if new else ""
        high = key_of[wanted[new]] if new < len(wanted) else ""
        wanted.insert(new, story)
        key_of[story] = between(low, high)  # one row
        if len(key_of[story]) <= LONGEST:
            continue
        keys = [key_of[one] for one in wanted]
        while (found := shorter(keys))[1]:
            first, short = found
            keys[first : first + len(short)] = short
            written += len(short)
        key_of = dict(zip(wanted, keys, strict=True))
        assert max(map(len, keys)) <= LONGEST
    assert sorted(key_of, key=key_of.__getitem__) == wanted
    assert len(set(key_of.values())) == STORIES
    assert written <= 2 * MOVES  # in the background, not more than moves themselves
