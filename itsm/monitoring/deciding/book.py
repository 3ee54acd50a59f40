"""What becomes of alerts: one function for what happens now and for trying rules out.

Pure and deterministic. A `Book` is what is known (open groups, what became of the same
alert before, maintenance, services); `decide` answers a decision for each alert, with
a code and facts that say why (`itsm.monitoring.words`), and keeps the book up to date.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from itsm.monitoring.deciding.rules import Action, By, Rule, Seen, rule_for
from itsm.monitoring.deciding.services import Graph
from itsm.monitoring.models import Alert, AlertGroup

Outcome, Kind = Alert.Decision, AlertGroup.Kind
FLAPS = 3  # that often it was over …
FLAPS_WITHIN = timedelta(hours=1)  # … within this time:
FLAPS_WAIT = timedelta(minutes=5)  # it has to last before it is worth an incident
Name = tuple[int, str]


@dataclass(slots=True, eq=False)
class Group:
    """Alerts that share an incident; `pk` None is one that this book made."""

    kind: str
    key: str
    rule: int | None
    opened_at: datetime
    last_at: datetime
    service: int | None = None
    services: list[int] = field(default_factory=list)
    pk: int | None = None
    incident: int | None = None
    adopts: "Group | None" = None  # whose incident it goes on with
    absorbs: "list[Group]" = field(default_factory=list)  # whose incidents join it
    size: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Former:
    """What became of the same alert the last time."""

    group: Group
    ended_at: datetime | None  # of its incident; None while that is open
    may_reopen: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which alerts of these services are expected."""

    name: str
    services: frozenset[int]
    source: int | None
    starts_at: datetime
    ends_at: datetime

    def covers(self, alert: Seen, at: datetime) -> bool:
        """Whether the alert is expected now."""
        is_now = self.starts_at <= at < self.ends_at
        is_its = self.source in {None, alert.source}
        return is_now and is_its and alert.service in self.services


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an alert, and why. `until`: it is looked at again then."""

    alert: Seen
    outcome: Alert.Decision
    code: str
    rule: Rule
    facts: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    group: Group | None = None

    @property
    def why(self) -> dict[str, Any]:
        """As its row keeps it."""
        return {"code": self.code, "rule": self.rule.name, **self.facts}


@dataclass(slots=True)
class Book:
    """What is known when alerts are decided."""

    rules: Sequence[Rule] = ()
    graph: Graph = field(default_factory=lambda: Graph({}))
    windows: Sequence[Window] = ()
    names: Mapping[int, str] = field(default_factory=dict)  # of services
    groups: dict[str, Group] = field(default_factory=dict)  # open ones, by key
    closings: dict[Name, list[datetime]] = field(default_factory=dict)  # when it ended
    former: dict[Name, Former] = field(default_factory=dict)
    alone: dict[int, list[tuple[datetime, Group]]] = field(default_factory=dict)
    # … alerts of a service that stood for themselves lately, for storms
    closed: list[Group] = field(default_factory=list)  # their windows have rolled on

    def decide(self, alerts: Iterable[Seen], at: datetime) -> list[Decision]:
        """A decision for each, oldest first; they may be given in any order."""
        decided, ready = [], []
        for alert in sorted(alerts, key=lambda one: (one.first_at, one.pk)):
            rule = rule_for(alert, self.rules)
            decision = self._gate(alert, rule, at)
            if decision is None:
                ready.append((alert, rule))
            else:
                decided.append(decision)
        times = self._times(ready)
        decided += [self._place(a, r, times.get(a.service, []), at) for a, r in ready]
        return sorted(decided, key=lambda one: (one.alert.first_at, one.alert.pk))

    def keys(self, alerts: Iterable[Seen]) -> set[str]:
        """The groups that might be asked for."""
        found = set()
        for alert in alerts:
            rule = rule_for(alert, self.rules)
            found |= {key_of(rule, alert), storm_key(alert)}
        return found

    def _gate(self, alert: Seen, rule: Rule, at: datetime) -> Decision | None:
        """Why it is not worth an incident, or not yet; None where it is."""

        def say(
            outcome: Alert.Decision,
            code: str,
            until: datetime | None = None,
            **facts: Any,
        ) -> Decision:
            return Decision(alert, outcome, code, rule, facts, until)

        if not alert.is_open:
            return say(Outcome.CLEARED, "cleared_early")
        window = next((w for w in self.windows if w.covers(alert, at)), None)
        if window is not None:
            ends = window.ends_at
            return say(
                *(Outcome.RECORDED, "recorded_maintenance", ends),
                window=window.name,
                ends=ends.isoformat(),
            )
        if rule.action == Action.RECORD:
            code = "recorded_info" if rule.pk is None else "recorded_rule"
            return say(Outcome.RECORDED, code)
        if rule.action == Action.SUPPRESS:
            return say(Outcome.SUPPRESSED, "suppressed_rule")
        n = sum(1 for one in alert.recent if alert.last_at - one < rule.within)
        if max(n, 1) < rule.threshold:
            seconds = int(rule.within.total_seconds())
            told = {"n": n, "of": rule.threshold, "seconds": seconds}
            return Decision(alert, Outcome.WAITING, "waits_threshold", rule, told)
        return self._patience(alert, rule, at)

    def _patience(self, alert: Seen, rule: Rule, at: datetime) -> Decision | None:
        """Wait a while for it to end by itself, longer for what comes and goes."""
        since = alert.first_at - FLAPS_WITHIN
        ended = self.closings.get(alert.name, ())
        flaps = sum(1 for one in ended if since < one <= alert.first_at)
        wait = FLAPS_WAIT if flaps >= FLAPS else timedelta(0)
        wait_for = max(wait, rule.delay)
        until = alert.first_at + wait_for
        if not wait_for or at >= until:
            return None
        code = "waits_flapping" if wait > rule.delay else "waits_delay"
        facts = {"times": flaps, "seconds": int(wait_for.total_seconds())}
        return Decision(alert, Outcome.WAITING, code, rule, facts, until)

    def _times(
        self, ready: Iterable[tuple[Seen, Rule]]
    ) -> dict[int, list[tuple[datetime, int]]]:
        """When alerts that stand for themselves began, by service."""
        found: dict[int, list[tuple[datetime, int]]] = {}
        for alert, rule in ready:
            if rule.group_by == By.ALERT and rule.storm:
                if alert.service not in found:
                    before = self.alone.get(alert.service, ())
                    found[alert.service] = sorted((at, 0) for at, _group in before)
                insort(found[alert.service], (alert.first_at, alert.pk))
        return found

    def _place(
        self,
        alert: Seen,
        rule: Rule,
        times: Sequence[tuple[datetime, int]],
        at: datetime,
    ) -> Decision:
        """Into the incident where it belongs, or a new one."""
        former = None if alert.is_anew else self.former.get(alert.name)
        if former is not None:
            if former.ended_at is None:
                return self._join(former.group, alert, rule, "joined_same")
            if former.may_reopen and at - former.ended_at < rule.reopen_within:
                return self._reopen(former, alert, rule)
        if rule.group_by == By.ALERT and rule.storm:
            group = self._storm(alert, rule, times)
            if group is not None:
                return group
        return self._grouped(alert, rule)

    def _grouped(self, alert: Seen, rule: Rule) -> Decision:
        group = self._fitting(alert, rule)
        if group is not None:
            return self._join(group, alert, rule, f"joined_{group.kind}")
        group = self._begin(alert, rule, rule.group_by, key_of(rule, alert))
        if rule.group_by == By.ALERT:
            self.alone.setdefault(alert.service, []).append((alert.first_at, group))
        return self._enter(group, alert, rule, Outcome.OPENED, f"opened_{group.kind}")

    def _fitting(self, alert: Seen, rule: Rule) -> Group | None:
        """The open group of the rule that it falls into, while its window rolls."""
        if rule.group_by == By.DEPENDENCIES:
            return self._depending(alert, rule)
        group = self.groups.get(key_of(rule, alert))
        if group is None or self._rolls(group, alert, rule):
            return group
        self._close(group)
        return None

    def _depending(self, alert: Seen, rule: Rule) -> Group | None:
        """The oldest of the rule's groups whose services share something with it."""
        mine = [
            group
            for group in self.groups.values()
            if group.kind == Kind.DEPENDENCIES and group.rule == rule.pk
        ]
        for group in sorted(mine, key=lambda one: (one.opened_at, one.key)):
            if not self._rolls(group, alert, rule):
                self._close(group)
            elif self.graph.shared([*group.services, alert.service]):
                return group
        return None

    def _storm(
        self, alert: Seen, rule: Rule, times: Sequence[tuple[datetime, int]]
    ) -> Decision | None:
        """Its service's storm, where there is one or this alert makes it one."""
        key = storm_key(alert)
        group = self.groups.get(key)
        if group is not None and not self._rolls(group, alert, rule):
            self._close(group)
            group = None
        if group is not None:
            return self._join(group, alert, rule, "joined_storm")
        n = _crowd(alert, times, rule)
        if n < rule.storm:
            return None
        group = self._begin(alert, rule, Kind.STORM, key)
        lately = self._lately(alert, rule)
        if not lately:
            done = Outcome.OPENED, "opened_storm"
        else:
            done = Outcome.JOINED, "joined_storm"
            group.adopts, *group.absorbs = lately
            group.size = len(lately)
        return self._enter(group, alert, rule, *done, crowd=n)

    def _lately(self, alert: Seen, rule: Rule) -> list[Group]:
        """What of its service stood for itself until now, the first before all."""
        near = [
            (at, group)
            for at, group in self.alone.get(alert.service, ())
            if abs(alert.first_at - at) < rule.window and not group.is_over
        ]
        found = {id(g): g for _at, g in sorted(near, key=lambda p: (p[0], p[1].key))}
        return list(found.values())

    def _rolls(self, group: Group, alert: Seen, rule: Rule) -> bool:
        """Whether the group still takes it: alone as long as its incident is open."""
        if group.kind == Kind.ALERT:
            return True
        return alert.first_at - group.last_at <= rule.window

    def _begin(self, alert: Seen, rule: Rule, kind: str, key: str) -> Group:
        group = Group(kind, key, rule.pk, alert.first_at, alert.first_at)
        group.service = alert.service
        self.groups[key] = group
        return group

    def _close(self, group: Group) -> None:
        group.is_over = True
        self.closed.append(group)
        if self.groups.get(group.key) is group:
            del self.groups[group.key]

    def _reopen(self, former: Former, alert: Seen, rule: Rule) -> Decision:
        ended = former.ended_at or alert.first_at
        facts = {"seconds": max(0, int((alert.first_at - ended).total_seconds()))}
        group = former.group
        self.groups.setdefault(group.key, group)
        return self._enter(
            group, alert, rule, Outcome.REOPENED, "reopened_again", **facts
        )

    def _join(self, group: Group, alert: Seen, rule: Rule, code: str) -> Decision:
        return self._enter(group, alert, rule, Outcome.JOINED, code)

    def _enter(
        self,
        group: Group,
        alert: Seen,
        rule: Rule,
        outcome: Alert.Decision,
        code: str,
        **more: Any,
    ) -> Decision:
        group.size += 1
        self.former[alert.name] = Former(group, None)
        group.last_at = max(group.last_at, alert.first_at)
        if alert.service not in group.services:
            group.services = [*group.services, alert.service]
            if group.kind == Kind.DEPENDENCIES:
                group.service = self.graph.lowest(group.services)
        facts = {
            "n": group.size,
            "service": self.names.get(group.service or 0, ""),
            "seconds": int(rule.window.total_seconds()),
            **more,
        }
        if group.kind == Kind.LABELS:
            facts["labels"] = _values(rule, alert)
        return Decision(alert, outcome, code, rule, facts, group=group)


