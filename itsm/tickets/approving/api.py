"""Decisions over REST: what is asked, answering it, the groups, and who stands in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api.filters import Filter, choices, containing, flag, named
from core.api.pages import BY_SLUG, Order
from core.api.resources import ItemView, Resource, routes
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
from core.errors import Invalid
from itsm.tickets.api.views import VerbView
from itsm.tickets.approving import asking, delegating, groups, voting
from itsm.tickets.approving.models import Approval, Authority, Delegation, Vote
from itsm.tickets.approving.queries import waiting_for
from itsm.tickets.models import Ticket
from people import api_fields as fields
from people.models import User
from people.policy import allows, require

DECISIONS = (
    *("", asking.APPROVED, asking.REJECTED),
    *(asking.WITHDRAWN, asking.EXPIRED, asking.REPLACED),
)
ANSWERS = Vote.Answer.values
VOTE: dict[str, Schema] = {
    "by": TEXT,
    "on_behalf_of": OPTIONAL_TEXT,
    "answer": one_of(*ANSWERS),
    "words": TEXT,
    "at": INSTANT,
}
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "ticket": TEXT,
    "name": TEXT,
    "authority": TEXT,
    "approver": OPTIONAL_TEXT,
    "group": OPTIONAL_TEXT,
    "quorum": WHOLE,
    "asked_at": INSTANT,
    "remind_at": OPTIONAL_INSTANT,
    "expires_at": OPTIONAL_INSTANT,
    "former": {"type": ["integer", "null"]},
    "decision": one_of(*DECISIONS),
    "decided_by": OPTIONAL_TEXT,
    "decided_at": OPTIONAL_INSTANT,
    "votes": array(obj(VOTE)),
}


def _seen(user: User) -> QuerySet[Approval]:
    """Those of tickets that the person sees, and those they answered.

    Of a ticket that is not theirs to see any more they read their own words alone.
    """
    seen = Ticket.objects.visible_to(user).values("pk")
    mine = Vote.objects.filter(by=user)
    rows = Approval.objects.filter(
        Q(ticket__in=seen) | Q(pk__in=mine.values("approval"))
    )
    rows = rows.select_related("ticket", "approver", "group", "decided_by")
    votes = Vote.objects.filter(Q(by=user) | Q(approval__ticket__in=seen))
    votes = votes.select_related("by", "on_behalf_of")
    return rows.prefetch_related(Prefetch("votes", votes))


def _email(user: User | None) -> str | None:
    return user.email if user else None


def _tell(row: Approval) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "ticket": row.ticket.number,
        "name": row.name,
        "authority": row.authority,
        "approver": _email(row.approver),
        "group": row.group.slug if row.group else None,
        "quorum": row.quorum,
        "asked_at": row.asked_at,
        "remind_at": row.remind_at,
        "expires_at": row.expires_at,
        "former": row.former_id,
        "decision": row.decision,
        "decided_by": _email(row.decided_by),
        "decided_at": row.decided_at,
        "votes": [
            {
                "by": vote.by.email,
                "on_behalf_of": _email(vote.on_behalf_of),
                "answer": vote.answer,
                "words": vote.words,
                "at": vote.at,
            }
            for vote in sorted(row.votes.all(), key=lambda vote: vote.pk)
            if vote.void_at is None
        ],
    }


def _for_me(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    if values not in (["true"], ["false"]):
        raise ValueError(_("Send true or false."))
    mine = waiting_for(user).values("pk")
    is_mine = values == ["true"]
    return rows.filter(pk__in=mine) if is_mine else rows.exclude(pk__in=mine)


def _answer(raw: Mapping[str, Any], *, by: User, at: datetime) -> Approval:
    """Answer one of them: the domain call of the collection's POST."""
    readers: Mapping[str, fields.Reader] = {
        "approval": _number,
        "answer": fields.choice(*ANSWERS),
        "words": fields.text(voting.LONGEST),
    }
    given = fields.read(raw, readers)
    missing = [name for name in ("approval", "answer") if name not in given]
    if missing:
        raise Invalid({name: [_("This is needed.")] for name in missing})
    row = _seen(by).filter(pk=given.pop("approval")).first()
    if row is None:
        raise Invalid({"approval": [_("There is no such decision for you.")]})
    voting.vote(approval=row, by=by, at=at, **given)
    return row


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**62:
        raise ValueError(_("Send the id of a decision."))
    return value


APPROVALS = Resource(
    name="approvals",
    shape="Approval",
    key="pk",
    rows=_seen,
    tell=_tell,
    told=TOLD,
    order=Order(columns={"asked_at": "asked_at"}, first="-asked_at"),
    filters=(
        named("ticket", "ticket__number"),
        choices("decision", "decision", DECISIONS),
        Filter("for_me", _for_me, "What waits for you", FLAG),
    ),
    create=_answer,
    taken={
        "approval": {"type": "integer", "minimum": 1, "maximum": 2**62},
        "answer": one_of(*ANSWERS),
        "words": {"type": "string", "maxLength": voting.LONGEST},
    },
    required=("approval", "answer"),
)

# Groups -----------------------------------------------------------------------

GROUP: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "members": fields.several(fields.PERSON),
    "services": fields.several(fields.SERVICE),
    "quorum": _number,
    "active": fields.flag,
}


