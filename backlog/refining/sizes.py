"""In what a process estimates: points, or sizes that stand for points."""

from collections.abc import Mapping, Sequence

from backlog.profile.models import Profile
from backlog.stories.models import SCALE

SIZES: Mapping[int, str] = {1: "XS", 2: "S", 5: "M", 8: "L", 13: "XL"}


def scale_of(profile: Profile) -> Sequence[tuple[int, str]]:
    """What can be said, as (points, word), the smallest first."""
    if profile.estimates == Profile.Estimates.SIZES:
        return list(SIZES.items())
    return [(points, str(points)) for points in SCALE]


def word_of(points: int | None, profile: Profile) -> str:
    """How an estimate is said here; points between two sizes are the larger one."""
    if points is None:
        return ""
    if profile.estimates != Profile.Estimates.SIZES:
        return str(points)
    fitting = (word for size, word in SIZES.items() if points <= size)
    return next(fitting, SIZES[max(SIZES)])
