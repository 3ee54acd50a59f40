"""Service accounts over REST: the list, making and changing one, its tokens.

A token is never issued here, as everywhere over REST: who stole one could make
themselves another that outlives it. A page or `create_token` issues them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api.filters import Filter, containing, flag, named
from core.api.pages import Order
from core.api.resources import Resource, routes
from core.api.schema import FLAG, OPTIONAL_TEXT, TEXT, Doc, Schema, array, one_of
from core.api.views import ApiView
from people import api_fields as fields
from people import token_actions
from people.machines import actions, queries
from people.models import ApiToken, User
from people.own_api import TOKENS, tell_tokens
from people.policy import require
from people.roles import Role

NAMES = [role.value for role in actions.ROLES]
READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "owner": fields.PERSON,
    "organisation": fields.optional(fields.ORGANISATION),
    "roles": fields.several(fields.choice(*NAMES)),
    "administers": fields.flag,
    "is_active": fields.flag,
}
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "owner": TEXT,
    "organisation": OPTIONAL_TEXT,
    "roles": array(one_of(*NAMES)),
    "administers": FLAG,
    "is_active": FLAG,
}
TOLD: dict[str, Schema] = {
    "email": TEXT,
    "name": TEXT,
    "owner": OPTIONAL_TEXT,
    "needs_owner": FLAG,
    "organisation": OPTIONAL_TEXT,
    "roles": array(one_of(*NAMES)),
    "administers": FLAG,
    "is_active": FLAG,
}


def _tell(row: User) -> Mapping[str, Any]:
    return {
        "email": row.email,
        "name": row.name,
        "owner": row.manager.email if row.manager else None,
        "needs_owner": queries.lacks_owner(row),
        "organisation": row.organisation.slug if row.organisation else None,
        "roles": sorted(set(row.roles) - {Role.ADMINISTRATOR}),
        "administers": Role.ADMINISTRATOR in row.roles,
        "is_active": row.is_active,
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> User:
    readers = {name: one for name, one in READERS.items() if name != "is_active"}
    given = {"name": "", "owner": None, **fields.read(raw, readers)}
    return actions.create_service_account(by=by, at=at, **given)


def _change(row: User, raw: Mapping[str, Any], *, by: User, at: datetime) -> User:
    given = fields.read(raw, READERS)
    return actions.change_service_account(service_account=row, by=by, at=at, **given)


def _ownerless(rows: QuerySet[User], values: list[str], user: Any) -> QuerySet[User]:
    if values not in (["true"], ["false"]):
        raise ValueError(_("Send true or false."))
    wanted: Q = queries.OWNERLESS
    return rows.filter(wanted if values == ["true"] else ~wanted)


ACCOUNTS = Resource(
    name="service-accounts",
    shape="ServiceAccount",
    key="email",
    rows=queries.visible_to,
    tell=_tell,
    told=TOLD,
    order=Order(columns={"email": "email", "name": "name"}, first="email"),
    filters=(
        containing("q", "name", "email"),
        named("owner", "manager__email", nullable="manager", fold=True),
        flag("is_active", "is_active"),
        Filter("needs_owner", _ownerless, schema=FLAG),
    ),
    taken=TAKEN,
    required=("name", "owner"),
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, "people.change"),
    folds=True,
)


class TokensView(ApiView):
    """`GET /service-accounts/<e-mail>/tokens/`, for administrators."""

    collection = "service-accounts"
    docs = {"get": Doc("Its tokens that work, without their secrets", TOKENS)}

    def check_allowed(self) -> None:
        """As on the page."""
        require(self.user, "people.change")

    def find(self, key: str = "", **kwargs: Any) -> Any:
        """The account, or 404."""
        rows = queries.visible_to(self.user)
        found = None if "\x00" in key else rows.filter(email__iexact=key).first()
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return found

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Those that were not revoked, the newest first."""
        return tell_tokens(queries.tokens_of(self.subject), self.request.auth)


class TokenView(TokensView):
    """`DELETE /service-accounts/<e-mail>/tokens/<id>/`."""

    docs = {"delete": Doc("Revoke one of them", None, status=204)}

    def find(self, key: str = "", id: int = 0, **kwargs: Any) -> ApiToken:
        """One of the account's."""
        account = super().find(key)
        token = ApiToken.objects.filter(user=account, pk=min(id, 2**62)).first()
        if token is None:
            raise Http404(_("There is no such token."))
        return token

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """It works no longer."""
        self.check_query()
        token_actions.revoke_token(token=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of service accounts."""
    return [
        *routes(ACCOUNTS),
        path("service-accounts/<str:key>/tokens/", TokensView.as_view()),
        path("service-accounts/<str:key>/tokens/<int:id>/", TokenView.as_view()),
    ]
