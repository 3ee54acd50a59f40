"""What a rule would have made of the last day, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itsm.monitoring.deciding.trying import Outcome, try_out
from itsm.monitoring.models import Alert, AlertRule
from itsm.monitoring.words import sentence

SHOWN = 20  # incidents


@dataclass(frozen=True, slots=True)
class Would:
    """One incident there would have been."""

    service: str
    n: int
    because: str
    examples: Sequence[Alert]


@dataclass(frozen=True, slots=True)
class Trial:
    """The comparison: so many alerts, so many incidents, and what there were."""

    alerts: int
    incidents: int
    really: int
    would: list[Would]
    other: list[tuple[str, int]]  # what else would have become of them
    is_cut: bool

    @property
    def share(self) -> float:
        """Incidents that would have been, as a share of the longer bar."""
        return self.incidents / max(self.incidents, self.really, 1)

    @property
    def share_really(self) -> float:
        """The same of those there were."""
        return self.really / max(self.incidents, self.really, 1)


def trial(rule: AlertRule, *, at: datetime) -> Trial:
    """Nothing is changed by it. A handful of queries, however many alerts."""
    return _told(try_out(rule, at=at))


def _told(found: Outcome) -> Trial:
    would = [
        Would(one.service, one.n, sentence(one.why), one.examples)
        for one in found.groups[:SHOWN]
    ]
    other = [
        (str(Alert.Decision(name).label), n) for name, n in found.other.most_common()
    ]
    return Trial(
        found.alerts, found.incidents, found.really, would, other, found.is_cut
    )
