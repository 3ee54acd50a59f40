"""One's own account over REST: its fields, presence, tokens and devices.

A token is never issued here: whoever stole one could make themselves another that
outlives it. Pages and `create_token` issue them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from core.errors import Invalid
from people import account_actions, sessions, token_actions
from people import api_fields as fields
from people.actions import LANGUAGES
from people.models import ApiToken, Presence, SignIn, Theme, User
from people.policy import require

ACCOUNT = component(
    "Account",
    obj(
        {
            "email": TEXT,
            "name": TEXT,
            "phone": TEXT,
            "place": TEXT,
            "time_zone": TEXT,
            "language": TEXT,
            "theme": TEXT,
            "roles": array(TEXT),
            "presence": TEXT,
            "presence_until": OPTIONAL_INSTANT,
        }
    ),
)
READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "phone": fields.text(40),
    "place": fields.NAME,
    "time_zone": fields.text(60),
    "language": fields.choice(*LANGUAGES),
    "theme": fields.choice(*Theme.values),
}
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "phone": {"type": "string", "maxLength": 40},
    "place": {"type": "string", "maxLength": 200},
    "time_zone": {"type": "string", "maxLength": 60},
    "language": one_of(*LANGUAGES),
    "theme": one_of(*Theme.values),
}


def _account(user: User, at: Any) -> dict[str, Any]:
    now = user.presence_at(at)
    told = {name: getattr(user, name) for name in ("email", *READERS)}
    until = user.presence_until if now == user.presence else None
    return {
        **told,
        "roles": sorted(user.roles),
        "presence": now,
        "presence_until": until,
    }


class Own(ApiView):
    """Anybody, for what is theirs; a token for something else is for none of it."""

    collection = "me"

    def account(self) -> HttpResponse:
        """The account as it is now."""
        fresh = User.objects.get(pk=self.user.pk)
        return answers.item(self.plain, _account(fresh, self.at))


class AccountView(Own):
    """`/me/`."""

    docs = {
        "get": Doc("One's own account", ACCOUNT, has_etag=True),
        "patch": Doc("Change it", ACCOUNT, body=obj(TAKEN, ()), has_etag=True),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The account of whoever asks."""
        return self.account()

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        raw = self.fields()
        with transaction.atomic():
            row = User.objects.select_for_update().get(pk=self.user.pk)
            answers.require_current(self.plain, lambda: _account(row, self.at))
            given = fields.read(raw, READERS)
            account_actions.change_account(user=row, by=self.user, at=self.at, **given)
        return self.account()


class PresenceView(Own):
    """`POST /me/presence/`, for those who work here."""

    docs = {
        "post": Doc(
            "Say whether one may be asked now, and until when that holds",
            ACCOUNT,
            body=obj(
                {"presence": one_of(*Presence.values), "until": OPTIONAL_INSTANT},
                ("presence",),
            ),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    }

    def check_allowed(self) -> None:
        """As on the page."""
        require(self.user, "people.see")

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Say so."""
        return self.once(self._say)

    def _say(self) -> HttpResponse:
        readers = {
            "presence": fields.choice(*Presence.values),
            "until": fields.optional(fields.instant),
        }
        given = fields.read(self.fields(), readers)
        if "presence" not in given:
            raise Invalid({"presence": [_("This is needed.")]})
        account_actions.set_presence(user=self.user, by=self.user, at=self.at, **given)
        return self.account()


TOKEN: dict[str, Schema] = {
    "id": WHOLE,
    "name": TEXT,
    "begins": TEXT,
    "scopes": array(TEXT),
    "per_minute": {"type": ["integer", "null"], "description": "null: as everybody"},
    "created_at": INSTANT,
    "last_used_at": OPTIONAL_INSTANT,
    "expires_at": OPTIONAL_INSTANT,
    "is_this": FLAG,
}
SESSION: dict[str, Schema] = {
    "id": WHOLE,
    "opened_at": INSTANT,
    "seen_at": INSTANT,
    "ip": OPTIONAL_TEXT,
    "agent": TEXT,
    "is_this": FLAG,
}


TOKENS = component("Tokens", obj({"results": array(obj(TOKEN))}))


def tell_tokens(rows: Iterable[ApiToken], this: Any) -> HttpResponse:
    """Tokens without their secrets, which nobody has; `this` is what lets one in."""
    told = [
        {
            "id": row.pk,
            "name": row.name,
            "begins": row.prefix,
            "scopes": list(row.scopes),
            "per_minute": row.per_minute,
            "created_at": row.created_at,
            "last_used_at": row.last_used_at,
            "expires_at": row.expires_at,
            "is_this": this is not None and row.pk == this.pk,
        }
        for row in rows
    ]
    return answers.answer({"results": told})


class TokensView(Own):
    """`GET /me/tokens/`."""

    docs = {"get": Doc("One's own tokens that work", TOKENS)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Those that were not revoked."""
        rows = ApiToken.objects.filter(user=self.user, revoked_at=None).order_by("pk")
        return tell_tokens(rows, self.request.auth)


class TokenView(Own):
    """`DELETE /me/tokens/<id>/`."""

    docs = {"delete": Doc("Revoke one of them", None, status=204)}

    def find(self, **kwargs: Any) -> ApiToken:
        """One's own."""
        row = ApiToken.objects.filter(user=self.user, pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such token."))
        return row

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """It works no longer; the one that asks may revoke itself."""
        self.check_query()
        token_actions.revoke_token(token=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


class SessionsView(Own):
    """`GET /me/sessions/`."""

    docs = {"get": Doc("Where one is signed in", obj({"results": array(obj(SESSION))}))}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The browsers, the one seen last first."""
        here = getattr(self.plain, "session", None)
        key = here.session_key if here is not None else None
        told = [
            {
                "id": row.pk,
                "opened_at": row.opened_at,
                "seen_at": row.seen_at,
                "ip": row.ip,
                "agent": row.agent,
                "is_this": row.session_key == key,
            }
            for row in sessions.of(self.user)
        ]
        return answers.answer({"results": told})


class SessionView(Own):
    """`DELETE /me/sessions/<id>/`."""

    docs = {"delete": Doc("Sign that browser out", None, status=204)}

    def find(self, **kwargs: Any) -> SignIn:
        """One's own."""
        row = SignIn.objects.filter(user=self.user, pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such device."))
        return row

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Sign it out."""
        self.check_query()
        account_actions.end_session(sign_in=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of one's own account."""
    return [
        path("me/", AccountView.as_view()),
        path("me/presence/", PresenceView.as_view()),
        path("me/tokens/", TokensView.as_view()),
        path("me/tokens/<int:id>/", TokenView.as_view()),
        path("me/sessions/", SessionsView.as_view()),
        path("me/sessions/<int:id>/", SessionView.as_view()),
    ]
