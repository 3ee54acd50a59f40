"""Lists and items of plain records (teams, services, users …), described once.

A room gives a `Resource`: its rows as far as a person may see them, how one is told,
how the list is narrowed, and, where administrators may, its creating and changing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, filters, pages
from core.api.filters import Filter
from core.api.schema import Doc, Param, Schema, component, obj, page_of
from core.api.views import ApiView

Row = Any
Change = Callable[..., Row]


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection. `key` is the column that names an item in its address, or "pk".

    `rows(user)` answers what the person may see, with all that `tell` reads fetched.
    `create(raw, by=, at=)` and `change(row, raw, by=, at=)` answer the row;
    `may_write(user, row)` raises Forbidden where they may not; row None: to create.
    """

    name: str
    shape: str
    key: str
    rows: Callable[[Any], QuerySet[Any]]
    tell: Callable[[Row], Mapping[str, Any]]
    told: Mapping[str, Schema]
    order: pages.Order
    filters: tuple[Filter, ...] = ()
    taken: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    create: Change | None = None
    change: Change | None = None
    may_write: Callable[[Any, Row], None] = lambda user, row: None
    folds: bool = False  # the key ignores upper and lower case
    sometimes: tuple[str, ...] = ()  # told only to some
    is_secret: bool = False  # what is told when one is made is kept nowhere else


class ListView(ApiView):
    """The list, and making one."""

    resource: Resource = None  # type: ignore[assignment]  # given by `routes`
    made: Row = None

    def check_allowed(self) -> None:
        """Who may make one."""
        if self.request.method == "POST" and self.resource.create is not None:
            self.resource.may_write(self.user, None)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page of those that the person may see."""
        resource = self.resource
        rows = filters.apply(
            self.plain, resource.rows(self.user), resource.filters, self.user
        )
        page = pages.paginate(
            self.plain, rows, resource.order, lambda found: map(resource.tell, found)
        )
        return answers.answer(page)


class MakingView(ListView):
    """A list in which one can be made."""

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Make one."""
        if self.resource.is_secret:
            return self.once(self._make, again=self._again, is_secret=True)
        return self.once(self._make)

    def _make(self) -> HttpResponse:
        create = self.resource.create
        assert create is not None
        self.made = create(self.fields(), by=self.user, at=self.at)
        return self._told(getattr(self.made, self.resource.key))

    def _again(self, pk: int) -> HttpResponse:
        row = self.resource.rows(self.user).filter(pk=pk).first()
        if row is None:
            raise Http404
        return self._told(getattr(row, self.resource.key))

    def _told(self, key: str) -> HttpResponse:
        path_ = f"{self.plain.path}{key}/"
        headers = {"Location": self.plain.build_absolute_uri(path_)}
        told = _fresh(self, key)
        return answers.item(self.plain, told, status=201, headers=headers)

    def copied(self) -> Row:
        """What was made, where only its id is kept of the answer."""
        return self.made if self.resource.is_secret else None


class ItemView(ApiView):
    """One of them."""

    resource: Resource = None  # type: ignore[assignment]  # given by `routes`

    def find(self, key: str = "", **kwargs: Any) -> Row:
        """The row, or Http404."""
        lookup = (
            f"{self.resource.key}__iexact" if self.resource.folds else self.resource.key
        )
        row = None
        if _may_be(key, self.resource.key):
            row = self.resource.rows(self.user).filter(**{lookup: key}).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The item with its ETag."""
        return answers.item(self.plain, self.resource.tell(self.subject))


class ChangingView(ItemView):
    """One that can be changed."""

    def check_allowed(self) -> None:
        """Who may change it."""
        if self.request.method == "PATCH":
            self.resource.may_write(self.user, self.subject)

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        change = self.resource.change
        assert change is not None
        raw = self.fields()
        with transaction.atomic():
            model = type(self.subject)
            row = model.objects.select_for_update().get(pk=self.subject.pk)
            key = getattr(row, self.resource.key)
            answers.require_current(self.plain, lambda: _fresh(self, key))
            row = change(row, raw, by=self.user, at=self.at)
        return answers.item(self.plain, _fresh(self, getattr(row, self.resource.key)))


def _may_be(key: str, column: str) -> bool:
    """Whether a row can be called so."""
    if column == "pk":
        return key.isascii() and key.isdigit() and len(key) < 19
    return "\x00" not in key


def _fresh(view: Any, key: str) -> Mapping[str, Any]:
    """The item as it is now."""
    resource: Resource = view.resource
    row = resource.rows(view.user).get(**{resource.key: key})
    return resource.tell(row)


def routes(resource: Resource) -> list[URLPattern]:
    """The addresses of one resource."""
    name = resource.name
    always = [name for name in resource.told if name not in resource.sometimes]
    shape = component(resource.shape, obj(resource.told, always))
    known: dict[str, Any] = {"resource": resource, "collection": name}
    docs = {"get": Doc(f"List {name}", page_of(resource.shape), query=_query(resource))}
    item_docs = {"get": Doc("One of them", shape, has_etag=True)}
    list_view: type[ListView] = ListView
    item_view: type[ItemView] = ItemView
    if resource.create is not None:
        list_view = MakingView
        body = component(f"New{resource.shape}", obj(resource.taken, resource.required))
        docs["post"] = Doc(
            "Make one",
            shape,
            status=201,
            body=body,
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    if resource.change is not None:
        item_view = ChangingView
        body = component(f"Edit{resource.shape}", obj(resource.taken, ()))
        item_docs["patch"] = Doc("Change it", shape, body=body, has_etag=True)
    return [
        path(f"{name}/", list_view.as_view(**known, docs=docs)),
        path(f"{name}/<str:key>/", item_view.as_view(**known, docs=item_docs)),
    ]


def _query(resource: Resource) -> tuple[Param, ...]:
    narrowing = (Param(one.name, one.schema, one.says) for one in resource.filters)
    return (*narrowing, *paging(resource.order))


def paging(order: pages.Order) -> tuple[Param, ...]:
    """The parameters of every list that comes in pages."""
    limit = {"type": "integer", "minimum": 1, "maximum": pages.MOST}
    return (
        Param("ordering", {"type": "string", "enum": order.words}),
        Param("limit", limit),
        Param("cursor"),
    )


def slugs(rows: Iterable[Any]) -> list[str]:
    """The slugs of related rows, sorted."""
    return sorted(row.slug for row in rows)
