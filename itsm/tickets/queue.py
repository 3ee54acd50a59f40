"""Reads behind the lists: built-in views, filters from the address, pages of fifty.

Every list is `Ticket` in index order with LIMIT: no OFFSET, no COUNT over a large
table. Built-in views take their totals from the maintained counts; filtered lists count
up to a thousand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from itsm.tickets import counts, keyset, promising, rows
from itsm.tickets.asking import ask, ask_how_many, ask_how_many_open
from itsm.tickets.filters import Narrowed, Wish
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, WORKABLE, StateCategory, TicketType
from people.models import User

PAGE = 50
ARRIVED = 99  # the pill counts no further
HOUR = timedelta(hours=1)
# Few values, and partial indexes or small columns: part of the statement, no parameter.
CONSTANT = frozenset({"priority", "state_category", "channel", "wait_reason"})


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that an index holds. `kinds` are the types of its columns."""

    label: Any
    columns: tuple[str, ...]
    kinds: tuple[type, ...]
    down: bool = False
    nulls: bool = False


SORTS: Mapping[str, Sort] = {
    "start": Sort(_("Start by"), ("band", "start_by", "id"), (int, datetime, int)),
    "priority": Sort(
        _("Priority"), ("priority", "start_by", "id"), (int, datetime, int)
    ),
    "due": Sort(_("Due"), ("next_due_at", "id"), (datetime, int), nulls=True),
    "opened": Sort(_("Opened"), ("opened_at", "id"), (datetime, int), down=True),
    "updated": Sort(_("Updated"), ("updated_at", "id"), (datetime, int), down=True),
    "since": Sort(_("Longest in its state"), ("state_since", "id"), (datetime, int)),
}


@dataclass(frozen=True, slots=True)
class View:
    """A built-in view: which tickets, in which order, and how many there are."""

    slug: str
    label: Any
    sort: str
    states: tuple[StateCategory, ...] = OPEN
    is_mine: bool = False
    is_unowned: bool = False
    is_due: bool = False
    count: Callable[[counts.Count], int] | None = None