def key_of(rule: Rule, alert: Seen) -> str:
    """What the alerts of a group have in common."""
    if rule.group_by == By.ALERT:
        return f"alert:{alert.source}:{alert.key}"
    of = f"{rule.group_by}:{rule.pk or 0}"
    if rule.group_by == By.LABELS:
        values = json.dumps(_values(rule, alert), sort_keys=True)
        return f"{of}:{sha256(values.encode()).hexdigest()}"
    return f"{of}:{alert.service}"


def storm_key(alert: Seen) -> str:
    """The storm of a service."""
    return f"storm:{alert.service}"


def _values(rule: Rule, alert: Seen) -> dict[str, str | None]:
    return {name: alert.labels.get(name) for name in rule.labels}


def _crowd(alert: Seen, times: Sequence[tuple[datetime, int]], rule: Rule) -> int:
    """The most alerts of its service in any window of the rule's that holds it."""
    starts = [at for at, _pk in times]
    low = bisect_right(starts, alert.first_at - rule.window)
    high = bisect_left(starts, alert.first_at + rule.window)
    most, end = 0, low
    for start in range(low, high):
        if starts[start] > alert.first_at:
            break
        while end < high and starts[end] - starts[start] < rule.window:
            end += 1
        most = max(most, end - start)
    return most