def _group(raw: Mapping[str, Any]) -> dict[str, Any]:
    given = fields.read(raw, GROUP)
    if "active" in given:
        given["is_active"] = given.pop("active")
    return given


def _make_group(raw: Mapping[str, Any], *, by: User, at: datetime) -> Authority:
    return groups.create_authority(by=by, at=at, **{"name": "", **_group(raw)})


def _change_group(
    row: Authority, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Authority:
    return groups.change_authority(authority=row, by=by, at=at, **_group(raw))


def _groups(user: User) -> QuerySet[Authority]:
    rows = Authority.objects.prefetch_related("members", "services")
    return rows if allows(user, "people.see") else rows.none()


AUTHORITIES = Resource(
    name="authorities",
    shape="Authority",
    key="slug",
    rows=_groups,
    tell=lambda row: {
        "slug": row.slug,
        "name": row.name,
        "members": sorted(member.email for member in row.members.all()),
        "services": sorted(service.slug for service in row.services.all()),
        "quorum": row.quorum,
        "active": row.is_active,
    },
    told={
        "slug": TEXT,
        "name": TEXT,
        "members": array(TEXT),
        "services": array(TEXT),
        "quorum": WHOLE,
        "active": FLAG,
    },
    order=BY_SLUG,
    filters=(containing("q", "name"), flag("active", "is_active")),
    create=_make_group,
    change=_change_group,
    may_write=lambda user, row: require(user, "authority.change"),
    taken={
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "members": array(TEXT),
        "services": array(TEXT),
        "quorum": {"type": "integer", "minimum": 1, "maximum": groups.MOST},
        "active": FLAG,
    },
    required=("name", "members"),
)

# Who stands in ----------------------------------------------------------------

GIVEN: Mapping[str, fields.Reader] = {
    "to": fields.PERSON,
    "starts_at": fields.instant,
    "ends_at": fields.instant,
    "note": fields.text(delegating.LONGEST_NOTE),
}


def _delegations(user: User) -> QuerySet[Delegation]:
    if allows(user, "delegation.change"):
        return Delegation.objects.select_related("giver", "to")
    return delegating.delegations_of(user)


def _delegate(raw: Mapping[str, Any], *, by: User, at: datetime) -> Delegation:
    given = fields.read(raw, GIVEN)
    given.setdefault("starts_at", at)
    missing = [name for name in ("to", "ends_at") if name not in given]
    if missing:
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return delegating.delegate(giver=by, by=by, at=at, **given)


DELEGATIONS = Resource(
    name="delegations",
    shape="Delegation",
    key="pk",
    rows=_delegations,
    tell=lambda row: {
        "id": row.pk,
        "giver": row.giver.email,
        "to": row.to.email,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "note": row.note,
    },
    told={
        "id": WHOLE,
        "giver": TEXT,
        "to": TEXT,
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "note": TEXT,
    },
    order=Order(
        columns={"starts_at": "starts_at", "ends_at": "ends_at"}, first="starts_at"
    ),
    filters=(
        named("giver", "giver__email", fold=True),
        named("to", "to__email", fold=True),
    ),
    create=_delegate,
    taken={
        "to": {"type": "string", "description": "An e-mail"},
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "note": {"type": "string", "maxLength": delegating.LONGEST_NOTE},
    },
    required=("to", "ends_at"),
)


class DelegationView(ItemView):
    """`/delegations/<id>/`."""

    def check_allowed(self) -> None:
        """Whose seat it is, and administrators."""
        if self.request.method == "DELETE" and self.subject.giver_id != self.user.pk:
            require(self.user, "delegation.change")

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Take it back; one that has begun ends now."""
        self.check_query()
        delegating.end_delegation(delegation=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


class DecisionVerbView(VerbView):
    """`POST …/approve/` and `…/reject/`, of those practices whose processes ask."""


def _verbs() -> list[URLPattern]:
    body = component(
        "Decision",
        obj(
            {
                "comment": {"type": "string", "maxLength": 100_000},
                "condition": {"type": "string", "maxLength": voting.LONGEST},
            },
            (),
        ),
    )
    found = []
    for type_, shape in (("request", "Request"), ("change", "Change")):
        for verb in ("approve", "reject"):
            doc = Doc(
                f"{verb.title()} it",
                {"$ref": f"#/components/schemas/{shape}"},
                body=body,
                has_etag=True,
                is_guarded=True,
                is_keyed=True,
            )
            view = DecisionVerbView.as_view(
                type=type_, collection=f"{type_}s", verb=verb, docs={"post": doc}
            )
            found.append(path(f"{type_}s/<ticket:number>/{verb}/", view))
    return found


def urls() -> list[URLPattern]:
    """The addresses of decisions, groups and delegations."""
    shape = component("Delegation", obj(DELEGATIONS.told))
    one = DelegationView.as_view(
        resource=DELEGATIONS,
        collection=DELEGATIONS.name,
        docs={
            "get": Doc("One of them", shape, has_etag=True),
            "delete": Doc("Take it back; one that has begun ends", None, status=204),
        },
    )
    return [
        *_verbs(),
        *routes(APPROVALS),
        *routes(AUTHORITIES),
        routes(DELEGATIONS)[0],
        path("delegations/<str:key>/", one),
    ]
