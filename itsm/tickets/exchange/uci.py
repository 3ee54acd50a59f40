"""ServiceNow's incident audit log: one row per update, 36 columns.

Known from the "Incident management process enriched event log" of the UCI Machine
Learning Repository (doi.org/10.24432/C57S4H). Times are day/month/year without a
zone and taken as UTC, `?` means missing, rows are ordered by `sys_mod_count` and,
where two rows share one, as they stand in the file.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from itsm.tickets.exchange import tables
from itsm.tickets.exchange.cells import day_month_year
from itsm.tickets.exchange.history import History, Step
from itsm.tickets.exchange.problems import Unplaceable
from itsm.tickets.exchange.roster import Mentions, Roster
from itsm.tickets.exchange.rules import Rules
from itsm.tickets.exchange.sources import LEVELS, Checked, reference
from itsm.tickets.exchange.tables import Row
from itsm.tickets.states import Channel, TicketType

# The source's states: category of ours, wait reason, and what the mapping loses.
STATES = {
    "New": ("new", "", ""),
    "Active": ("active", "", ""),
    "Awaiting User Info": ("waiting", "requester", ""),
    "Awaiting Evidence": ("waiting", "requester", "Awaiting Evidence"),
    "Awaiting Vendor": ("waiting", "supplier", ""),
    "Awaiting Problem": ("waiting", "problem", ""),
    "Resolved": ("resolved", "", ""),
    "Closed": ("closed", "", ""),
    "-100": ("active", "", "-100"),  # a state whose label was deleted; still active
}
CHANNELS = {
    "Phone": Channel.PHONE,
    "IVR": Channel.PHONE,
    "Self service": Channel.PORTAL,
    "Email": Channel.MAIL,
}
STAFF = (
    "opened_by",
    "sys_created_by",
    "sys_updated_by",
    "assigned_to",
    "resolved_by",
)
COUNTS = ("sys_mod_count", "reassignment_count", "reopen_count")
KEPT = {  # facts of the source that we have no field for: our name, its column
    "location": "location",
    "subcategory": "subcategory",
    "symptom": "u_symptom",
    "configuration_item": "cmdb_ci",
    "problem": "problem_id",
    "change": "rfc",
    "vendor": "vendor",
    "caused_by": "caused_by",
    "knowledge": "knowledge",
    "priority_confirmed": "u_priority_confirmation",
    "notify": "notify",
    "contact_type": "contact_type",
}
REQUIRED = (
    "number",
    "incident_state",
    *COUNTS,
    "made_sla",
    "caller_id",
    *STAFF,
    "opened_at",
    "sys_updated_at",
    "category",
    "impact",
    "urgency",
    "priority",
    "assignment_group",
    "closed_code",
    "resolved_at",
    "closed_at",
    *KEPT.values(),
)
COUNT = re.compile("[0-9]{1,10}")
MOST = 2**31 - 1


class UciLog:
    """The source for `--format uci`."""

    def __init__(self, path: Path, header: Sequence[str], rules: Rules) -> None:
        self.at = tables.positions(path, header, REQUIRED)
        self.width = len(header)
        self.rules = rules
        self.mentions = Mentions()
        self.staff = [self.at[name] for name in STAFF]
        self.states = {
            name: self._state(category, reason)
            for name, (category, reason, _) in STATES.items()
        }

    def _state(self, category: str, reason: str) -> tuple[str, str]:
        state = self.rules.of_category(category)
        return state, self.rules.reason(state, reason)

    def check(self, cells: Sequence[str]) -> Checked:
        """Whether a row can be placed; see `sources.Source`."""
        if len(cells) != self.width:
            raise Unplaceable(f"it has {len(cells)} cells, the header has {self.width}")
        at = self.at
        ref = reference(cells[at["number"]])
        state = cells[at["incident_state"]]
        if state not in STATES:
            raise Unplaceable(f"the state {state!r} is not known")
        for name in COUNTS:
            count = cells[at[name]]
            if not COUNT.fullmatch(count) or int(count) > MOST:
                raise Unplaceable(f"{name} {count!r} is not a whole number")
        for name in ("opened_at", "sys_updated_at"):
            _time(cells[at[name]], name)
        for name in ("resolved_at", "closed_at"):
            if cells[at[name]] != "?":
                _time(cells[at[name]], name)
        if cells[at["made_sla"]] not in ("true", "false"):
            raise Unplaceable("made_sla is neither true nor false")
        for name in ("impact", "urgency"):
            _level(cells[at[name]], name)
        _priority(cells[at["priority"]])
        self._mention(cells)
        remark = ""
        if state == "-100":
            remark = (
                "the state -100 has no name in the source; kept as "
                f"{self.states[state][0]}, with the number in the event's source_state"
            )
        return Checked(ref, int(cells[at["sys_mod_count"]]), remark=remark)

    def _mention(self, cells: Sequence[str]) -> None:
        at, mentions = self.at, self.mentions
        if caller := _name(cells[at["caller_id"]]):
            mentions.requesters.add(caller)
        for place in self.staff:
            if name := _name(cells[place]):
                mentions.staff.add(name)
        group = _name(cells[at["assignment_group"]])
        if group:
            mentions.teams.add(group)
            if owner := _name(cells[at["assigned_to"]]):
                mentions.worked_in[group, owner] += 1
        if category := _name(cells[at["category"]]):
            mentions.categories.add(category)

    def history(self, ref: str, rows: Sequence[Row], roster: Roster) -> History:
        """An incident's history; `rows` by sys_mod_count, ties as in the file.

        Whether the target was met is what the last row in the file says, whatever
        its sys_mod_count; so the last event says it.
        """
        at = self.at
        steps = [self._step(row.cells, roster, n == 0) for n, row in enumerate(rows)]
        last = rows[-1].cells
        final = max(rows, key=lambda row: row.number).cells
        steps[-1].values["made_sla"] = final[at["made_sla"]] == "true"
        self._name_resolver(steps, roster.person(_name(last[at["resolved_by"]])))
        values = steps[-1].values
        kept = {name: values[name] for name in (*KEPT, "made_sla", "sys_mod_count")}
        code = _given(last[at["closed_code"]])
        return History(
            ref=ref,
            type=TicketType.INCIDENT,
            title=self._title(ref, last),
            steps=steps,
            channel=CHANNELS.get(last[at["contact_type"]], Channel.AGENT),
            resolved_at=_optional(last[at["resolved_at"]]),
            closed_at=_optional(last[at["closed_at"]]),
            resolution_code=(code or "")[:40],
            handovers=values["reassignment_count"],
            reopens=values["reopen_count"],
            extra={name: value for name, value in kept.items() if value is not None},
            rows=len(rows),
        )

    def _step(self, cells: Sequence[str], roster: Roster, is_first: bool) -> Step:
        at = self.at
        state, reason = self.states[cells[at["incident_state"]]]
        actor = roster.person(_name(cells[at["sys_updated_by"]]))
        if is_first:
            opened_by = roster.person(_name(cells[at["opened_by"]]))
            actor = (
                opened_by or roster.person(_name(cells[at["sys_created_by"]])) or actor
            )
        impact = _level(cells[at["impact"]], "impact")
        urgency = _level(cells[at["urgency"]], "urgency")
        values: dict[str, Any] = {
            "state": state,
            "wait_reason": reason,
            "team": roster.team(_name(cells[at["assignment_group"]])),
            "owner": roster.person(_name(cells[at["assigned_to"]])),
            "requester": roster.person(_name(cells[at["caller_id"]])),
            "service": None,
            "category": roster.category(_name(cells[at["category"]])),
            "impact": impact,
            "urgency": urgency,
            "priority": _priority(cells[at["priority"]])
            or self.rules.definition.priority[impact][urgency],
            "made_sla": cells[at["made_sla"]] == "true",
            "source_state": STATES[cells[at["incident_state"]]][2] or None,
        }
        for name in COUNTS:
            values[name] = int(cells[at[name]])
        for name, column in KEPT.items():
            values[name] = _given(cells[at[column]])
        time = cells[at["opened_at"]] if is_first else cells[at["sys_updated_at"]]
        return Step(day_month_year(time), actor, values)

    def _name_resolver(self, steps: list[Step], resolver: int | None) -> None:
        """Say who resolved it from the last step into a resolved state on."""
        if resolver is None:
            return
        resolved, before = None, ""
        for number, step in enumerate(steps):
            state = step.values["state"]
            if state != before and self.rules.category(state) == "resolved":
                resolved = number
            before = state
        start = len(steps) - 1 if resolved is None else resolved
        for step in steps[start:]:
            step.values["resolved_by"] = resolver

    def _title(self, ref: str, cells: Sequence[str]) -> str:
        """The source has no titles: its codes tell at least what kind it is."""
        symptom, category, part = (
            _given(cells[self.at[name]])
            for name in ("u_symptom", "category", "subcategory")
        )
        kind = ", ".join(name for name in (category, part) if name)
        if symptom and kind:
            title = f"{symptom} ({kind})"
        else:
            title = symptom or kind or f"Incident {ref}"
        return title[:250]


def _given(cell: str) -> str | None:
    return None if cell == "?" or not cell else cell


@lru_cache(maxsize=100_000)
def _name(cell: str) -> str | None:
    name = " ".join(cell.split())
    if len(name) > 200:
        raise Unplaceable("a name is longer than 200 characters")
    return None if name in ("?", "") else name


def _time(cell: str, column: str) -> datetime:
    try:
        return day_month_year(cell)
    except (ValueError, OverflowError):
        raise Unplaceable(f"{column} {cell!r} is not a day/month/year time") from None


def _optional(cell: str) -> datetime | None:
    return None if cell == "?" else day_month_year(cell)


@lru_cache(maxsize=1000)
def _level(cell: str, column: str) -> str:
    found = "medium" if cell == "?" else LEVELS.get(cell.partition(" ")[0])
    if found is None:
        raise Unplaceable(f"{column} {cell!r} is not 1 - High, 2 - Medium or 3 - Low")
    return found


@lru_cache(maxsize=1000)
def _priority(cell: str) -> int | None:
    digit = cell.partition(" ")[0]
    if cell == "?":
        return None
    if digit not in ("1", "2", "3", "4", "5"):
        raise Unplaceable(f"the priority {cell!r} is not 1 to 5")
    return int(digit)
