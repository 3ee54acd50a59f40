"""How much a team will finish, said so that it comes true as often as it says.

"85 % sure: at least N in the next 20 working days." Sampling past days, as tools do,
takes a team's days for independent and its future for its past; neither holds, and the
word is broken far more often than said. Here what is expected is multiplied by a factor
that the team's own past justifies, and that factor becomes more careful with each word
broken, bolder with each word kept:

- expected: exponentially smoothed throughput (Brown 1956);
- factor: a low quantile of done / expected over past periods, recent ones weighing more
  (weighted conformal prediction: Barber, Candes, Ramdas and Tibshirani, "Conformal
  prediction beyond exchangeability", 2023), with a few periods believed beforehand, so
  that a young team gets an answer too;
- which quantile: adaptive conformal inference (Gibbs and Candes, "Adaptive conformal
  inference under distribution shift", 2021, equation 2).

How often it keeps its word, and on what it was tried: docs/forecasts.md.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from statistics import NormalDist

SURE = 0.85  # how often the word should come true
DAYS = 20  # working days it is about: four weeks
FROM = 60  # working days after which past words are looked at
YOUNG = 30  # working days that a rate needs before it is compared with what came
EVERY = 5  # days between one looked-at period and the next; they overlap
YEAR = 250  # working days; further ahead nothing is said
KEPT = 1000  # days; periods that are longer ago no longer count


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was chosen by trying; docs/forecasts.md says how little hangs on it."""

    recent: float = 10  # working days after which a day counts half in what is expected
    memory: float = 500  # the same, for past periods in the factor
    believed: float = 6  # so many periods before any was seen
    spread: float = 0.9  # of the logarithm of their done / expected
    step: float = 0.05  # how much one word changes


USUAL = Tuning()
Point = tuple[float, float]  # done / expected, weight


def at_least(
    done: Sequence[int], *, days: int = DAYS, sure: float = SURE, how: Tuning = USUAL
) -> int:
    """How many a team will finish at least in so many working days, that sure.

    `done` is what it finished on each working day, up to today.
    """
    *_, (_day, promised) = words(done, days=days, sure=sure, how=how)
    return promised


def done_within(done: Sequence[int], n: int, *, sure: float = SURE) -> int | None:
    """Working days, in whole weeks, after which `n` more will be done, that sure.

    None where that is more than a year away.
    """
    ahead = range(EVERY, YEAR + 1, EVERY)
    place = bisect_left(ahead, n, key=lambda days: at_least(done, days=days, sure=sure))
    return ahead[place] if place < len(ahead) else None


def words(
    done: Sequence[int], *, days: int = DAYS, sure: float = SURE, how: Tuning = USUAL
) -> Iterator[tuple[int, int]]:
    """Each word that would have been given, one period after another, the last today.

    On which day, and how many; a word knows nothing of the days from its own on.
    """
    sums = [0, *accumulate(done)]
    rates, believed = _rates(done, how.recent), _believed(how)

    def factor(day: int) -> float:
        """What the period from that day brought, against what was expected."""
        return (sums[day + days] - sums[day]) / expected(day)

    def expected(day: int) -> float:
        return days * rates[day] + 1

    risk = level = 1 - sure
    promised = None
    for day in range(_first(len(done), days), len(done) + 1, days):
        if promised is not None:
            is_broken = sums[day] - sums[day - days] < promised
            level = _within(level + how.step * (risk - is_broken), risk)
        last, oldest = day - days, max(YOUNG, day - KEPT)
        seen = [
            (factor(past), EVERY / days * 0.5 ** ((last - past) / how.memory))
            for past in range(last, oldest - 1, -EVERY)
        ]
        promised = int(_quantile([*seen, *believed], level) * expected(day))
        yield day, promised


def _first(length: int, days: int) -> int:
    """The earliest day from which whole periods lead up to today."""
    return FROM + (length - FROM) % days if length >= FROM else length


def _rates(done: Sequence[int], half_life: float) -> list[float]:
    """What a day brings, as known on the morning of each day and of tomorrow."""
    keep = 0.5 ** (1 / half_life)
    rates, total, weight = [0.0], 0.0, 0.0
    for many in done:
        total, weight = total * keep + many, weight * keep + 1
        rates.append(total / weight)
    return rates


def _believed(how: Tuning) -> list[Point]:
    """Nineteen points of a log-normal distribution, together of the weight asked."""
    levels = ((i + 0.5) / 19 for i in range(19))
    return [
        (exp(how.spread * NormalDist().inv_cdf(level)), how.believed / 19)
        for level in levels
    ]


def _within(level: float, risk: float) -> float:
    """A level neither hopeless nor reckless, whatever a bad year did to it."""
    return min(max(level, risk / 7.5), risk / 7.5 * 20, 0.95)


def _quantile(points: list[Point], level: float) -> float:
    """The factor that this share of the weight does not exceed."""
    goal = level * sum(weight for _factor, weight in points)
    for factor, weight in sorted(points):
        goal -= weight
        if goal <= 0:
            return factor
    return 0.0
