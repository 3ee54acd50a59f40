"""A plain table of tickets, one row each, whatever its columns are called.

A row tells how a ticket stands, not how it came there; its history is its opening,
its present state and, where the row gives the times, its resolution and closing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from core.cells import plain
from itsm.tickets.exchange.cells import instant
from itsm.tickets.exchange.history import History, Step
from itsm.tickets.exchange.problems import BadFile, Unplaceable
from itsm.tickets.exchange.roster import Mentions, Roster
from itsm.tickets.exchange.rules import DONE, Rules
from itsm.tickets.exchange.sources import (
    LONGEST_TITLE,
    Checked,
    level,
    named,
    reference,
    type_of,
)
from itsm.tickets.exchange.tables import Row
from itsm.tickets.states import Level, TicketType

# Our fields, and the names other tools give their columns.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "number": ("id", "key", "issue key", "ticket", "ticket number", "ticket id"),
    "title": ("subject", "summary", "short description", "name"),
    "description": ("details", "body", "text", "long description"),
    "type": ("ticket type", "issue type", "record type"),
    "state": ("status", "incident state"),
    "priority": ("prio",),
    "impact": (),
    "urgency": (),
    "requester": ("caller", "caller id", "reporter", "requested for", "opened by"),
    "owner": ("assigned to", "assignee", "agent", "owned by"),
    "team": ("assignment group", "group", "queue", "support group"),
    "service": ("business service", "product", "component"),
    "category": (),
    "opened_at": ("opened", "created", "created at", "created on", "creation date"),
    "resolved_at": ("resolved", "resolved on", "solved at", "resolution date"),
    "closed_at": ("closed", "closed on"),
    "resolution": ("close notes", "resolution notes", "solution"),
}
NEEDED = ("number", "title", "opened_at")
PEOPLE_AND_PLACES = ("requester", "owner", "team", "service", "category")
TIMES = ("opened_at", "resolved_at", "closed_at")
TYPES = {
    **{type_.value: type_ for type_ in TicketType},
    "service request": TicketType.REQUEST,
    "change request": TicketType.CHANGE,
}


class Mapped:
    """The source for `--format csv`. `given` is what `--map field=column` said."""

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        rules: Mapping[TicketType, Rules],
        given: Iterable[str] = (),
    ) -> None:
        self.columns = match(path, header, given)
        self.at = {field: header.index(name) for field, name in self.columns.items()}
        self.width = len(header)
        self.rules = rules
        self.mentions = Mentions()
        self.seen: set[str] = set()

    def check(self, cells: Sequence[str]) -> Checked:
        """Whether a row can be placed; see `sources.Source`."""
        if len(cells) != self.width:
            raise Unplaceable(f"it has {len(cells)} cells, the header has {self.width}")
        ref = reference(self._cell(cells, "number"))
        if ref in self.seen:
            raise Unplaceable("a row above has the same number")
        values = self._values(ref, cells)
        times = self._times(cells)
        if times["opened_at"] is None:
            raise Unplaceable("it does not say when it was opened")
        self.seen.add(ref)
        title = plain(self._cell(cells, "title"))
        self._mention(values)
        return Checked(
            ref,
            0,
            opened_at=times["opened_at"],
            remark=(
                f"its title was cut to {LONGEST_TITLE} characters"
                if len(title) > LONGEST_TITLE
                else ""
            ),
        )

    def _mention(self, values: Mapping[str, Any]) -> None:
        mentions, team, owner = self.mentions, values["team"], values["owner"]
        for name, known in (
            (values["requester"], mentions.requesters),
            (owner, mentions.staff),
            (team, mentions.teams),
            (values["service"], mentions.services),
            (values["category"], mentions.categories),
        ):
            if name:
                known.add(name)
        if team and owner:
            mentions.worked_in[team, owner] += 1

    def _cell(self, cells: Sequence[str], field: str) -> str:
        return cells[self.at[field]] if field in self.at else ""

    def _type(self, ref: str, cells: Sequence[str]) -> TicketType:
        word = plain(self._cell(cells, "type")).lower()
        if not word:
            return type_of(ref)
        if word not in TYPES:
            raise Unplaceable(f"the type {word!r} is not one of {', '.join(TYPES)}")
        return TYPES[word]

    def _times(self, cells: Sequence[str]) -> dict[str, datetime | None]:
        times: dict[str, datetime | None] = {}
        for field in TIMES:
            cell = plain(self._cell(cells, field))
            try:
                times[field] = instant(cell) if cell else None
            except (ValueError, OverflowError):
                raise Unplaceable(
                    f"{field} {cell!r} is not a time such as 2026-03-01T09:30:00Z "
                    "or 1/3/2026 09:30"
                ) from None
        return times

    def _values(self, ref: str, cells: Sequence[str]) -> dict[str, Any]:
        """The row's values by field, people and places still by name."""
        rules = self.rules[self._type(ref, cells)]
        impact = level(self._cell(cells, "impact"), "impact", Level.LOW)
        urgency = level(self._cell(cells, "urgency"), "urgency", Level.MEDIUM)
        matrix = rules.definition.priority[impact][urgency]
        names = {f: named(self._cell(cells, f)) for f in PEOPLE_AND_PLACES}
        return {
            "state": self._state(rules, cells),
            "wait_reason": "",
            "impact": impact,
            "urgency": urgency,
            "priority": _priority(plain(self._cell(cells, "priority"))) or matrix,
            **names,
        }

    def _state(self, rules: Rules, cells: Sequence[str]) -> str:
        word = plain(self._cell(cells, "state"))
        if word:
            return rules.state(word)
        times = self._times(cells)
        if times["closed_at"]:
            return rules.of_category("closed")
        return rules.of_category("resolved" if times["resolved_at"] else "new")

    def history(self, ref: str, rows: Sequence[Row], roster: Roster) -> History:
        """A ticket's history, as far as one row tells it."""
        cells = rows[0].cells
        type_, times = self._type(ref, cells), self._times(cells)
        values = self._values(ref, cells)
        values |= {
            "requester": roster.person(values["requester"]),
            "owner": roster.person(values["owner"]),
            "team": roster.team(values["team"]),
            "service": roster.service(values["service"]),
            "category": roster.category(values["category"]),
        }
        title = plain(self._cell(cells, "title"))
        return History(
            ref=ref,
            type=type_,
            title=(title or f"{type_.label} {ref}")[:LONGEST_TITLE],
            description=plain(self._cell(cells, "description")),
            steps=self._steps(self.rules[type_], values, times),
            resolved_at=times["resolved_at"],
            closed_at=times["closed_at"],
            resolution=plain(self._cell(cells, "resolution")),
            rows=len(rows),
        )

    def _steps(
        self,
        rules: Rules,
        values: dict[str, Any],
        times: Mapping[str, datetime | None],
    ) -> list[Step]:
        opened, resolved, closed = (times[field] for field in TIMES)
        assert opened is not None, "check() refuses rows without it"
        state, category = values["state"], rules.category(values["state"])
        steps = [Step(opened, None, values | {"state": rules.of_category("new")})]
        if category in ("resolved", "closed") and resolved:
            through = rules.of_category("resolved")
            to = state if category == "resolved" else through
            steps.append(Step(resolved, None, values | {"state": to}))
        if state != steps[-1].values["state"]:
            late = (closed or resolved or opened) if category in DONE else opened
            steps.append(Step(late, None, values))
        return steps


