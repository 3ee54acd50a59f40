"""How often forecasts keep their word, on the past of 39 teams; the table of the docs.

The days on which issues of open-source projects were resolved (the data set TAWOS), in
a folder beside the project or in FORECASTS. Working days; from the sixtieth on a word
every twenty, where the last sixty hold ten or more. `python -m bench.forecasts` prints
docs/forecasts.md's tables.
"""

import lzma
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from backlog.measures.forecast import (
    DAYS,
    FROM,
    SURE,
    USUAL,
    Tuning,
    done_within,
    words,
)

ROOT = Path(__file__).resolve().parents[1]
DATA = "data/tawos_completion_dates"
BESIDE = (found for up in ROOT.parents[:2] for found in up.glob(f"*/{DATA}"))
FOLDER = Path(os.environ.get("FORECASTS") or next(BESIDE, ROOT.parent / DATA))
FEW = 10  # done in the last sixty days; with fewer nobody asks
MANY = 50  # trials from which a single project is looked at
POOLED, WORST, RATIO = (0.83, 0.87), 0.78, 0.56  # what is asked for
NAMES = ("forecasts, come true", "forecasts, worst project", "forecasts, how much")
Series = dict[str, list[int]]
Words = Iterable[tuple[int, int]]
Row = dict[str, Any]


@dataclass(slots=True)
class Record:
    """How often a word was given and kept; what it promised, and what was done."""

    trials: int = 0
    kept: int = 0
    promised: int = 0
    done: int = 0

    def __add__(self, other: "Record") -> "Record":
        return Record(
            self.trials + other.trials,
            self.kept + other.kept,
            self.promised + other.promised,
            self.done + other.done,
        )

    @property
    def share(self) -> float:
        """Of words kept."""
        return self.kept / self.trials if self.trials else 1.0

    @property
    def ratio(self) -> float:
        """Of what was done, so much was promised."""
        return self.promised / self.done if self.done else 0.0


Records = dict[str, Record]


def series() -> Series:
    """What each project finished on each working day; days at weekends left out."""
    found = {}
    for path in sorted(FOLDER.glob("*.csv*")):
        with (lzma.open if path.suffix == ".xz" else open)(path, "rt") as file:
            days = Counter(date.fromisoformat(line.strip()) for line in file)
        worked = {day: many for day, many in days.items() if day.weekday() < 5}
        found[path.name.split(".")[0]] = [
            worked.get(day, 0) for day in _weekdays(min(worked), max(worked))
        ]
    return found


