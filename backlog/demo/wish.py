"""What a story of the demo says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """One story; `scores` are value, time criticality, risk reduction and size."""

    title: str
    as_a: str
    i_want: str
    so_that: str
    scores: tuple[int, int, int, int]
    points: int | None
    activity: int
    criteria: tuple[str, ...] = ()
    about: str = ""  # what speaks for it: a topic of tickets
    published: bool = False
