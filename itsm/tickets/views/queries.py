"""The strip of views at the head of a list: what it holds is one query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.formats import number_format

from core import prepared
from core.reader import gettext as _
from itsm.tickets import columns, queue
from itsm.tickets.filters import narrow
from itsm.tickets.querysets import Personal
from itsm.tickets.views.actions import seen_by
from itsm.tickets.views.counting import wish_for
from itsm.tickets.views.models import SavedView
from itsm.tickets.views.tally import MATCHES, OPEN
from itsm.tickets.wishes import Wish
from people.models import User
from people.roles import Role

READ = f"""
SELECT NULL::bigint AS id, array_to_string(w."order", ','),
    array_to_string(w.hidden, ','), w.start, array_to_string(w.columns, ','),
    w.density, NULL::bigint, NULL::text, NULL::bigint
FROM itsm_listwish w WHERE w.user_id = %(user)s
UNION ALL
SELECT v.id, v.name, v.query, v.type, '', '', v.team_id, team.name,
    CASE WHEN r.n IS NOT NULL THEN r.n
        + (SELECT coalesce(sum(d.n), 0) FROM itsm_viewcountdelta d
            WHERE d.rule_id = r.id)
        + (SELECT count(*) FROM itsm_ticket t
            WHERE restricted AND {OPEN} AND {MATCHES} AND ({{personal}})) END::bigint
FROM itsm_savedview v LEFT JOIN itsm_viewrule r ON r.view_id = v.id
LEFT JOIN people_team team ON team.id = v.team_id
WHERE v.deleted_at IS NULL AND (
    v.team_id IS NULL AND v.owner_id = %(user)s
    OR v.team_id = ANY (ARRAY (
        SELECT team_id FROM people_membership WHERE user_id = %(user)s))
    OR v.team_id IS NOT NULL AND v.id = %(saved)s)
ORDER BY id NULLS FIRST
"""  # noqa: S608 - our own words
MOST_COUNTED = 20  # views that are counted for one page, after it is there


@dataclass(frozen=True, slots=True)
class StripView:
    """A saved view as a strip shows it; `n` where its count is maintained."""

    pk: int
    name: str
    query: str
    type: str
    team_id: int | None
    team: str
    n: int | None

    @property
    def key(self) -> str:
        """What stands for it in a person's order."""
        return f"v{self.pk}"

    @property
    def url(self) -> str:
        """The list it is, with its filters in the address."""
        return wish_for(self.query, self.type).url(saved=str(self.pk))


@dataclass(slots=True)
class Strip:
    """A person's views, and how they have their lists."""

    views: list[StripView] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    start: str = ""
    columns: list[str] = field(default_factory=list)
    density: str = ""

    def view(self, key: str) -> StripView | None:
        """One of them, by key."""
        return next((v for v in self.views if v.key == key), None)

    def current(self, wish: Wish) -> StripView | None:
        """The saved view that an address says it is."""
        return self.view(f"v{wish.saved}") if wish.saved else None

    def columns_of(self, wish: Wish) -> list[str]:
        """The address's columns, else the person's."""
        return columns.of(wish.columns) if wish.columns else self.columns

    def density_of(self, wish: Wish) -> str:
        """The address's density, else the person's."""
        return wish.density if wish.density in columns.DENSITIES else self.density

    def start_url(self) -> str:
        """Where the queue begins for this person; "" as for everybody."""
        if view := self.view(self.start):
            return view.url
        if self.start in queue.VIEWS and self.start != "start":
            return f"/queue/?view={self.start}"
        return ""

    def ordered(self, tabs: Sequence[Any]) -> list[Any]:
        """Tabs in the person's order, without those left out, but for the open one."""
        rank = {key: place for place, key in enumerate(self.order)}
        shown = [t for t in tabs if t.current or t.key not in self.hidden]
        return sorted(shown, key=lambda t: rank.get(t.key, len(rank)))


def strip(user: User, saved: str = "") -> Strip:
    """What stands at the head of this person's lists, with the counts that are kept."""
    everything = user.has_role(Role.ADMINISTRATOR)
    sql = READ.format(personal="true" if everything else Personal(user).plain())
    wanted = int(saved) if saved.isdecimal() and len(saved) < 18 else 0
    made = Strip()
    for pk, first, second, third, fourth, fifth, team_id, team, n in prepared.select(
        sql, user=user.pk, saved=wanted
    ):
        if pk is None:
            made.order, made.hidden = _list(first), _list(second)
            made.start, made.density = third, fifth
            made.columns = columns.of(fourth)
        else:
            made.views.append(
                StripView(pk, first, second, third, team_id, team or "", n)
            )
    return made


def _list(text: str) -> list[str]:
    return text.split(",") if text else []


def saved_tabs(found: Strip, wish: Wish) -> list[queue.Tab]:
    """Saved views as tabs; counts that nobody keeps come after the page."""
    return [
        queue.Tab(
            label=view.name,
            url=view.url,
            count=None
            if view.n is None
            else number_format(view.n, force_grouping=True),
            current=str(view.pk) == wish.saved,
            key=view.key,
            team=view.team,
        )
        for view in found.views
        if view.type == wish.fixed_type
    ]


def late_counts(
    user: User, wanted: Sequence[int], *, at: datetime
) -> list[tuple[str, str]]:
    """Counts of views that nobody keeps: exact to a thousand; one query each."""
    views = SavedView.objects.filter(seen_by(user), deleted_at=None)
    found = []
    for view in views.filter(pk__in=list(wanted)[:MOST_COUNTED]):
        wish = wish_for(view.query, view.type)
        narrowed = narrow(user, wish, at=at)
        tickets = queue.tickets_of(user, wish, narrowed, at=at)
        found.append((f"v{view.pk}", queue.capped(tickets)))
    return found


def get_view(user: User, pk: int, *, removed: bool = False) -> SavedView:
    """A view this person may read; 404 otherwise."""
    rows = SavedView.objects.filter(seen_by(user)).select_related("team", "owner")
    if not removed:
        rows = rows.filter(deleted_at=None)
    view: SavedView | None = rows.filter(pk=pk).first()
    if view is None:
        raise Http404(_("There is no such view."))
    return view


def stale(view: SavedView, user: User, *, at: datetime) -> list[str]:
    """What a view asks for that does not exist any more."""
    found = narrow(user, wish_for(view.query, view.type), at=at).problems
    if view.team is not None and not view.team.is_active:
        found.append(
            _("The team %(team)s is not in use any more.") % {"team": view.team}
        )
    return found
