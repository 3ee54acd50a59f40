"""REST: routes, messages and paused addresses, for administrators."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core import subjects
from core.api import answers, filters, pages
from core.api.resources import paging
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    Schema,
    array,
    component,
    obj,
    one_of,
    page_of,
)
from core.api.views import ApiView
from core.errors import Invalid
from notify import failures
from notify.models import Channel, Message, Route
from people import api_fields as fields
from people.delivery import actions
from people.models import Service, Team, User
from people.policy import require

BY_ID = pages.Order(columns={"id": "pk"}, first="id")
NEWEST = pages.Order(columns={"id": "pk", "due_at": "due_at"}, first="-id")
ROUTE = component(
    "Route",
    obj(
        {
            "id": WHOLE,
            "name": TEXT,
            "kind": one_of(*Route.Kind.values),
            "host": TEXT,
            "has_secret": FLAG,
            "rules": array(TEXT),
            "teams": array(TEXT),
            "services": array(TEXT),
            "is_active": FLAG,
            "is_paused": FLAG,
            "failure": TEXT,
        }
    ),
)
MESSAGE = component(
    "Message",
    obj(
        {
            "id": WHOLE,
            "channel": one_of(*Channel.values),
            "state": one_of(*Message.State.values),
            "user": OPTIONAL_TEXT,
            "route": OPTIONAL_TEXT,
            "subject": {
                "type": ["object", "null"],
                "properties": {"type": TEXT, "number": OPTIONAL_TEXT},
                "required": ["type", "number"],
                "additionalProperties": False,
            },
            "rules": array(TEXT),
            "is_urgent": FLAG,
            "tries": WHOLE,
            "created_at": INSTANT,
            "due_at": INSTANT,
            "sent_at": OPTIONAL_INSTANT,
            "address": TEXT,
            "message_id": TEXT,
            "failure": TEXT,
        }
    ),
)
TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST_NAME},
    "url": {"type": "string", "maxLength": 2000, "description": "Never told again"},
    "secret": {"type": "string", "maxLength": actions.LONGEST_SECRET},
    "rules": array(TEXT),
    "teams": array(TEXT),
    "services": array(TEXT),
    "is_active": FLAG,
}
READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(actions.LONGEST_NAME),
    "url": fields.text(2000),
    "secret": fields.text(actions.LONGEST_SECRET),
    "rules": fields.several(fields.text(40)),
    "teams": fields.several(fields.TEAM),
    "services": fields.several(fields.SERVICE),
    "is_active": fields.flag,
}
FILTERS = (
    filters.choices("state", "state", Message.State.values),
    filters.choices("channel", "channel", Channel.values),
    filters.since("created_since", "created_at"),
)


def tell_route(row: Route) -> dict[str, Any]:
    """A route without what is secret of it."""
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "host": actions.host_of(row),
        "has_secret": bool(row.secret),
        "rules": row.rules,
        "teams": _slugs(Team, row.filters.get("team", ())),
        "services": _slugs(Service, row.filters.get("service", ())),
        "is_active": row.is_active,
        "is_paused": row.paused_at is not None,
        "failure": failures.words(row.failure) if row.failure else "",
    }


def _slugs(model: Any, ids: Any) -> list[str]:
    if not ids:
        return []
    rows = model.objects.filter(pk__in=ids).order_by("slug")
    return list(rows.values_list("slug", flat=True))


def _given(raw: Mapping[str, Any], row: Route | None, more: Any = None) -> Any:
    """The fields as the action takes them; teams and services are its filters."""
    given = fields.read(raw, {**READERS, **(more or {})})
    kept = dict(row.filters) if row is not None else {}
    named = {"team": given.pop("teams", None), "service": given.pop("services", None)}
    for name, rows in named.items():
        if rows is not None:
            kept[name] = sorted(one.pk for one in rows)
    if any(rows is not None for rows in named.values()):
        given["filters"] = {name: ids for name, ids in kept.items() if ids}
    return given


class Managing(ApiView):
    """Whoever may change how messages leave."""

    def check_allowed(self) -> None:
        """Administrators."""
        require(self.user, actions.VERB)


class RoutesView(Managing):
    """`/routes/`."""

    collection = "routes"
    docs = {
        "get": Doc("List routes", page_of("Route"), query=paging(BY_ID)),
        "post": Doc(
            "Add a route; its address is looked up first",
            ROUTE,
            status=201,
            body=obj(
                {**TAKEN, "kind": one_of(*Route.Kind.values)}, ("kind", "name", "url")
            ),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them."""
        rows = Route.objects.all()
        page = pages.paginate(self.plain, rows, BY_ID, lambda s: map(tell_route, s))
        return answers.answer(page)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Add one."""
        return self.once(self._make)

    def _make(self) -> HttpResponse:
        kinds = {"kind": fields.choice(*Route.Kind.values)}
        given = _given(self.fields(), None, kinds)
        if missing := {"kind", "name", "url"} - given.keys():
            raise Invalid({name: [_("This is needed.")] for name in missing})
        row = actions.create_route(by=self.user, at=self.at, **given)
        where = {"Location": f"/api/v1/routes/{row.pk}/"}
        return answers.item(self.plain, tell_route(row), status=201, headers=where)


class RouteView(Managing):
    """`/routes/<id>/`."""

    collection = "routes"
    docs = {
        "get": Doc("One of them", ROUTE, has_etag=True),
        "patch": Doc(
            "Change it; a new address or secret lets a paused one go on",
            ROUTE,
            body=obj({**TAKEN, "is_paused": FLAG}, ()),
            has_etag=True,
        ),
    }

    def find(self, **kwargs: Any) -> Route:
        """The route."""
        row = Route.objects.filter(pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such route."))
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The route."""
        return answers.item(self.plain, tell_route(self.subject))

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        raw = self.fields()
        row = self.subject  # not locked: its new address is looked up first
        answers.require_current(self.plain, lambda: tell_route(row))
        given = _given(raw, row, {"is_paused": fields.flag})
        known: dict[str, Any] = {"route": row, "by": self.user, "at": self.at}
        is_paused = given.pop("is_paused", None)
        if given:
            actions.change_route(**known, **given)
        if is_paused is not None:
            actions.pause_route(**known, is_paused=is_paused)
        return answers.item(self.plain, tell_route(Route.objects.get(pk=row.pk)))


