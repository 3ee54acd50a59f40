"""Articles over REST: what a person can read, write, publish and say of them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import choices, containing, named, since
from core.api.pages import Order
from core.api.resources import Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    obj,
    one_of,
    ref,
)
from core.api.views import ApiView
from core.errors import Forbidden, Invalid
from itsm.knowledge import actions, queries
from itsm.knowledge.models import (
    LONGEST_ARTICLE,
    Article,
    ArticleState,
    ArticleUse,
    Audience,
)
from itsm.knowledge.policy import possible, relations, visible_to
from itsm.tickets.queries import visible_number
from people import api_fields as fields
from people import policy
from people.models import User


def _visible(user: User) -> QuerySet[Article]:
    return (
        visible_to(user)
        .select_related("service", "organisation", "owner", "author")
        .annotate(solved=_said(Q(helped=True)), asked=_said(Q()))
    )


def _said(which: Q) -> Coalesce:
    """How many answers of this kind an article has."""
    uses = ArticleUse.objects.filter(which, article_id=OuterRef("pk")).order_by()
    counted = uses.values("article_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def _tell(row: Any) -> Mapping[str, Any]:
    return {
        "number": row.number,
        "title": row.title,
        "body": row.body,
        "state": row.state,
        "audience": row.audience,
        "organisation": row.organisation.slug if row.organisation else None,
        "service": row.service.slug if row.service else None,
        "owner": row.owner.email if row.owner else None,
        "author": row.author.email if row.author else None,
        "review_on": row.review_on,
        "solved": row.solved,
        "asked": row.asked,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "published_at": row.published_at,
    }


def _day(value: Any) -> date:
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("Send a date such as 2026-11-22."))
    return found


def _may_write(user: User, row: Article | None) -> None:
    if row is None:
        policy.require(user, "article.write")
    elif "edit" not in possible(row, user):
        raise Forbidden(_("This is not yours to do."))


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Article:
    given = {"title": "", **fields.read(raw, MAKING)}
    ticket = given.pop("ticket", None)
    source = visible_number(by, ticket, field="ticket") if ticket else None
    return actions.write(by=by, at=at, source=source, **given)


def _change(row: Article, raw: Mapping[str, Any], *, by: User, at: datetime) -> Article:
    given = fields.read(raw, READERS)
    return actions.edit(article=row, by=by, at=at, given=given)


READERS: Mapping[str, fields.Reader] = {
    "title": fields.text(250),
    "body": fields.text(LONGEST_ARTICLE),
    "audience": fields.choice(*Audience.values),
    "organisation": fields.optional(fields.ORGANISATION),
    "service": fields.optional(fields.SERVICE),
    "owner": fields.optional(fields.PERSON),
    "review_on": fields.optional(_day),
}
MAKING: Mapping[str, fields.Reader] = {
    **READERS,
    "ticket": fields.optional(fields.text(16)),
}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
TAKEN: dict[str, Schema] = {
    "title": {"type": "string", "minLength": 1, "maxLength": 250},
    "body": {"type": "string", "maxLength": LONGEST_ARTICLE},
    "audience": one_of(*Audience.values),
    "organisation": OPTIONAL_TEXT,
    "service": OPTIONAL_TEXT,
    "owner": OPTIONAL_TEXT,
    "review_on": DAY,
    "ticket": {
        "type": ["string", "null"],
        "maxLength": 16,
        "description": "only when it is made: the ticket it is written from",
    },
}
ARTICLES = Resource(
    name="articles",
    shape="Article",
    key="number",
    rows=_visible,
    tell=_tell,
    told={
        "number": TEXT,
        "title": TEXT,
        "body": TEXT,
        "state": one_of(*ArticleState.values),
        "audience": one_of(*Audience.values),
        "organisation": OPTIONAL_TEXT,
        "service": OPTIONAL_TEXT,
        "owner": OPTIONAL_TEXT,
        "author": OPTIONAL_TEXT,
        "review_on": DAY,
        "solved": WHOLE,
        "asked": WHOLE,
        "created_at": INSTANT,
        "updated_at": INSTANT,
        "published_at": OPTIONAL_INSTANT,
    },
    order=Order(
        columns={"number": "id", "title": "title", "updated_at": "updated_at"},
        first="number",
    ),
    filters=(
        containing("q", "title", "body"),
        choices("state", "state", ArticleState.values),
        choices("audience", "audience", Audience.values),
        named("service", "service__slug", nullable="service"),
        since("updated_since", "updated_at"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("title",),
    folds=True,
)


class VerbView(ApiView):
    """`POST …/<verb>/`; `work` is the action, called with the fields that were read."""

    collection = "articles"
    right = "article.publish"
    readers: Mapping[str, fields.Reader] = {}
    required: tuple[str, ...] = ()
    work: Callable[..., Article] = actions.publish

    def find(self, key: str = "", **kwargs: Any) -> Article:
        """The article as far as the person may read it."""
        found = None
        if "\x00" not in key:
            found = visible_to(self.user).filter(number__iexact=key).first()
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return found

    def check_allowed(self) -> None:
        """Who may."""
        policy.require(self.user, self.right, relations(self.user, self.subject))

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it; the article as it is afterwards."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), self.readers)
        if missing := [name for name in self.required if name not in given]:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        if number := given.pop("ticket", None):
            given["ticket"] = visible_number(self.user, number, field="ticket")
        work = type(self).work
        work(article=self.subject, by=self.user, at=self.at, **given)
        fresh = _visible(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


class VersionsView(VerbView):
    """`…/versions/`: every wording, for those who work here."""

    right = "article.write"
    docs = {
        "get": Doc(
            "Every wording, the newest first",
            obj(
                {
                    "results": array(
                        obj(
                            {
                                "number": WHOLE,
                                "title": TEXT,
                                "body": TEXT,
                                "by": OPTIONAL_TEXT,
                                "at": INSTANT,
                            }
                        )
                    )
                }
            ),
        )
    }
    http_method_names = ["get", "head", "options"]

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them."""
        rows = queries.versions(self.subject)
        return answers.answer(
            {
                "results": [
                    {
                        "number": v.number,
                        "title": v.title,
                        "body": v.body,
                        "by": v.by.email if v.by else None,
                        "at": v.at,
                    }
                    for v in rows
                ]
            }
        )


