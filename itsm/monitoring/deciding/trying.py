"""A rule tried on what really came in: what would it have made of the last day?

The alerts are played again in the order in which they came, second by second, through
the function that decides live ones (`book`), with the rules that are switched on and
the tried one at its place among them. Only alerts that it would have matched are told.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from itsm.monitoring.deciding import state
from itsm.monitoring.deciding.book import Book, Decision, Former, Group, Name, Window
from itsm.monitoring.deciding.rules import (
    OnClear,
    Rule,
    Seen,
    rule_for,
    rules_of,
)
from itsm.monitoring.models import Alert, AlertRule, Maintenance
from people.models import Service

DAY = timedelta(days=1)
MOST = 5000  # alerts; the newest where there are more
EXAMPLES = 3
SECOND = timedelta(seconds=1)
TRIED = -1  # stands for the id of a draft


@dataclass(frozen=True, slots=True)
class Grouped:
    """One incident that would have been: how many alerts, and the first of them."""

    why: dict[str, object]  # of the alert that opened it; for words.sentence
    n: int
    examples: Sequence[Alert]
    service: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule would have made of its alerts, and what became of them in truth.

    `other` counts alerts by what else would have become of them: waiting, recorded,
    suppressed, cleared (before they were worth an incident). `is_cut`: there were more.
    """

    alerts: int
    incidents: int
    groups: Sequence[Grouped]
    really: int  # incidents that the same alerts are in
    other: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False


@dataclass(slots=True)
class _Playing:
    """A day, played again."""

    book: Book
    windows: Sequence[Window]
    rows: dict[int, Alert]
    decided: dict[int, Decision] = field(default_factory=dict)
    still: dict[int, set[int]] = field(default_factory=dict)  # open alerts, by group
    names: dict[int, set[Name]] = field(default_factory=dict)  # of alerts, by group
    parts: dict[int, set[Group]] = field(default_factory=dict)  # what goes on in it
    into: dict[int, Group] = field(default_factory=dict)  # whose storm absorbed which

    def run(self, until: datetime) -> None:
        """Each second with what begins, repeats, is due or ends in it."""
        ahead = [moment for row in self.rows.values() for moment in _moments(row)]
        heapify(ahead)
        while ahead and ahead[0][0] <= until:
            at = ahead[0][0] + SECOND
            due: set[int] = set()
            ended: set[int] = set()
            while ahead and ahead[0][0] < at:
                _when, is_end, pk = heappop(ahead)
                (ended if is_end else due).add(pk)
            self._decide(due | ended, at, ahead)
            for pk in sorted(ended):
                self._end(pk)

    def _decide(
        self, due: set[int], at: datetime, ahead: list[tuple[datetime, bool, int]]
    ) -> None:
        self.book.windows = [w for w in self.windows if w.starts_at <= at < w.ends_at]
        open_ = {pk for pk in due if not self._is_settled(pk)}
        seen = [Seen.of(self.rows[pk], at) for pk in sorted(open_)]
        for decision in self.book.decide(seen, at):
            pk = decision.alert.pk
            self.decided[pk] = decision
            if decision.group is not None:
                self._absorb(decision.group)
                key = id(self.final(decision.group))
                self.still.setdefault(key, set()).add(pk)
                self.names.setdefault(key, set()).add(decision.alert.name)
                self.parts.setdefault(key, set()).add(decision.group)
            if decision.until is not None:
                heappush(ahead, (decision.until, False, pk))

    def final(self, group: Group) -> Group:
        """In whose incident it goes on: a storm's is the first of its alerts'."""
        while (other := group.adopts or self.into.get(id(group))) is not None:
            group = other
        return group

    def _absorb(self, group: Group) -> None:
        for other in group.absorbs:
            self.into[id(other)] = group
            into = id(self.final(group))
            every: tuple[dict[int, Any], ...] = (self.still, self.names, self.parts)
            for kept in every:
                moved = kept.pop(id(other), set())
                kept.setdefault(into, set()).update(moved)
        group.absorbs = []

    def _is_settled(self, pk: int) -> bool:
        decision = self.decided.get(pk)
        return decision is not None and (
            decision.group is not None or not decision.alert.is_open
        )

    def _end(self, pk: int) -> None:
        """It cleared; with the last one its incident ends."""
        row, decision = self.rows[pk], self.decided.get(pk)
        name = (row.source_id, row.key)
        if row.cleared_at is None:
            return
        self.book.closings.setdefault(name, []).append(row.cleared_at)
        group = decision.group if decision else None
        if decision is None or group is None:
            return
        group = self.final(group)
        still = self.still[id(group)]
        still.discard(pk)
        if not still and decision.rule.on_clear != OnClear.NOTE:
            self._over(group, row.cleared_at)

    def _over(self, group: Group, at: datetime) -> None:
        for part in self.parts.get(id(group), ()):
            if self.book.groups.get(part.key) is part:
                part.is_over = True
                del self.book.groups[part.key]
        for name in self.names.get(id(group), ()):
            if self.final(self.book.former[name].group) is group:
                self.book.former[name] = Former(group, at)


