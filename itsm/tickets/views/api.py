"""Saved views over REST: one's own and those of teams, with how many they hold."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.resources import paging
from core.api.schema import (
    FLAG,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    component,
    obj,
    page_of,
)
from core.api.views import SAFE, ApiView
from core.errors import Invalid
from itsm.tickets.exports.actions import wish_at
from itsm.tickets.views import actions, queries
from itsm.tickets.views.counting import wish_for
from itsm.tickets.views.models import LONGEST_NAME, SavedView
from people import api_fields as fields
from people import policy

LONGEST = 2000
ORDER = pages.Order(columns={"id": "pk", "name": "name"}, first="id")
VIEW = component(
    "SavedView",
    obj(
        {
            "id": WHOLE,
            "name": TEXT,
            "list": TEXT,
            "team": OPTIONAL_TEXT,
            "owner": TEXT,
            "may_change": FLAG,
            "is_removed": FLAG,
        }
    ),
)
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
    "list": {"type": "string", "maxLength": LONGEST, "description": "/queue/?…"},
}
READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(LONGEST_NAME),
    "list": lambda value: wish_at(fields.text(LONGEST)(value)),
}


def _not_removed(value: Any) -> bool:
    if value is not False:
        raise ValueError(_("Send false to bring it back; DELETE takes it away."))
    return False


CHANGED: Mapping[str, fields.Reader] = {**READERS, "is_removed": _not_removed}


def _told(view: SavedView, user: Any) -> dict[str, Any]:
    return {
        "id": view.pk,
        "name": view.name,
        "list": wish_for(view.query, view.type).url(),
        "team": view.team.slug if view.team else None,
        "owner": view.owner.email,
        "may_change": actions.may_change(view, user),
        "is_removed": view.deleted_at is not None,
    }


class Own(ApiView):
    """For those who work here."""

    collection = "views"

    def check_allowed(self) -> None:
        """Who may save views, and change this one; requesters are shown none."""
        if self.request.method in SAFE:
            return
        policy.require(self.user, "view.save")
        if self.subject is not None:
            actions.require_change(self.user, self.subject)

    def told(self, view: SavedView) -> dict[str, Any]:
        """The view as it is now."""
        fresh = queries.get_view(self.user, view.pk, removed=True)
        return _told(fresh, self.user)

    def tell(self, view: SavedView, status: int = 200) -> HttpResponse:
        """The same, as an answer."""
        return answers.item(self.plain, self.told(view), status=status)


class ViewsView(Own):
    """`/views/`."""

    docs = {
        "get": Doc("Saved views", page_of("SavedView"), query=paging(ORDER)),
        "post": Doc(
            "Save a list under a name, for oneself or for a team",
            VIEW,
            status=201,
            body=obj({**TAKEN, "team": OPTIONAL_TEXT}, ("name", "list")),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One's own, and those of all teams."""
        seen = actions.seen_by(self.user) if self.user.is_staff else Q(pk=None)
        rows = SavedView.objects.filter(seen, deleted_at=None)
        page = pages.paginate(
            self.plain,
            rows.select_related("team", "owner"),
            ORDER,
            lambda found: [_told(row, self.user) for row in found],
        )
        return answers.answer(page)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Save one."""
        return self.once(self._save)

    def _save(self) -> HttpResponse:
        readers = {**READERS, "team": fields.optional(fields.TEAM)}
        given = fields.read(self.fields(), readers)
        if missing := TAKEN.keys() - given.keys():
            raise Invalid({name: [_("This is needed.")] for name in missing})
        wish = given.pop("list")
        view = actions.save(
            by=self.user,
            at=self.at,
            query=wish.query(),
            type=wish.fixed_type,
            **given,
        )
        return self.tell(view, 201)


class ViewView(Own):
    """`/views/<id>/`."""

    docs = {
        "get": Doc("One of them", VIEW, has_etag=True),
        "patch": Doc(
            "Name it anew, or make it another list; bring it back",
            VIEW,
            body=obj({**TAKEN, "is_removed": {"type": "boolean", "enum": [False]}}, ()),
            has_etag=True,
        ),
        "delete": Doc("Take it away; for a day it can be brought back", None, 204),
    }

    def find(self, **kwargs: Any) -> SavedView:
        """One that they may read, also one that was taken away and is theirs."""
        if not self.user.is_staff:
            raise Http404(_("There is no such view."))
        view = queries.get_view(self.user, kwargs["id"], removed=True)
        if view.deleted_at is None or actions.may_change(view, self.user):
            return view
        return queries.get_view(self.user, kwargs["id"])

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The view."""
        return answers.item(self.plain, _told(self.subject, self.user))

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        raw = self.fields()
        with transaction.atomic():
            view = actions.locked(self.subject)
            answers.require_current(self.plain, lambda: self.told(view))
            self._change(view, fields.read(raw, CHANGED))
        return self.tell(self.subject)

    def _change(self, view: SavedView, given: dict[str, Any]) -> None:
        known: dict[str, Any] = {"view": view, "by": self.user, "at": self.at}
        wish = given.get("list")
        if wish is not None and wish.fixed_type != view.type:
            raise Invalid({"list": [_("It stays a list of the same page.")]})
        if "is_removed" in given:
            actions.restore(**known)
        if given.keys() & TAKEN.keys():
            query = wish.query() if wish else None
            actions.change(**known, name=given.get("name"), query=query)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Take it away."""
        self.check_query()
        actions.remove(view=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of saved views."""
    return [
        path("views/", ViewsView.as_view()),
        path("views/<int:id>/", ViewView.as_view()),
    ]
