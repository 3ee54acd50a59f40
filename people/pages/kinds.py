"""What settings manage, one `Kind` each. Rooms register theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as T

from people.forms import SettingsForm
from people.models import User
from people.policy import Scope, allows

Words = Any  # a lazy translation
# Settings stand in groups; what names none stands where its order belongs.
PEOPLE, PROMISES, TICKETS = T("People"), T("Services and promises"), T("Tickets")
CONNECTED, SYSTEM = T("In and out"), T("Sign-on and system")
GROUPS = (PEOPLE, PROMISES, TICKETS, CONNECTED, SYSTEM)
LAST_OF = ((35, PEOPLE), (49, PROMISES), (59, TICKETS), (79, CONNECTED))


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of settings. `rows(q)` filters by words; `cells(row)` says it in a line.

    `create` and `change` are the room's actions; `change` gets the row as `subject`.
    """

    slug: str
    title: Words
    one: Words
    teaches: Words
    rows: Callable[[str], QuerySet[Any]]
    head: Sequence[Words]
    cells: Callable[[Any], Sequence[Any]]
    form: type[SettingsForm]
    create: Callable[..., Any]
    change: Callable[..., Any]
    subject: str
    key: str = "slug"
    see: str = "people.see"
    verb: str = "people.change"
    order: int = 50
    group: Words = ""
    owned: Callable[[Any, User], bool] = field(default=lambda row, user: False)
    warns: Callable[[], str] = field(
        default=lambda: ""
    )  # what the list as a whole lacks

    def may_change(self, user: User, row: Any = None) -> bool:
        """Whether this person may add (no row) or change one."""
        own = row is not None and self.owned(row, user)
        return allows(user, self.verb, frozenset({Scope.OWNED} if own else ()))


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of settings that is no list of rows, at /settings/<slug>/."""

    slug: str
    title: Words
    see: str = "people.see"
    order: int = 50
    group: Words = ""


_kinds: dict[str, Kind] = {}
_tabs: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    """Add a page's tab to settings."""
    _tabs[tab.slug] = tab


def all_tabs() -> list[Tab]:
    """All pages of their own."""
    return list(_tabs.values())


def register(kind: Kind) -> None:
    """Add a list to settings."""
    _kinds[kind.slug] = kind


def get(slug: str) -> Kind | None:
    """The kind of this address."""
    return _kinds.get(slug)


def group_of(one: Kind | Tab) -> Words:
    """Under which of GROUPS it stands."""
    if one.group:
        return one.group
    return next((group for last, group in LAST_OF if one.order <= last), SYSTEM)


def all_kinds() -> list[Kind]:
    """All lists, in the order of the tabs."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)