def try_out(rule: AlertRule, *, at: datetime) -> Outcome:
    """What the rule, saved or a draft, would have made of the 24 hours before `at`."""
    tried = replace(Rule.of(rule), pk=rule.pk or TRIED)
    rows = _rows(at - DAY, at)
    playing = _Playing(
        book=Book(
            rules=_with(tried, rule),
            graph=state.graph(),
            names=dict(Service.objects.values_list("pk", "name")),
        ),
        windows=_windows(at - DAY, at),
        rows={row.pk: row for row in rows[:MOST]},
    )
    playing.run(at)
    return _told(playing, tried, is_cut=len(rows) > MOST)


def _with(tried: Rule, row: AlertRule) -> tuple[Rule, ...]:
    """The rules that are switched on, with the tried one at its place."""
    live = list(AlertRule.objects.filter(is_active=True).exclude(pk=row.pk))
    before = [one for one in live if one.position < row.position]
    after = [one for one in live if one.position >= row.position]
    return (*rules_of(before), tried, *rules_of(after))


def _rows(since: datetime, until: datetime) -> list[Alert]:
    found = Alert.objects.filter(first_at__gt=since, first_at__lte=until)
    newest = found.defer("details").select_related("incident").order_by("-first_at")
    return sorted(newest[: MOST + 1], key=lambda row: (row.first_at, row.pk))


def _windows(since: datetime, until: datetime) -> list[Window]:
    rows = Maintenance.objects.filter(ends_at__gt=since, starts_at__lte=until)
    ordered = rows.order_by("ends_at", "pk").prefetch_related("services")
    return [state.window_of(row) for row in ordered]


def _moments(row: Alert) -> Iterable[tuple[datetime, bool, int]]:
    """When it was triggered, as far as that is known, and when it ended."""
    for at in {row.first_at, *row.recent}:
        yield at, False, row.pk
    if row.cleared_at is not None:
        yield row.cleared_at, True, row.pk


def _told(playing: _Playing, tried: Rule, *, is_cut: bool) -> Outcome:
    mine = [pk for pk, row in playing.rows.items() if _is_its(row, tried, playing)]
    members: dict[int, list[Decision]] = {}
    groups: dict[int, Group] = {}
    other: Counter[str] = Counter()
    for pk in mine:
        decision = playing.decided.get(pk)
        if decision is None or decision.group is None:
            other[decision.outcome.value if decision else "waiting"] += 1
            continue
        group = playing.final(decision.group)
        groups[id(group)] = group
        members.setdefault(id(group), []).append(decision)
    told = [_grouped(groups[key], found, playing) for key, found in members.items()]
    incidents = {playing.rows[pk].incident_id for pk in mine} - {None}
    return Outcome(
        alerts=len(mine),
        incidents=len(told),
        groups=sorted(told, key=lambda one: -one.n),
        really=len(incidents),
        other=other,
        is_cut=is_cut,
    )


def _is_its(row: Alert, tried: Rule, playing: _Playing) -> bool:
    return rule_for(Seen.of(row), playing.book.rules) is tried


def _grouped(group: Group, found: Sequence[Decision], playing: _Playing) -> Grouped:
    last = max(found, key=lambda one: (one.alert.first_at, one.alert.pk))
    return Grouped(
        why=last.why,
        n=len(found),
        examples=[playing.rows[one.alert.pk] for one in found[:EXAMPLES]],
        service=playing.book.names.get(group.service or 0, ""),
    )
