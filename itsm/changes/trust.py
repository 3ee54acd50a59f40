"""What a record is worth: how often such a change fails at most, with 95 % certainty.

Pure. Where none of n failed the bound is 3/n (Hanley and Lippman-Hand, JAMA 1983: the
rule of three); else the exact one of Clopper and Pearson (Biometrika 1934): the share p
at which so few failures, or fewer, have a chance of 5 %.
"""

from dataclasses import dataclass
from math import exp, fsum, lgamma, log, log1p

from processes.control import Trust

DOUBT = 0.05
STANDARD, SUSPENDED, NORMAL = "standard", "suspended", "normal"


@dataclass(frozen=True, slots=True)
class Record:
    """How many changes have ended, and how many of them failed."""

    ended: int = 0
    failed: int = 0

    @property
    def bound(self) -> float:
        """The upper 95 % bound of the share that fails; 1 while nothing is known."""
        return upper_bound(self.ended, self.failed)


def upper_bound(ended: int, failed: int) -> float:
    """At most this share fails, with 95 % certainty (one-sided); 0 to 1."""
    if not 0 <= failed <= ended:
        raise ValueError(f"{failed} of {ended} cannot have failed")
    if ended == 0 or failed == ended:
        return 1.0
    if failed == 0:
        return min(1.0, 3 / ended)
    low, high = failed / ended, 1.0
    for _step in range(50):  # halves the interval: exact to 15 digits
        middle = (low + high) / 2
        if chance_of_at_most(failed, ended, middle) > DOUBT:
            low = middle
        else:
            high = middle
    return high


def chance_of_at_most(failed: int, ended: int, share: float) -> float:
    """The chance that at most so many of so many fail, where each does with `share`."""
    logs = [
        _log_ways(ended, k) + k * log(share) + (ended - k) * log1p(-share)
        for k in range(failed + 1)
    ]
    return fsum(map(exp, logs))


def _log_ways(n: int, k: int) -> float:
    """The logarithm of n over k: the number itself may be too large for a float."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def speaks_for(rules: Trust, standing: str, record: Record) -> str:
    """The standing that a record earns, where it is another one; else empty.

    A few changes prove nothing either way: standard status waits for `least` of them,
    suspension for the first that failed.
    """
    if standing == STANDARD:
        lost = record.failed > 0 and record.bound >= rules.suspend_over
        return SUSPENDED if lost else ""
    earned = record.ended >= rules.least and record.bound <= rules.standard_under
    return STANDARD if earned else ""


FEW = 5  # fewer say nothing


def standing_of(record: Record, most: float) -> str:
    """A record in one word, for the risk: good, few, or poor above so large a share."""
    if record.failed and record.failed / record.ended > most:
        return "poor"
    return "few" if record.ended < FEW else "good"