class TestRouteView(RouteView):
    """`POST /routes/<id>/test/`."""

    docs = {
        "post": Doc(
            "Send a test; how it went is told by the message",
            MESSAGE,
            status=202,
            body=obj({}),
            is_keyed=True,
        )
    }
    http_method_names = ["post", "options"]

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Write the message; a worker sends it."""
        return self.once(self._test)

    def _test(self) -> HttpResponse:
        fields.read(self.fields(), {})
        message = actions.test_route(route=self.subject, by=self.user, at=self.at)
        return answers.answer(tell_messages([message])[0], status=202)


def tell_messages(rows: Any) -> list[dict[str, Any]]:
    """Messages, without what they say; one query for each type of thing."""
    rows = list(rows)
    known = {subject.name: subject for subject in subjects.registered()}
    numbers = {
        name: known[name].numbers(
            {r.subject_id for r in rows if r.subject_type == name}
        )
        for name in {row.subject_type for row in rows} & known.keys()
    }
    return [_tell_message(row, numbers.get(row.subject_type, {})) for row in rows]


def _tell_message(row: Message, numbers: Mapping[int, str]) -> dict[str, Any]:
    about = {"type": row.subject_type, "number": numbers.get(row.subject_id)}
    return {
        "id": row.pk,
        "channel": row.channel,
        "state": row.state,
        "user": row.user.email if row.user else None,
        "route": row.route.name if row.route else None,
        "subject": about if row.subject_id else None,
        "rules": list(dict.fromkeys(name for name, _event in row.events)),
        "is_urgent": row.is_urgent,
        "tries": row.tries,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "sent_at": row.sent_at,
        "address": row.address,
        "message_id": row.reference,
        "failure": failures.words(row.failure) if row.failure else "",
    }


class MessagesView(Managing):
    """`/messages/`."""

    collection = "messages"
    docs = {
        "get": Doc(
            "Messages and what became of them, the newest first",
            page_of("Message"),
            query=(*(Param(f.name, f.schema) for f in FILTERS), *paging(NEWEST)),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page."""
        rows = Message.objects.select_related("user", "route")
        rows = filters.apply(self.plain, rows, FILTERS, self.user)
        return answers.answer(pages.paginate(self.plain, rows, NEWEST, tell_messages))


class MessageView(Managing):
    """`/messages/<id>/`."""

    collection = "messages"
    docs = {"get": Doc("One of them", MESSAGE, has_etag=True)}

    def find(self, **kwargs: Any) -> Message:
        """The message."""
        rows = Message.objects.select_related("user", "route")
        row = rows.filter(pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such message."))
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The message."""
        return answers.item(self.plain, tell_messages([self.subject])[0])


class ResendView(MessageView):
    """`POST /messages/<id>/resend/`."""

    docs = {
        "post": Doc(
            "Send one that failed again, with the Message-ID it had",
            MESSAGE,
            body=obj({}),
            has_etag=True,
            is_keyed=True,
        )
    }
    http_method_names = ["post", "options"]

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Let it wait again; a worker sends it."""
        return self.once(self._resend)

    def _resend(self) -> HttpResponse:
        fields.read(self.fields(), {})
        actions.send_again(message=self.subject, by=self.user, at=self.at)
        fresh = self.find(id=self.subject.pk)
        return answers.item(self.plain, tell_messages([fresh])[0])


class ReleaseView(Managing):
    """`POST /users/<e-mail>/release/`."""

    collection = "users"
    docs = {
        "post": Doc(
            "Send mail to an address again that was paused because it came back",
            component("Released", obj({"email": TEXT, "was_paused": FLAG})),
            body=obj({}),
            is_keyed=True,
        )
    }

    def find(self, key: str = "", **kwargs: Any) -> User:
        """Somebody who is there."""
        rows = User.objects.filter(anonymised_at=None)
        row = None if "\x00" in key else rows.filter(email__iexact=key).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return row

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Release it."""
        return self.once(self._release)

    def _release(self) -> HttpResponse:
        fields.read(self.fields(), {})
        was = actions.release_address(user=self.subject, by=self.user, at=self.at)
        return answers.answer({"email": self.subject.email, "was_paused": was})


def urls() -> list[URLPattern]:
    """The addresses."""
    return [
        path("routes/", RoutesView.as_view()),
        path("routes/<int:id>/", RouteView.as_view()),
        path("routes/<int:id>/test/", TestRouteView.as_view()),
        path("messages/", MessagesView.as_view()),
        path("messages/<int:id>/", MessageView.as_view()),
        path("messages/<int:id>/resend/", ResendView.as_view()),
        path("users/<str:key>/release/", ReleaseView.as_view()),
    ]