VIEWS: Mapping[str, View] = {
    view.slug: view
    for view in (
        View("start", _("Start next"), "start", WORKABLE, count=lambda c: c.workable),
        View("mine", _("Mine"), "start", is_mine=True, count=lambda c: c.mine),
        View(
            "unowned",
            _("No owner"),
            "start",
            is_unowned=True,
            count=lambda c: c.unassigned,
        ),
        View("due", _("Due within 1 h"), "due", is_due=True),
        View(
            "waiting",
            _("Waiting"),
            "updated",
            (StateCategory.WAITING,),
            count=lambda c: c.waiting,
        ),
        View("open", _("All open"), "opened", count=lambda c: c.open),
    )
}
STATES: Mapping[str, tuple[StateCategory, ...]] = {
    "open": OPEN,
    "all": tuple(StateCategory),
    **{category.value: (category,) for category in StateCategory},
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A view at the head of the list. `count` None: it is asked for afterwards."""

    label: Any
    url: str
    count: str | None
    current: bool
    key: str = ""
    team: str = ""


@dataclass(slots=True)
class ListPage:
    """One page of a list, ready for its template."""

    rows: list[rows.Row]
    first: int
    last: int
    total: str
    sort: str
    previous: str = ""
    next: str = ""


def tickets_of(user: User, wish: Wish, narrowed: Narrowed, *, at: datetime) -> Any:
    """The tickets a list is about, in no order yet."""
    view = VIEWS[wish.view]
    found = Ticket.objects.visible_to(user).filter(narrowed.condition)
    found = _in_states(found, wish)
    if view.is_mine:
        found = found.filter(owner_id=user.pk)
    if view.is_due:
        found = found.filter(next_due_at__gte=at, next_due_at__lt=at + HOUR)
    return found


def _in_states(found: Any, wish: Wish) -> Any:
    """The part of a view that is the same for everybody at any time."""
    view = VIEWS[wish.view]
    states = STATES.get(wish.state, view.states)
    if len(states) < len(StateCategory):
        found = found.filter(state_category__in=[s.value for s in states])
    if wish.type:
        found = found.filter(type=wish.type)
    if view.is_unowned:
        found = found.filter(owner_id__isnull=True)
    return found


def read(
    user: User,
    wish: Wish,
    narrowed: Narrowed,
    counted: counts.OpenCounts,
    *,
    at: datetime,
    columns: Sequence[str] = (),
    exactly: int | None = None,
) -> ListPage:
    """One page: a query for its rows, one more for the total of a filtered list.

    `exactly` is the total where somebody keeps it.
    """
    name = wish.sort if wish.sort in SORTS else VIEWS[wish.view].sort
    sort = SORTS[name]
    back = keyset.read(wish.before, sort.kinds) if wish.before else None
    start = keyset.read(wish.after, sort.kinds) if wish.after else None
    edge = back or start
    if edge or not narrowed.is_plain or VIEWS[wish.view].is_due:
        found = tickets_of(user, wish, narrowed, at=at)
        down = sort.down is (back is None)
        values = list(_page(found, sort, columns, down=down, edge=edge))
    else:
        values = _first_page(user, wish, narrowed, name, columns)
    has_more, values = len(values) > PAGE, values[:PAGE]
    if back is not None:
        values.reverse()
    before, after = (has_more, True) if back else (start is not None, has_more)
    first = max(wish.first, 1) if edge else 1
    last = first + len(values) - 1
    page = ListPage(rows=[], first=0, last=0, total=_worded(last), sort=name)
    if before or after:
        page.total = _total(user, wish, narrowed, counted, at, exactly)
    if not values:
        return page
    lines = [v[:-1] for v in values] if _sorted_by(sort) else values
    late = promising.late_words([line[0] for line in lines], at=at)
    page.rows = rows.worded(lines, at=at, columns=columns, late=late)
    page.first, page.last = first, last
    if before:
        page.previous = _turn(wish, "before", values[0], sort, first - PAGE)
    if after:
        page.next = _turn(wish, "after", values[-1], sort, last + 1)
    return page


def _page(
    found: Any, sort: Sort, columns: Sequence[str], *, down: bool, edge: Any = None
) -> Any:
    """Rows of one page in order, and one more to see whether there is another.

    `edge` is the row beyond which the page begins.
    """
    if edge:
        found = found.filter(keyset.beyond(sort.columns, edge, down=down))
    ordered = found.order_by(*keyset.order(sort.columns, down=down, nulls=sort.nulls))
    read = (*rows.read_for(columns), *_sorted_by(sort))
    return ordered.values_list(*read)[: PAGE + 1]


def _sorted_by(sort: Sort) -> list[str]:
    """What a cursor needs and no line shows."""
    return [c for c in sort.columns if c not in rows.COLUMNS and c != "id"]


def _first_page(
    user: User,
    wish: Wish,
    narrowed: Narrowed,
    name: str,
    columns: Sequence[str],
) -> list[Any]:
    """The beginning of a list, as a question that differs in its values only."""
    sort = SORTS[name]
    key, values = _terms(user, wish, narrowed)

    def build(tickets: Any, **filled: Any) -> Any:
        found = narrowed.apply(_in_states(tickets, wish), filled)
        return _page(found, sort, columns, down=sort.down)

    return ask(user, ("list", key, name, *columns), build, **values)


def _terms(user: User, wish: Wish, narrowed: Narrowed) -> tuple[Any, dict[str, Any]]:
    """What makes this list's question another one, and what only fills it in."""
    view = VIEWS[wish.view]
    states = STATES.get(wish.state, view.states)
    values, fixed = {}, []
    for lookup, value in narrowed.terms.items():
        if isinstance(value, bool | list) or lookup in CONSTANT:
            fixed.append((lookup, str(value)))
        else:
            values[f"v_{lookup}"] = value
    if view.is_mine:
        values["mine"] = user.pk
    return (states, wish.type, view.is_unowned, tuple(fixed), tuple(values)), values


def _turn(wish: Wish, to: str, row: tuple[Any, ...], sort: Sort, first: int) -> str:
    """The address of the next or previous page."""
    places = {name: i for i, name in enumerate(rows.COLUMNS)} | {"id": 0}
    places |= dict.fromkeys(_sorted_by(sort), -1)
    cursor = keyset.write([row[places[column]] for column in sort.columns])
    if to == "before" and first <= 1:
        return wish.url(after="", before="", first="")
    other = {"before": "after", "after": "before"}[to]
    return wish.url(**{to: cursor, other: "", "first": str(first)})


def _total(
    user: User,
    wish: Wish,
    narrowed: Narrowed,
    counted: counts.OpenCounts,
    at: datetime,
    exactly: int | None,
) -> str:
    """How many there are: exact for built-in views, "1,000+" at most otherwise."""
    known = exactly
    if known is None:
        known = _known_total(wish, narrowed, counted)
    if known is not None:
        return _worded(known)
    if not narrowed.is_plain or VIEWS[wish.view].is_due:
        return capped(tickets_of(user, wish, narrowed, at=at))
    key, values = _terms(user, wish, narrowed)

    def build(tickets: Any, **filled: Any) -> Any:
        return narrowed.apply(_in_states(tickets, wish), filled)

    states = STATES.get(wish.state, VIEWS[wish.view].states)
    how_many = ask_how_many_open if set(states) <= set(OPEN) else ask_how_many
    number = how_many(user, ("total", key), build, counts.CAP + 1, **values)
    return _capped_words(number)


def _known_total(
    wish: Wish, narrowed: Narrowed, counted: counts.OpenCounts
) -> int | None:
    """The maintained count of a view, of one practice or of one team."""
    view = VIEWS[wish.view]
    if view.count is None or wish.state not in {"", "open"}:
        return None
    if wish.state == "open" and view.states != OPEN:
        return None
    if narrowed.used == {"team"} and not wish.type and narrowed.team_id:
        return view.count(counted.of_team(narrowed.team_id))
    if narrowed.used:
        return None
    return view.count(counted.of_type(wish.type) if wish.type else counted.all)


def capped(found: Any) -> str:
    """A count as words: exact up to a thousand, then "1,000+"."""
    number, is_exact = counts.capped(found)
    return _worded(number) if is_exact else f"{_worded(number)}+"


def _capped_words(number: int) -> str:
    """A number that was counted one beyond the cap, as `capped` says it."""
    words = _worded(min(number, counts.CAP))
    return words if number <= counts.CAP else f"{words}+"


def _worded(number: int) -> str:
    return number_format(number, force_grouping=True)


def tabs(
    user: User, wish: Wish, counted: counts.OpenCounts, *, at: datetime
) -> list[Tab]:
    """The built-in views with their true counts; filters are left behind."""
    made = []
    for view in VIEWS.values():
        bare = Wish(path=wish.path, view=view.slug, default_view=wish.default_view)
        if view.count is not None:
            count = _worded(view.count(counted.all))
        else:
            count = _due_soon(user, at)
        current = view.slug == wish.view and not wish.saved
        made.append(Tab(view.label, bare.url(), count, current, view.slug))
    return made


def _due_soon(user: User, at: datetime) -> str:
    """How many open tickets are due within the hour, like `capped`."""

    def build(tickets: Any, begin: datetime, end: datetime) -> Any:
        return tickets.open().filter(next_due_at__gte=begin, next_due_at__lt=end)

    most = counts.CAP + 1
    number = ask_how_many(user, "due soon", build, most, begin=at, end=at + HOUR)
    return _capped_words(number)


def arrived(user: User, wish: Wish, narrowed: Narrowed, since: int) -> int:
    """How many tickets of this list were opened after the moment `since` (ms)."""
    moment = datetime.fromtimestamp(since / 1000).astimezone()
    found = tickets_of(user, wish, narrowed, at=moment)
    return counts.capped(found.filter(opened_at__gt=moment), ARRIVED)[0]


def some_rows(
    user: User,
    numbers: Iterable[str],
    *,
    at: datetime,
    columns: Sequence[str] = (),
) -> list[rows.Row]:
    """Lines of these tickets, as far as the person may see them."""
    wanted = [n.upper() for n in numbers if "\x00" not in n][:PAGE]
    found = Ticket.objects.visible_to(user).filter(number__in=wanted)
    values = found.values_list(*rows.read_for(columns))
    return rows.worded(values, at=at, columns=columns)


def types() -> list[tuple[str, Any]]:
    """The practices, for a filter."""
    return [(choice.value, choice.label) for choice in TicketType]


def state_tabs(wish: Wish, counted: counts.OpenCounts) -> list[Tab]:
    """One practice's tickets by where they are; only what is kept is counted."""
    of_type = counted.of_type(wish.type)
    active = of_type.workable - of_type.new
    parts: tuple[tuple[str, Any, int | None], ...] = (
        ("", _("Open"), of_type.open),
        ("new", StateCategory.NEW.label, of_type.new),
        ("active", StateCategory.ACTIVE.label, active),
        ("waiting", StateCategory.WAITING.label, of_type.waiting),
        ("resolved", StateCategory.RESOLVED.label, None),
        ("closed", StateCategory.CLOSED.label, None),
        ("all", _("All"), None),
    )
    bare = Wish(
        path=wish.path,
        view=wish.view,
        type=wish.type,
        default_view=wish.default_view,
        fixed_type=wish.fixed_type,
    )
    return [
        Tab(
            label,
            bare.url(state=state),
            "" if n is None else _worded(n),
            (wish.state if wish.state != "open" else "") == state,
        )
        for state, label, n in parts
    ]
