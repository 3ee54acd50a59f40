"""The generic event log: each row says what a ticket was after one change.

Columns: number, at, state, group, person, requester, service, category, impact,
urgency, title. `person` is the owner. An empty cell means that there is none. Rows of
a ticket are ordered by `at`, ties as they stand in the file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.cells import plain
from itsm.tickets.exchange import tables
from itsm.tickets.exchange.cells import instant
from itsm.tickets.exchange.history import History, Step
from itsm.tickets.exchange.problems import Unplaceable
from itsm.tickets.exchange.roster import Mentions, Roster
from itsm.tickets.exchange.rules import Rules
from itsm.tickets.exchange.sources import (
    LONGEST_TITLE,
    Checked,
    level,
    microseconds,
    named,
    reference,
    type_of,
)
from itsm.tickets.exchange.tables import Row
from itsm.tickets.states import Level, TicketType

COLUMNS = (
    "number",
    "at",
    "state",
    "group",
    "person",
    "requester",
    "service",
    "category",
    "impact",
    "urgency",
    "title",
)


class EventLog:
    """The source for `--format log`."""

    def __init__(
        self, path: Path, header: Sequence[str], rules: Mapping[TicketType, Rules]
    ) -> None:
        self.at = tables.positions(path, header, COLUMNS)
        self.width = len(header)
        self.rules = rules
        self.mentions = Mentions()

    def check(self, cells: Sequence[str]) -> Checked:
        """Whether a row can be placed; see `sources.Source`."""
        if len(cells) != self.width:
            raise Unplaceable(f"it has {len(cells)} cells, the header has {self.width}")
        at = self.at
        ref = reference(cells[at["number"]])
        try:
            moment = instant(plain(cells[at["at"]]))
        except (ValueError, OverflowError):
            raise Unplaceable(
                f"at {cells[at['at']]!r} is not a time such as 2026-03-01T09:30:00Z"
            ) from None
        self.rules[type_of(ref)].state(plain(cells[at["state"]]))
        level(cells[at["impact"]], "impact", Level.LOW)
        level(cells[at["urgency"]], "urgency", Level.MEDIUM)
        self._mention({name: named(cells[at[name]]) for name in COLUMNS[3:8]})
        title = plain(cells[at["title"]])
        return Checked(
            ref,
            microseconds(moment),
            opened_at=moment,
            remark=(
                f"its title was cut to {LONGEST_TITLE} characters"
                if len(title) > LONGEST_TITLE
                else ""
            ),
        )

    def _mention(self, names: Mapping[str, str | None]) -> None:
        mentions, team, owner = self.mentions, names["group"], names["person"]
        if team:
            mentions.teams.add(team)
        if owner:
            mentions.staff.add(owner)
        if team and owner:
            mentions.worked_in[team, owner] += 1
        for key, known in (
            ("requester", mentions.requesters),
            ("service", mentions.services),
            ("category", mentions.categories),
        ):
            if name := names[key]:
                known.add(name)

    def history(self, ref: str, rows: Sequence[Row], roster: Roster) -> History:
        """A ticket's history; the last title it had is its title."""
        type_ = type_of(ref)
        titles = [plain(row.cells[self.at["title"]]) for row in rows]
        title = next((title for title in reversed(titles) if title), "")
        return History(
            ref=ref,
            type=type_,
            title=(title or f"{type_.label} {ref}")[:LONGEST_TITLE],
            steps=[self._step(type_, row.cells, roster) for row in rows],
            rows=len(rows),
        )

    def _step(self, type_: TicketType, cells: Sequence[str], roster: Roster) -> Step:
        at, rules = self.at, self.rules[type_]
        impact = level(cells[at["impact"]], "impact", Level.LOW)
        urgency = level(cells[at["urgency"]], "urgency", Level.MEDIUM)
        values: dict[str, Any] = {
            "state": rules.state(plain(cells[at["state"]])),
            "wait_reason": "",
            "team": roster.team(named(cells[at["group"]])),
            "owner": roster.person(named(cells[at["person"]])),
            "requester": roster.person(named(cells[at["requester"]])),
            "service": roster.service(named(cells[at["service"]])),
            "category": roster.category(named(cells[at["category"]])),
            "impact": impact,
            "urgency": urgency,
            "priority": rules.definition.priority[impact][urgency],
        }
        return Step(instant(plain(cells[at["at"]])), None, values)