def _priority(word: str) -> int | None:
    if not word:
        return None
    digit = re.fullmatch(r"[Pp]?([1-5])(?:\D.*)?", word)
    if digit is None:
        raise Unplaceable(f"the priority {word!r} is not P1 to P5")
    return int(digit[1])


def match(
    path: Path, header: Sequence[str], given: Iterable[str] = ()
) -> dict[str, str]:
    """Which column each of our fields is read from: as given, else by its name.

    Raises BadFile for a pair that is not `field=column`, an unknown field or column,
    and where a needed field has no column.
    """
    columns: dict[str, str] = {}
    for pair in given:
        field, equals, column = pair.partition("=")
        if not equals or field not in SYNONYMS:
            raise BadFile(
                f"--map {pair} is not field=column; fields are {', '.join(SYNONYMS)}."
            )
        if column not in header:
            raise BadFile(
                f"--map {pair}: {path} has no column {column}. "
                f"Its columns are: {', '.join(header)[:500]}."
            )
        columns[field] = column
    plain = {_plain(name): name for name in reversed(header)}
    for field, others in SYNONYMS.items():
        for word in (_plain(field), *others):
            if word in plain and plain[word] not in columns.values():
                columns.setdefault(field, plain[word])
    missing = [field for field in NEEDED if field not in columns]
    if missing:
        raise BadFile(
            f"{path} has no column for {', '.join(missing)}; name it with "
            f"--map {missing[0]}=COLUMN. Its columns are: {', '.join(header)[:500]}."
        )
    return columns


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-.]+", " ", name).strip().lower()
