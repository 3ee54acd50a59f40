"""Kinds of change over REST, their standing, and what their records speak for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.filters import choices, containing, flag, named
from core.api.pages import BY_SLUG
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
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
from core.errors import Invalid
from itsm.changes.api import ANSWERS, MOMENT
from itsm.changes.kinds import actions, policy, queries, standing
from itsm.changes.models import Kind, Proposal
from itsm.changes.questions import read_answers
from itsm.changes.trust import Record
from people import api_fields as fields
from people.models import User
from people.policy import require

LONGEST_TEXT = 20_000


def _length(value: Any) -> timedelta:
    """PT30M, PT2H; how long it may be is the action's to say."""
    try:
        found = parse_duration(value) if isinstance(value, str) else None
    except OverflowError:
        found = None
    if found is None or value[:1] != "P":
        raise ValueError(_("Send a length such as PT30M or PT2H."))
    return found


def _steps(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError(_("Send a list."))
    steps = [fields.text(200)(one).strip() for one in value]
    if not all(steps):
        raise ValueError(_("Say what each step is."))
    return steps


def _evidence(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError(_("Send a list."))
    return [fields.text(40)(one) for one in value]


READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "description": fields.text(5000),
    "service": fields.optional(fields.SERVICE),
    "team": fields.optional(fields.TEAM),
    "plan": fields.text(LONGEST_TEXT),
    "test": fields.text(LONGEST_TEXT),
    "way_back": fields.text(LONGEST_TEXT),
    "tasks": _steps,
    "length": _length,
    "answers": lambda value: read_answers("answers", value, None) or {},
    "evidence": _evidence,
    "is_active": fields.flag,
}
LONG: Schema = {"type": "string", "maxLength": LONGEST_TEXT}
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": {"type": "string", "maxLength": 5000},
    "service": OPTIONAL_TEXT,
    "team": OPTIONAL_TEXT,
    "plan": LONG,
    "test": LONG,
    "way_back": LONG,
    "tasks": array({"type": "string", "minLength": 1, "maxLength": 200}),
    "length": {"type": "string", "examples": ["PT30M"]},
    "answers": ANSWERS,
    "evidence": array({"type": "string", "maxLength": 40}),
    "is_active": FLAG,
}
RECORD = obj(
    {
        "ended": WHOLE,
        "failed": WHOLE,
        "bound": {
            "type": "number",
            "description": "With 95 % certainty at most this share fails",
        },
    }
)
TOLD: dict[str, Schema] = {
    "slug": TEXT,
    **TAKEN,
    "standing": one_of(*Kind.Standing.values),
    "standing_since": MOMENT,
    "authorised_by": OPTIONAL_TEXT,
    "record": RECORD,
}


def _record(ended: int, failed: int) -> dict[str, Any]:
    record = Record(ended, failed)
    return {"ended": ended, "failed": failed, "bound": round(record.bound, 4)}


def _tell(row: Any) -> Mapping[str, Any]:
    same = ("slug", "name", "description", "plan", "test", "way_back", "tasks")
    also = ("length", "answers", "evidence", "is_active", "standing", "standing_since")
    return {
        **{name: getattr(row, name) for name in (*same, *also)},
        "service": row.service.slug if row.service else None,
        "team": row.team.slug if row.team else None,
        "authorised_by": row.authorised_by.email if row.authorised_by else None,
        "record": _record(row.ended, row.failed),
    }


def _may_write(user: User, row: Kind | None) -> None:
    """Which service and team a new one is of, and so whose, the action says."""
    if row is not None:
        policy.require_change(user, row.service, row.team)
    else:
        require(user, "change_kind.see")


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Kind:
    given = {"name": "", **fields.read(raw, READERS)}
    return actions.create_kind(by=by, at=at, **given)


def _change(row: Kind, raw: Mapping[str, Any], *, by: User, at: datetime) -> Kind:
    given = fields.read(raw, READERS)
    return actions.change_kind(kind=row, by=by, at=at, **given)


