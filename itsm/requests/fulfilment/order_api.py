"""Bundles, an offering's steps, and the flow of orders over REST."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from core.api import answers
from core.api.problems import Malformed
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    Schema,
    array,
    component,
    obj,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.requests.actions import order
from itsm.requests.entitlements.api import LENGTH, LENGTH_TOLD, length
from itsm.requests.fulfilment import bundles, setting, steps
from itsm.requests.measures import flow, words
from itsm.requests.measures.candidates import candidates
from itsm.requests.models import Offering, Profile
from people import api_fields as fields
from people import policy
from people.models import User

DAY: Schema = {"type": "string", "format": "date"}
CALL = {
    "url": {"type": "string", "maxLength": 2000},
    "secret": {"type": "string", "maxLength": 200},
    "timeout": {"type": "integer", "minimum": 1, "maximum": steps.LONGEST_TIMEOUT},
    "attempts": {"type": "integer", "minimum": 1, "maximum": steps.MOST_ATTEMPTS},
}
CALL_TOLD = {"url": TEXT, "timeout": WHOLE, "attempts": WHOLE, "has_secret": FLAG}
STEP: dict[str, Schema] = {
    "title": {"type": "string", "minLength": 1, "maxLength": steps.LONGEST_TITLE},
    "stage": {"type": "integer", "minimum": 1, "maximum": steps.MOST_STAGES},
    "team": OPTIONAL_TEXT,
    "minutes": {"type": ["integer", "null"], "minimum": 0},
    "profile": FLAG,
    "automatic": {"anyOf": [obj(CALL, ["url"]), {"type": "null"}]},
}
STEP_TOLD: dict[str, Schema] = {
    "title": TEXT,
    "stage": WHOLE,
    "team": OPTIONAL_TEXT,
    "minutes": WHOLE,
    "profile": FLAG,
    "automatic": {"anyOf": [obj(CALL_TOLD), {"type": "null"}]},
}
SHARED: dict[str, Schema] = {
    "gives_service": OPTIONAL_TEXT,
    "gives_role": {"type": "string", "maxLength": 100},
    "bundle": {"type": "string", "enum": list(Offering.Bundle.values)},
}
TOLD = component(
    "Fulfilment",
    obj({"steps": array(obj(STEP_TOLD)), "gives_for": LENGTH_TOLD, **SHARED}),
)
TAKEN = component(
    "EditFulfilment",
    obj(
        {
            "steps": {
                "type": "array",
                "maxItems": steps.MOST,
                "items": obj(STEP, ["title"]),
            },
            "gives_for": LENGTH,
            **SHARED,
        },
        (),
    ),
)


READERS: Mapping[str, fields.Reader] = {
    "steps": lambda value: value,  # read with the teams there are, by the action
    "gives_service": fields.optional(fields.SERVICE),
    "gives_role": fields.text(100),
    "gives_for": fields.optional(length),
    "bundle": fields.choice(*Offering.Bundle.values),
}


def _tell(row: Offering, user: User) -> dict[str, Any]:
    tells = setting.may(user, row)
    return {
        "steps": [_tell_step(step, tells=tells) for step in steps.of(row)],
        "gives_service": row.gives_service.slug if row.gives_service else None,
        "gives_role": row.gives_role,
        "gives_for": row.gives_for,
        "bundle": row.bundle,
    }


def _tell_step(step: steps.Step, *, tells: bool) -> dict[str, Any]:
    """A step; its secret is never told, its address to those who may change it."""
    call = step.automatic
    return {
        "title": step.title,
        "stage": step.stage,
        "team": step.team or None,
        "minutes": step.minutes,
        "profile": step.profile,
        "automatic": None
        if call is None
        else {
            "url": call.address if tells else "",
            "timeout": call.timeout,
            "attempts": call.attempts,
            "has_secret": bool(call.secret),
        },
    }


class FulfilmentView(ApiView):
    """`/api/v1/offerings/<slug>/fulfilment/`: steps, what it gives, its bundle."""

    collection = "offerings"
    docs: ClassVar[Mapping[str, Doc]] = {
        "get": Doc("What happens when it is ordered", TOLD, has_etag=True),
        "patch": Doc("Change what happens", TOLD, body=TAKEN, has_etag=True),
    }

    def find(self, slug: str = "", **kwargs: Any) -> Offering:
        """The offering; for those who work here."""
        rows = Offering.objects.select_related("service", "gives_service")
        found = rows.filter(slug=slug).first() if self.user.is_staff else None
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": slug})
        return found

    def check_allowed(self) -> None:
        """Administrators, and its service's owner."""
        if self.request.method == "PATCH":
            setting.require(self.user, self.subject)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As it stands."""
        return answers.item(self.plain, _tell(self.subject, self.user))

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        given = fields.read(self.fields(), READERS)
        answers.require_current(self.plain, lambda: _tell(self.subject, self.user))
        row = setting.set_fulfilment(
            offering=self.subject, by=self.user, at=self.at, **given
        )
        return answers.item(self.plain, _tell(row, self.user))


def _offering(value: Any) -> Offering:
    rows = Offering.objects.filter(is_active=True).exclude(bundle="")
    found = rows.filter(slug=fields.text(50)(value)).first()
    if found is None:
        raise ValueError(_("There is no such joiner, mover or leaver."))
    return found


def _profile(value: Any) -> Profile:
    found = Profile.objects.filter(slug=fields.text(50)(value)).first()
    if found is None:
        raise ValueError(_("There is no such profile."))
    return found


WANTED: Mapping[str, fields.Reader] = {
    "offering": _offering,
    "person": fields.PERSON,
    "profile": fields.optional(_profile),
    "description": fields.text(5000),
    "dry_run": fields.flag,
}
NEW_BUNDLE = component(
    "NewBundle",
    obj(
        {
            "offering": TEXT,
            "person": TEXT,
            "profile": OPTIONAL_TEXT,
            "description": {"type": "string", "maxLength": 5000},
            "dry_run": {"type": "boolean", "description": "Only what would change"},
        },
        ["offering", "person"],
    ),
)
HOLDING = obj({"id": WHOLE, "service": TEXT, "role": TEXT})
BUNDLE = component(
    "Bundle",
    obj(
        {
            "number": OPTIONAL_TEXT,
            "former": OPTIONAL_TEXT,
            "gives": array(TEXT),
            "takes": array(HOLDING),
            "keeps": array(HOLDING),
        }
    ),
)


class BundlesView(ApiView):
    """`POST /api/v1/bundles/`: somebody joins, moves or leaves."""

    collection = "requests"
    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc(
            "Order that somebody joins, moves or leaves; `dry_run` tells only what "
            "would change",
            BUNDLE,
            body=NEW_BUNDLE,
            is_keyed=True,
            needs_body=True,
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        policy.require(self.user, "bundle.order")

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The difference and, unless it is a dry run, the order."""
        return self.once(self._work)

    def _work(self) -> HttpResponse:
        given = fields.read(self.fields(), WANTED)
        missing = [name for name in ("offering", "person") if name not in given]
        if missing:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        offering, person = given["offering"], given["person"]
        profile = given.get("profile")
        found = bundles.check(offering, person, profile, by=self.user)
        number = None
        if not given.get("dry_run"):
            number = order(
                offering=offering,
                by=self.user,
                at=self.at,
                requester=person,
                title=f"{offering.name}: {person.name}"[:200],
                description=given.get("description", ""),
                profile=profile,
            ).number
        return answers.answer(
            {
                "number": number,
                "former": found.former.slug if found.former else None,
                "gives": [one.slug for one in found.gives],
                "takes": [_holding(one) for one in found.takes],
                "keeps": [_holding(one) for one in found.keeps],
            }
        )


