"""Agreements over REST: list, read, make, change, accept, and try out.

A customer's contact reads those of their organisation, without the steps inside the
house. Lengths are ISO 8601 in working time, a day being eight hours.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import choices, containing, flag, named
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    Doc,
    array,
    component,
    obj,
    one_of,
    ref,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.sla import actions
from itsm.sla.api_fields import PRIORITY, READERS, STEP, TAKEN, TRY_READERS
from itsm.sla.checking import PRIORITY_NAMES
from itsm.sla.models import Agreement, ClockKind
from itsm.sla.policy import owns_a_service, relations, visible_to
from itsm.sla.trying import Answer, what_holds
from itsm.tickets.states import TicketType
from people import api_fields as fields
from people import policy
from people.models import Calendar, User
from people.policy import Scope
from processes.durations import WORKING_DAY, write

NOTE = {"type": "string", "maxLength": actions.LONGEST_NOTE}


def _visible(user: User) -> QuerySet[Agreement]:
    rows = visible_to(user).select_related(
        "service", "organisation", "team", "calendar", "accepted_by"
    )
    inside = policy.allows(user, "agreement.see")
    return rows.annotate(is_told_inside=Value(inside))


def _tell(row: Any) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "service": row.service.slug if row.service else None,
        "organisation": row.organisation.slug if row.organisation else None,
        "type": row.type or None,
        "team": row.team.slug if row.team else None,
        "calendar": row.calendar.slug if row.calendar else None,
        "around_the_clock": [f"P{priority}" for priority in row.around_the_clock],
        "targets": row.targets,
        "warnings": row.warnings,
        "escalations": row.escalations if row.is_told_inside else None,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "is_active": row.is_active,
        "accepted_by": row.accepted_by.email if row.accepted_by else None,
        "accepted_at": row.accepted_at,
        "updated_at": row.updated_at,
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Agreement:
    given = {"name": "", "targets": {}, **fields.read(raw, READERS)}
    return actions.create_agreement(by=by, at=at, **given)


def _change(
    row: Agreement, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Agreement:
    given = fields.read(raw, READERS)
    return actions.change_agreement(agreement=row, by=by, at=at, **given)


def _may_write(user: User, row: Agreement | None) -> None:
    """Whoever owns a service may make one, for that service: the action looks."""
    if row is not None:
        standing = relations(user, row)
    else:
        standing = frozenset({Scope.OWNED} if owns_a_service(user) else ())
    policy.require(user, "agreement.change", standing)


TERM = obj(
    {"target": TEXT, "calendar": OPTIONAL_TEXT, "agreement": OPTIONAL_TEXT},
)
TRIED = obj(
    {
        "holds": FLAG,
        "terms": obj(dict.fromkeys(ClockKind.values, TERM), ()),
        "why": array(TEXT),
    }
)
AGREEMENTS = Resource(
    name="agreements",
    shape="Agreement",
    key="slug",
    rows=_visible,
    tell=_tell,
    told={
        **TAKEN,
        "slug": TEXT,
        "name": TEXT,
        "escalations": {"type": ["array", "null"], "items": STEP},
        "accepted_by": OPTIONAL_TEXT,
        "accepted_at": OPTIONAL_INSTANT,
        "updated_at": INSTANT,
    },
    order=BY_SLUG,
    filters=(
        containing("q", "name"),
        choices("kind", "kind", Agreement.Kind.values),
        named("service", "service__slug", nullable="service"),
        named("organisation", "organisation__slug", nullable="organisation"),
        named("team", "team__slug", nullable="team"),
        flag("is_active", "is_active"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("name", "targets"),
)


class OneAgreement(ApiView):
    """What is done to one agreement."""

    collection = "agreements"

    def find(self, key: str = "", **kwargs: Any) -> Agreement:
        """The agreement as far as the person may see it."""
        found = None
        if "\x00" not in key:
            found = _visible(self.user).filter(slug=key).first()
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return found

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        raise NotImplementedError


class AcceptView(OneAgreement):
    """`POST /api/v1/agreements/<slug>/accept/`."""

    docs = {
        "post": Doc(
            "Accept it for the customer; an administrator says in a note who did",
            ref("Agreement"),
            body=obj({"note": NOTE}, ()),
            has_etag=True,
            is_keyed=True,
        )
    }

    def check_allowed(self) -> None:
        """The customer's contact, or an administrator."""
        standing = relations(self.user, self.subject)
        policy.require(self.user, "agreement.accept", standing)

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), {"note": fields.text(actions.LONGEST_NOTE)})
        actions.accept_agreement(
            agreement=self.subject, by=self.user, at=self.at, **given
        )
        fresh = _visible(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


class TryView(OneAgreement):
    """`POST /api/v1/agreements/<slug>/try/`: it changes nothing."""

    docs = {
        "post": Doc(
            "What would be promised to such a ticket, and why",
            component("TriedAgreement", TRIED),
            body=obj(
                {
                    "service": OPTIONAL_TEXT,
                    "organisation": OPTIONAL_TEXT,
                    "team": OPTIONAL_TEXT,
                    "type": one_of(*TicketType.values),
                    "priority": PRIORITY,
                    "at": INSTANT,
                },
                ("priority",),
            ),
            is_keyed=True,
            needs_body=True,
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        policy.require(self.user, "agreement.see")

    def _do(self) -> HttpResponse:
        given: dict[str, Any] = {"type": "incident", "at": self.at}
        given |= fields.read(self.fields(), TRY_READERS)
        if "priority" not in given:
            known = {"words": ", ".join(PRIORITY_NAMES)}
            raise Invalid({"priority": [_("Choose one of: %(words)s.") % known]})
        return answers.answer(self._told(what_holds(**given)))

    def _told(self, found: Answer) -> dict[str, Any]:
        agreements: dict[Any, str] = {e.id: e.slug for e in found.book.agreements}
        versions = {terms.calendar for terms in found.terms.values()}
        named = Calendar.objects.filter(versions__in=versions - {None})
        calendars: dict[Any, str] = dict(named.values_list("versions", "slug"))
        won = {terms.agreement for terms in found.terms.values()}
        return {
            "holds": self.subject.pk in won,
            "terms": {
                kind: {
                    "target": write(terms.target, day=WORKING_DAY),
                    "calendar": calendars.get(terms.calendar),
                    "agreement": agreements.get(terms.agreement),
                }
                for kind, terms in found.terms.items()
            },
            "why": list(found.why),
        }


def urls() -> list[URLPattern]:
    """The addresses of agreements."""
    return [
        *routes(AGREEMENTS),
        path("agreements/<str:key>/accept/", AcceptView.as_view()),
        path("agreements/<str:key>/try/", TryView.as_view()),
    ]