def _verb(
    name: str,
    says: str,
    work: Callable[..., Article],
    *,
    right: str = "article.publish",
    readers: Mapping[str, fields.Reader] | None = None,
    taken: Mapping[str, Schema] | None = None,
    required: tuple[str, ...] = (),
) -> URLPattern:
    doc = Doc(
        says,
        ref("Article"),
        body=obj(dict(taken or {}), required),
        has_etag=True,
        is_keyed=True,
        needs_body=bool(required),
    )
    kind: Any = type(
        f"{name.title()}View",
        (VerbView,),
        {
            "__doc__": says,
            "right": right,
            "readers": readers or {},
            "required": required,
            "work": staticmethod(work),
            "docs": {"post": doc},
        },
    )
    return path(f"articles/<str:key>/{name}/", kind.as_view())


NUMBER: Schema = {"type": ["string", "null"], "maxLength": 16}
ABOUT_TICKET: dict[str, Any] = {
    "right": "article.link",
    "readers": {"ticket": fields.text(16)},
    "taken": {"ticket": {"type": "string", "minLength": 1, "maxLength": 16}},
    "required": ("ticket",),
}


def urls() -> list[URLPattern]:
    """The addresses of articles."""
    return [
        *routes(ARTICLES),
        path("articles/<str:key>/versions/", VersionsView.as_view()),
        _verb("publish", "Let its readers have it", actions.publish),
        _verb("retire", "Take it away", actions.retire),
        _verb("restore", "Make it a draft again", actions.restore),
        _verb("link", "Say that it belongs to a ticket", actions.link, **ABOUT_TICKET),
        _verb("unlink", "Take the two apart", actions.unlink, **ABOUT_TICKET),
        _verb(
            "solved",
            "Say whether it helped, perhaps with a ticket",
            actions.use,
            right="article.use",
            readers={"helped": fields.flag, "ticket": fields.optional(fields.text(16))},
            taken={"helped": {"type": "boolean"}, "ticket": NUMBER},
        ),
        _verb(
            "redact",
            "Remove its texts from every version, for good",
            actions.redact,
            right="article.redact",
            readers={"why": fields.text(1000)},
            taken={"why": {"type": "string", "minLength": 1, "maxLength": 1000}},
            required=("why",),
        ),
    ]