def _weekdays(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        if (day := first + timedelta(n)).weekday() < 5:
            yield day


def aligned(done: Sequence[int]) -> Sequence[int]:
    """Without the days at the end that make no whole period."""
    return done[: len(done) - (len(done) - FROM) % DAYS] if len(done) >= FROM else []


def ours(done: Sequence[int], how: Tuning = USUAL) -> Words:
    """The product's words, each from the past before it alone."""
    return words(done, how=how)


def sampled(done: Sequence[int]) -> Words:
    """As tools do: days of the last sixty drawn at random, the 15th percentile."""
    rng = random.Random(1)
    for day in range(FROM, len(done) + 1, DAYS):
        past = done[day - FROM : day]
        sums = sorted(sum(rng.choices(past, k=DAYS)) for _ in range(300))
        yield day, sums[int((1 - SURE) * 300)]


def halved(done: Sequence[int]) -> Words:
    """A rule of thumb: half of what the last twenty days brought."""
    for day in range(FROM, len(done) + 1, DAYS):
        yield day, sum(done[day - DAYS : day]) // 2


def record(done: Sequence[int], say: Callable[[Sequence[int]], Words]) -> Record:
    """Every word about one project against what came."""
    found = Record()
    for day, promised in say(aligned(done)):
        came = done[day : day + DAYS]
        if len(came) < DAYS or sum(done[day - FROM : day]) < FEW:
            continue
        is_kept = sum(came) >= promised
        found += Record(1, is_kept, promised, sum(came))
    return found


def records(data: Series, say: Callable[[Sequence[int]], Words]) -> Records:
    """One of each project."""
    return {name: record(done, say) for name, done in data.items()}


def pooled(found: Iterable[Record]) -> Record:
    """All trials in one."""
    return sum(found, Record())


def worst(found: Records) -> tuple[str, Record]:
    """The project with many trials whose words were kept least."""
    many = {name: one for name, one in found.items() if one.trials >= MANY}
    return min(many.items(), key=lambda item: item[1].share)


GRID = {
    "recent": (5, 10, 20),
    "memory": (250, 500, 1000),
    "believed": (3, 6, 12),
    "spread": (0.7, 0.9, 1.1),
    "step": (0.02, 0.05, 0.1),
}


def tunings() -> list[Tuning]:
    """Everything near what was chosen."""
    return [
        replace(USUAL, **dict(zip(GRID, values, strict=True)))
        for values in product(*GRID.values())
    ]


def left_out(
    data: Series, folds: int = 5
) -> tuple[Records, list[Tuning], list[Record]]:
    """Each fifth of the projects with what was chosen on the other four fifths.

    The choice is the tuning that promises most among those that keep the word of
    `POOLED`; also what every single tuning makes of all projects.
    """
    tried = {how: records(data, lambda done: ours(done, how)) for how in tunings()}  # noqa: B023
    names, found, chosen = sorted(data), Records(), []
    for fold in range(folds):
        out = set(names[fold::folds])

        def of_others(how: Tuning, out: set[str] = out) -> Record:
            return pooled(r for name, r in tried[how].items() if name not in out)

        keep = [h for h in tried if POOLED[0] <= of_others(h).share <= POOLED[1]]
        best = max(keep, key=lambda how: of_others(how).ratio)
        chosen.append(best)
        found |= {name: tried[best][name] for name in out}
    return found, chosen, [pooled(one.values()) for one in tried.values()]


def whens(data: Series, n: int = 12) -> Record:
    """The same for "when will these be done": every 60 days, of so many stories."""
    found = Record()
    for done in data.values():
        for day in range(FROM, len(done), 3 * DAYS):
            past = done[:day]
            within = done_within(past, n) if sum(past[-FROM:]) >= FEW else None
            if within is None or day + within > len(done):
                continue
            came = sum(done[day : day + within])
            found += Record(1, came >= n, n, came)
    return found


def run(wanted: Callable[[str], bool]) -> list[Row]:
    """The rows of the bench; none where the data are not there, and it says so."""
    if not any(wanted(name) for name in NAMES):
        return []
    data = series()
    if not data:
        print(f"forecasts: there are no series in {FOLDER}; nothing was measured")
        return []
    found = records(data, ours)
    whole, (name, least) = pooled(found.values()), worst(found)
    rows = [
        _row(NAMES[0], whole.share, POOLED[0], f"{whole.trials:,} words", POOLED[1]),
        _row(NAMES[1], least.share, WORST, f"{name}, {least.trials} words"),
        _row(NAMES[2], whole.ratio, RATIO, "promised of what was done"),
    ]
    return [row for row in rows if wanted(row["name"])]


def _row(name: str, value: float, least: float, note: str, most: float = 1.0) -> Row:
    return {
        "name": name,
        "ratio": round(value, 4),
        "budget": least,
        "ok": least <= value <= most,
        "note": f"{note}; at least {least:g}" + (f", at most {most:g}" * (most < 1)),
    }


def main() -> None:
    """Print the tables."""
    data = series()
    if not data:
        raise SystemExit(f"There are no series in {FOLDER}.")
    print("| words | come true | worst project | promised of done |\n|---|---|---|---|")
    methods = {"ours": ours, "the last 60 days sampled": sampled, "half": halved}
    for title, say in methods.items():
        found = records(data, say)
        whole, (name, least) = pooled(found.values()), worst(found)
        print(
            f"| {title} | {whole.share:.1%} of {whole.trials:,} | {least.share:.1%} "
            f"({name}) | {whole.ratio:.3f} |"
        )
    when = whens(data)
    print(f"\nwhen 12 are done: {when.share:.1%} of {when.trials:,}")
    found, chosen, each = left_out(data)
    out, (name, least) = pooled(found.values()), worst(found)
    print(
        f"left out: {out.share:.1%} of {out.trials:,}, {least.share:.1%} ({name}), "
        f"{out.ratio:.3f}"
    )
    print("chosen:", *chosen, sep="\n  ")
    shares, ratios = [r.share for r in each], [r.ratio for r in each]
    print(
        f"{len(each)} tunings: come true {min(shares):.1%} to {max(shares):.1%}, "
        f"promised {min(ratios):.3f} to {max(ratios):.3f}\n"
    )
    print("| project | words | come true | promised of done |\n|---|---|---|---|")
    for name, one in records(data, ours).items():
        if one.trials:
            print(f"| {name} | {one.trials} | {one.share:.1%} | {one.ratio:.3f} |")


if __name__ == "__main__":
    main()
