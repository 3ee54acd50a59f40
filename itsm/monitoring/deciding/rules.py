"""Rules as values, and what they look at. Pure: no clock, no database.

Rules are asked by position and the first that matches wins. What no rule matches is
decided by `DEFAULT`: what is worse than information opens an incident of its own at
once, from the tenth alert of a service in five minutes on all join one incident, and
when it is over the incident is resolved and, where nobody took it, closed. Information
is only recorded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from itsm.monitoring.models import Alert, AlertRule, Severity

Action, By, OnClear = AlertRule.Action, AlertRule.Group, AlertRule.OnClear
LABEL = "label:"  # a field of matches that names a label: label:cluster
FIELDS: Mapping[str, Any] = {
    "summary": _("Summary"),
    "key": _("Key"),
    "host": _("Host"),
    "component": _("Component"),
    "group": _("Group"),
    "class": _("Class"),
    LABEL: _("Label …"),
}
OPS: Mapping[str, Any] = {
    "is": _("is"),
    "is_not": _("is not"),
    "contains": _("contains"),
    "contains_not": _("does not contain"),
    "begins": _("begins with"),
    "ends": _("ends with"),
    "in": _("is one of"),  # value: a list, or words with commas between them
    "there": _("is there"),
    "missing": _("is missing"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert as it looks at one moment."""

    pk: int
    source: int
    key: str
    service: int
    severity: str
    first_at: datetime
    last_at: datetime
    recent: tuple[datetime, ...] = ()
    is_open: bool = True
    summary: str = ""
    host: str = ""
    component: str = ""
    group: str = ""
    class_: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    is_anew: bool = False  # what became of it before does not count

    @property
    def name(self) -> tuple[int, str]:
        """What makes it the same again."""
        return self.source, self.key

    @classmethod
    def of(cls, alert: Alert, at: datetime | None = None) -> Self:
        """A row, as it is; with `at` as it was then."""
        recent = tuple(t for t in alert.recent if at is None or t <= at)
        cleared = alert.cleared_at
        return cls(
            pk=alert.pk,
            source=alert.source_id,
            key=alert.key,
            service=alert.service_id,
            severity=alert.severity,
            first_at=alert.first_at,
            last_at=recent[-1] if recent else alert.first_at,
            recent=recent or (alert.first_at,),
            is_open=cleared is None or (at is not None and cleared > at),
            summary=alert.summary,
            host=alert.host,
            component=alert.component,
            group=alert.group_name,
            class_=alert.class_name,
            labels=alert.labels,
            is_anew=bool(alert.why.get("anew")),
        )


@dataclass(frozen=True, slots=True)
class Match:
    """One thing that must hold of an alert. Case does not matter."""

    field: str
    op: str
    value: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """As a rule's row keeps it; a text with commas is several where one will do."""
        value, op = told.get("value", ""), str(told.get("op", "is"))
        if op == "in" and isinstance(value, str):
            value = value.split(",")
        several = value if isinstance(value, list | tuple) else [value]
        words = tuple(str(one).strip().casefold() for one in several)
        return cls(str(told.get("field", "")), op, words)

    def holds(self, alert: Seen) -> bool:
        """Whether it does."""
        text = text_of(alert, self.field)
        check = CHECKS.get(self.op)
        if check is None:  # a word of a newer version: the rule is not for us
            return False
        return check((text or "").casefold(), self.value, text is not None)


Check = Callable[[str, tuple[str, ...], bool], bool]
CHECKS: Mapping[str, Check] = {
    "is": lambda text, value, there: there and text in value,
    "is_not": lambda text, value, there: text not in value,
    "contains": lambda text, value, there: any(one in text for one in value),
    "contains_not": lambda text, value, there: not any(one in text for one in value),
    "begins": lambda text, value, there: text.startswith(value),
    "ends": lambda text, value, there: text.endswith(value),
    "in": lambda text, value, there: there and text in value,
    "there": lambda text, value, there: bool(text),
    "missing": lambda text, value, there: not text,
}


def text_of(alert: Seen, name: str) -> str | None:
    """What an alert says in this field; None for a label that it does not have."""
    if name.startswith(LABEL):
        found = alert.labels.get(name.removeprefix(LABEL))
        return None if found is None else str(found)
    if name not in FIELDS:
        return None
    text: str = getattr(alert, "class_" if name == "class" else name)
    return text


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of AlertRule, or what holds where none matches (`pk` None)."""

    pk: int | None = None
    name: str = ""
    source: int | None = None
    service: int | None = None
    severities: frozenset[str] = frozenset()
    matches: tuple[Match, ...] = ()
    action: str = Action.OPEN.value
    threshold: int = 1
    within: timedelta = timedelta(minutes=10)
    delay: timedelta = timedelta(0)
    group_by: str = By.ALERT.value
    labels: tuple[str, ...] = ()
    window: timedelta = timedelta(minutes=5)
    storm: int = 10
    on_clear: str = OnClear.CLOSE.value
    reopen_within: timedelta = timedelta(0)

    @classmethod
    def of(cls, row: AlertRule) -> Self:
        """A row's, saved or not."""
        return cls(
            pk=row.pk,
            name=row.name,
            source=row.source_id,
            service=row.service_id,
            severities=frozenset(row.severities),
            matches=tuple(Match.of(one) for one in row.matches),
            action=row.action,
            threshold=row.threshold,
            within=row.within,
            delay=row.delay,
            group_by=row.group_by,
            labels=tuple(row.labels),
            window=row.window,
            storm=row.storm,
            on_clear=row.on_clear,
            reopen_within=row.reopen_within,
        )

    def is_for(self, alert: Seen) -> bool:
        """Whether it says what becomes of this alert."""
        return (
            self.source in {None, alert.source}
            and self.service in {None, alert.service}
            and (not self.severities or alert.severity in self.severities)
            and all(match.holds(alert) for match in self.matches)
        )


WORTH = frozenset(
    {Severity.CRITICAL.value, Severity.ERROR.value, Severity.WARNING.value}
)
DEFAULT = Rule(severities=WORTH)
QUIET = Rule(action=Action.RECORD.value)


def rule_for(alert: Seen, rules: Iterable[Rule]) -> Rule:
    """The first that matches."""
    for rule in rules:
        if rule.is_for(alert):
            return rule
    return DEFAULT if DEFAULT.is_for(alert) else QUIET


def rules_of(rows: Sequence[AlertRule]) -> tuple[Rule, ...]:
    """Rows as values, in the order in which they are asked."""
    return tuple(Rule.of(row) for row in sorted(rows, key=_place))


def _place(row: AlertRule) -> tuple[int, int]:
    return row.position, row.pk or 0