KINDS = Resource(
    name="change-kinds",
    shape="ChangeKind",
    key="slug",
    rows=queries.with_record,
    tell=_tell,
    told=TOLD,
    order=BY_SLUG,
    filters=(
        containing("q", "name", "description"),
        named("service", "service__slug", nullable="service"),
        named("team", "team__slug", nullable="team"),
        choices("standing", "standing", Kind.Standing.values),
        flag("is_active", "is_active"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("name",),
)


def _tell_proposal(row: Proposal) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind.slug,
        "to": row.to,
        "former": row.former,
        "record": _record(row.evidence["ended"], row.evidence["failed"]),
        "proposed_at": row.proposed_at,
        "decision": row.decision,
        "decided_at": row.decided_at,
        "decided_by": row.decided_by.email if row.decided_by else None,
        "reason": row.reason,
    }


PROPOSALS = Resource(
    name="change-proposals",
    shape="ChangeProposal",
    key="pk",
    rows=queries.proposals,
    tell=_tell_proposal,
    told={
        "id": WHOLE,
        "kind": TEXT,
        "to": one_of(*Proposal.To.values),
        "former": TEXT,
        "record": RECORD,
        "proposed_at": INSTANT,
        "decision": TEXT,
        "decided_at": MOMENT,
        "decided_by": OPTIONAL_TEXT,
        "reason": TEXT,
    },
    order=pages.Order(columns={"id": "pk"}, first="-id"),
    filters=(
        named("kind", "kind__slug"),
        choices("decision", "decision", ["accepted", "declined", "lapsed"]),
    ),
)
REASON: Schema = {"type": "string", "maxLength": standing.LONGEST}


class StandingView(ItemView):
    """`POST /api/v1/change-kinds/<slug>/standing/`."""

    resource = KINDS
    collection = "change-kinds"
    http_method_names = ["post", "options"]
    docs = {
        "post": Doc(
            "Give it another standing, and say why",
            ref("ChangeKind"),
            body=obj(
                {"to": one_of(*Kind.Standing.values), "reason": REASON},
                ("to", "reason"),
            ),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    }

    def check_allowed(self) -> None:
        """The owner of the change process."""
        policy.require_authorise(self.user)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known = {
            "to": fields.choice(*Kind.Standing.values),
            "reason": fields.text(standing.LONGEST),
        }
        given = fields.read(self.fields(), known)
        if "to" not in given:
            raise Invalid({"to": [_("This is needed.")]})
        standing.set_standing(kind=self.subject, by=self.user, at=self.at, **given)
        fresh = queries.with_record(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


class DecideView(ItemView):
    """`POST /api/v1/change-proposals/<id>/accept/` and `…/decline/`."""

    resource = PROPOSALS
    collection = "change-proposals"
    http_method_names = ["post", "options"]
    accepts = True

    def check_allowed(self) -> None:
        """The owner of the change process."""
        policy.require_authorise(self.user)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Decide it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known = {"reason": fields.text(standing.LONGEST)}
        given = {"reason": "", **fields.read(self.fields(), known)}
        decide = standing.accept if self.accepts else standing.decline
        decide(proposal=self.subject, by=self.user, at=self.at, **given)
        fresh = queries.proposal(self.user, self.subject.pk)
        return answers.item(self.plain, _tell_proposal(fresh))


def _deciding(says: str, required: tuple[str, ...]) -> dict[str, Doc]:
    body = obj({"reason": REASON}, required)
    shape = ref("ChangeProposal")
    return {
        "post": Doc(
            says,
            shape,
            body=body,
            has_etag=True,
            is_keyed=True,
            needs_body=bool(required),
        )
    }


def urls() -> list[URLPattern]:
    """The addresses of kinds and proposals."""
    accept = _deciding("Do what the record speaks for", ())
    decline = _deciding("Leave it as it is, and say why", ("reason",))
    one = "change-proposals/<str:key>"
    return [
        *routes(KINDS),
        path("change-kinds/<str:key>/standing/", StandingView.as_view()),
        *routes(PROPOSALS),
        path(f"{one}/accept/", DecideView.as_view(docs=accept)),
        path(f"{one}/decline/", DecideView.as_view(docs=decline, accepts=False)),
    ]
