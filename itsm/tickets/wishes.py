"""What the address of a list asks for, and the addresses of lists beside it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

LONGEST = 200
DATES = tuple(
    f"{of}_{side}"
    for of in ("opened", "updated", "due", "since")
    for side in ("after", "before")
)
FILTERS = (
    *("q", "type", "state", "priority", "team", "owner", "service", "category"),
    *("organisation", "requester", "channel", "wait", "tag", "watching", "breached"),
    *DATES,
)
SHAPE = ("sort", "columns", "density")
PAGING = ("after", "before", "first")
KEPT = ("view", *FILTERS, *SHAPE)  # what a saved view keeps
IN_ADDRESS = (*KEPT, "saved", *PAGING)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address asks for; empty means everything."""

    path: str
    view: str = "start"
    type: str = ""
    q: str = ""
    team: str = ""
    owner: str = ""
    service: str = ""
    category: str = ""
    organisation: str = ""
    requester: str = ""
    priority: str = ""
    state: str = ""
    channel: str = ""
    wait: str = ""
    tag: str = ""
    watching: str = ""
    breached: str = ""
    opened_after: str = ""
    opened_before: str = ""
    updated_after: str = ""
    updated_before: str = ""
    due_after: str = ""
    due_before: str = ""
    since_after: str = ""
    since_before: str = ""
    sort: str = ""
    columns: str = ""
    density: str = ""
    saved: str = ""
    after: str = ""
    before: str = ""
    first: int = 1
    default_view: str = "start"
    fixed_type: str = ""

    def url(self, **changes: Any) -> str:
        """The address of the same list with changes; a new list begins at its top."""
        asked = self._asked(IN_ADDRESS) | changes
        asked["first"] = int(changes.get("first") or 1)
        if not {"after", "before"} & changes.keys():
            asked |= {"after": "", "before": "", "first": 1}
        query = self._query(asked)
        return f"{self.path}?{query}" if query else self.path

    def query(self) -> str:
        """What a saved view keeps of it: the same text for the same list."""
        return self._query(self._asked(KEPT))

    @property
    def is_filtered(self) -> bool:
        """Whether it asks for less than its view."""
        return any(
            getattr(self, n) for n in FILTERS if n != "type" or not self.fixed_type
        )

    def _asked(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}

    def _query(self, asked: dict[str, Any]) -> str:
        if asked["view"] == self.default_view:
            asked.pop("view")
        if self.fixed_type:
            asked.pop("type", None)
        if asked.get("first") == 1:
            asked.pop("first")
        return urlencode({k: v for k, v in asked.items() if v})


def wish_of(
    path: str, asked: QueryDict, *, views: Any, default: str, type_: str = ""
) -> Wish:
    """Read an address; a view that does not exist is the list's usual one."""
    texts = {
        n: asked.get(n, "").replace("\x00", "")[:LONGEST].strip()
        for n in (*FILTERS, *SHAPE, "saved", "after", "before")
        if n in asked
    }
    if many := asked.getlist("columns"):
        texts["columns"] = ",".join(many).replace("\x00", "")[:LONGEST]
    view = asked.get("view", default)
    first = asked.get("first", "")
    texts["type"] = type_ or texts.get("type", "")
    return Wish(
        path=path,
        view=view if view in views else default,
        first=int(first) if first.isdecimal() and len(first) < 10 else 1,
        default_view=default,
        fixed_type=type_,
        **texts,
    )