def _holding(held: Any) -> dict[str, Any]:
    return {"id": held.pk, "service": held.service.slug, "role": held.role}


SECONDS: Schema = {"type": ["number", "null"]}
FIGURES = ("ordered", "done", "cancelled", "open", "without_hands", "asked")
TIMES = ("total", "approval", "fulfilment", "process", "waiting")
LINE = obj(
    {
        "offering": TEXT,
        "name": TEXT,
        **dict.fromkeys(FIGURES, WHOLE),
        "share_without_hands": SECONDS,
        **{f"{name}_seconds": SECONDS for name in TIMES},
    }
)
CANDIDATE = obj(
    {
        "title": TEXT,
        "offering": TEXT,
        "count": WHOLE,
        "working_hours": {"type": "number"},
    }
)
REPORT = component(
    "RequestFlow",
    obj(
        {
            "from": DAY,
            "to": DAY,
            "at": INSTANT,
            "says": TEXT,
            "offerings": array(LINE),
            "candidates": array(CANDIDATE),
        }
    ),
)


class FlowView(ApiView):
    """`GET /api/v1/requests/flow/`: the numbers of the page."""

    collection = "requests"
    docs: ClassVar[Mapping[str, Doc]] = {
        "get": Doc(
            "How orders flow, by offering",
            REPORT,
            query=(Param("from", DAY, "90 days back where not sent"), Param("to", DAY)),
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        policy.require(self.user, "ticket.queue")

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The numbers. Raises Malformed for days nobody understands."""
        given = self.plain.GET.dict()
        wish, problem = words.read(given, timezone.localdate(self.at))
        if problem:
            raise Malformed(problem)
        found = flow.orders(self.user, wish)
        lines = flow.lines(found, words.names())
        likely = candidates(found)
        return answers.answer(
            {
                "from": wish.first,
                "to": wish.last,
                "at": self.at,
                "says": words.sentence(lines, likely),
                "offerings": [_tell_line(line) for line in lines],
                "candidates": [
                    {
                        "title": one.title,
                        "offering": one.offering,
                        "count": one.count,
                        "working_hours": round(one.hours, 2),
                    }
                    for one in likely
                ],
            }
        )


def _tell_line(line: flow.Line) -> dict[str, Any]:
    times = {name: getattr(line, name) for name in TIMES}
    return {
        "offering": line.slug,
        "name": line.name,
        **{name: getattr(line, name) for name in FIGURES},
        "share_without_hands": line.share,
        **{f"{n}_seconds": t.total_seconds() if t else None for n, t in times.items()},
    }


def urls() -> list[URLPattern]:
    """The addresses; `requests/flow/` comes before one request's."""
    return [
        path("requests/flow/", FlowView.as_view()),
        path("offerings/<str:slug>/fulfilment/", FulfilmentView.as_view()),
        path("bundles/", BundlesView.as_view()),
    ]
