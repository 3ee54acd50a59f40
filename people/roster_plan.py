"""What a CSV file of people would do: read, and compared with who is there.

A column that is left out leaves its field alone; a cell that is empty empties it. What
is wrong is said with its line and what is expected; nothing is written here.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.cells import plain
from people.actions import LONGEST_EMAIL
from people.changes import not_a_person
from people.models import Organisation, Team, User
from people.policy import require
from people.roles import Role
from people.roster_cells import COLUMNS, now_of

NAMES = {"e-mail": "email", "mail": "email", "organization": "organisation"}
MOST_ROWS, MOST_LETTERS = 2000, 2_000_000
SAMPLE = 20
NAMED = 12  # of what there is, in a fault
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line of the file (1 is its head), and what is expected."""

    line: int
    column: str
    what: str


@dataclass(slots=True)
class Line:
    """What one line of the file comes down to."""

    number: int
    email: str
    user: User | None
    given: dict[str, Any] = field(default_factory=dict)
    teams: list[Team] | None = None
    manager: str | None = None  # by e-mail, for who may be new too
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def does(self) -> str:
        """create, change or same."""
        if self.user is None:
            return "create"
        return "change" if self.changes else "same"


@dataclass(slots=True)
class Plan:
    """What a file would do, without doing it."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)  # once it is

    @property
    def counts(self) -> Counter[str]:
        """How many would be created, changed, left as they are."""
        return Counter(line.does for line in self.lines)

    @property
    def sample(self) -> list[Line]:
        """The first that would change something."""
        return [line for line in self.lines if line.does != "same"][:SAMPLE]

    @property
    def fingerprint(self) -> str:
        """What was shown; a plan that comes out otherwise is shown again."""
        said = repr([(one.email, one.does, one.changes) for one in self.lines])
        return sha256(said.encode()).hexdigest()


def plan(text: str, *, by: User) -> Plan:
    """What the file would do. Raises Forbidden; what is wrong in it is in the plan."""
    require(by, "people.change")
    found = Plan()
    rows = _read(text, found.faults)
    if found.faults:
        return found
    reader = _Reader(rows, found.faults)
    for number, row in rows:
        line = reader.line(number, row)
        if line is not None:
            found.lines.append(line)
    return found


def _read(text: str, faults: list[Fault]) -> Sequence[tuple[int, Row]]:
    text = text.removeprefix("\ufeff").replace("\x00", "")
    if len(text) > MOST_LETTERS:
        faults.append(Fault(1, "", _("The file is too long; split it.")))
        return []
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [_column(cell) for cell in next(table, [])]
        _check_head(names, faults)
        rows = []
        for cells in table:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                sentence = _("There are %(found)s cells; the head has %(wanted)s.")
                words = {"found": len(cells), "wanted": len(names)}
                faults.append(Fault(table.line_num, "", sentence % words))
                continue
            values = map(plain, cells)
            rows.append((table.line_num, dict(zip(names, values, strict=True))))
    except csv.Error as error:
        faults.append(Fault(table.line_num, "", _("This is no CSV: %s.") % error))
        return []
    if not rows and not faults:
        faults.append(Fault(1, "", _("Nobody stands in the file.")))
    if len(rows) > MOST_ROWS:
        words = {"most": MOST_ROWS, "found": len(rows)}
        sentence = _("At most %(most)s people at once; here are %(found)s.")
        faults.append(Fault(1, "", sentence % words))
    return rows


def _column(cell: str) -> str:
    name = cell.strip().lower()
    return NAMES.get(name, name)


def _check_head(names: list[str], faults: list[Fault]) -> None:
    known = ", ".join(COLUMNS)
    for name in names:
        if name not in COLUMNS:
            words = {"name": name, "known": known}
            sentence = _("There is no column “%(name)s”; known are: %(known)s.")
            faults.append(Fault(1, name, sentence % words))
    if "email" not in names:
        faults.append(Fault(1, "email", _("The column email is needed.")))
    if len(set(names)) != len(names):
        faults.append(Fault(1, "", _("A column stands there twice.")))


class _Reader:
    """Compares lines with who is there: four queries for any number of lines."""

    def __init__(self, rows: Sequence[tuple[int, Row]], faults: list[Fault]) -> None:
        self.faults = faults
        emails = {row["email"].lower() for _n, row in rows}
        wanted = emails | {row.get("manager", "").lower() for _n, row in rows}
        people = User.objects.filter(email__in=wanted)
        people = people.select_related("organisation", "manager")
        self.people = {u.email: u for u in people.prefetch_related("teams")}
        self.known = emails | {u.email for u in self.people.values() if u.is_active}
        self.organisations = _by_name(Organisation)
        self.teams = _by_name(Team)
        self.seen: dict[str, int] = {}

    def line(self, number: int, row: Row) -> Line | None:
        """The line's meaning, or None where something in it is wrong."""
        before = len(self.faults)
        email = self._email(number, row["email"].lower())
        user = self.people.get(email)
        line = Line(number, email, user)
        if "name" in row or user is None:
            line.given["name"] = self._name(number, row.get("name", ""))
        if "organisation" in row:
            organisation = self._organisation(number, row["organisation"])
            line.given["organisation"] = organisation
        if "roles" in row:
            line.given["roles"] = self._roles(number, row["roles"])
        if "teams" in row:
            roles = line.given.get("roles", user.roles if user else [])
            line.teams = self._teams(number, row["teams"], roles)
        if "manager" in row:
            line.manager = self._manager(number, row["manager"].lower(), email)
        if "phone" in row:
            line.given["phone"] = self._short(number, "phone", row["phone"], 40)
        if "language" in row:
            line.given["language"] = self._language(number, row["language"])
        if len(self.faults) > before:
            return None
        line.changes = _changes(line)
        return line

    def _fault(self, number: int, column: str, what: str) -> None:
        self.faults.append(Fault(number, column, what))

    def _email(self, number: int, email: str) -> str:
        try:
            validate_email(email)
            if len(email) > LONGEST_EMAIL:
                raise ValidationError("too long")
        except ValidationError:
            what = _("“%(email)s” is not an e-mail address.") % {"email": email}
            self._fault(number, "email", what)
        if (known := self.people.get(email)) is not None and known.is_machine:
            self._fault(number, "email", not_a_person(known))
        if email in self.seen:
            words = {"line": self.seen[email]}
            self._fault(number, "email", _("Stands in line %(line)s already.") % words)
        self.seen.setdefault(email, number)
        return email

    def _name(self, number: int, name: str) -> str:
        if not name:
            self._fault(number, "name", _("A name is needed."))
        return self._short(number, "name", name, 200)

    def _short(self, number: int, column: str, value: str, most: int) -> str:
        if len(value) > most:
            words = {"most": most}
            what = _("At most %(most)s characters are possible.") % words
            self._fault(number, column, what)
        return value

    def _organisation(self, number: int, name: str) -> Organisation | None:
        if not name:
            return None
        found: Organisation | None = self.organisations.get(name.casefold())
        if found is None:
            words = {"name": name, "known": _some(self.organisations)}
            what = _("There is no organisation “%(name)s”; there are: %(known)s.")
            self._fault(number, "organisation", what % words)
        return found

    def _roles(self, number: int, cell: str) -> list[str]:
        roles = _several(cell)
        for role in roles:
            if role not in Role.values:
                words = {"name": role, "known": ", ".join(Role.values)}
                what = _("There is no role “%(name)s”; there are: %(known)s.")
                self._fault(number, "roles", what % words)
        return [role.value for role in Role if role.value in roles]

    def _teams(self, number: int, cell: str, roles: list[str]) -> list[Team]:
        found = []
        for name in _several(cell):
            team = self.teams.get(name)
            if team is None:
                words = {"name": name, "known": _some(self.teams)}
                what = _("There is no team “%(name)s”; there are: %(known)s.")
                self._fault(number, "teams", what % words)
            else:
                found.append(team)
        if found and not set(roles) - {Role.REQUESTER}:
            what = _("Who is in a team needs a role that works here, like agent.")
            self._fault(number, "teams", what)
        return found

    def _manager(self, number: int, manager: str, email: str) -> str:
        if manager and manager == email:
            self._fault(number, "manager", _("They would be their own manager."))
        elif manager and manager not in self.known:
            what = _("Nobody with access, and no line here, has the e-mail %(email)s.")
            self._fault(number, "manager", what % {"email": manager})
        return manager

    def _language(self, number: int, language: str) -> str:
        if language and language not in dict(settings.LANGUAGES):
            words = {"known": ", ".join(dict(settings.LANGUAGES))}
            self._fault(number, "language", _("Possible are: %(known)s.") % words)
        return language


def _by_name(model: Any) -> dict[str, Any]:
    rows = list(model.objects.filter(is_active=True))
    names = {row.name.casefold(): row for row in rows}
    return names | {row.slug: row for row in rows}


def _some(known: Mapping[str, Any]) -> str:
    return ", ".join(sorted({row.slug for row in known.values()})[:NAMED])


def _several(cell: str) -> list[str]:
    parts = cell.replace(",", "|").replace(";", "|").split("|")
    return [name for part in parts if (name := part.strip().casefold())]


def _changes(line: Line) -> list[tuple[str, str, str]]:
    """Field, before, after; as a line of the file would say it."""
    old = now_of(line.user) if line.user else dict.fromkeys(COLUMNS, "")
    new = dict(old)
    for name, value in line.given.items():
        new[name] = value.slug if isinstance(value, Organisation) else value or ""
    if "roles" in line.given:
        new["roles"] = " | ".join(line.given["roles"])
    if line.teams is not None:
        new["teams"] = " | ".join(sorted(team.slug for team in line.teams))
    if line.manager is not None:
        new["manager"] = line.manager
    return [(n, old[n], new[n]) for n in COLUMNS[1:] if old[n] != new[n]]
