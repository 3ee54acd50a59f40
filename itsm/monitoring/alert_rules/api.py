"""REST: the rules that say what becomes of alerts. Lengths are in ISO 8601."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.filters import choices, flag, named
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
    component,
    obj,
    one_of,
    ref,
)
from core.errors import Invalid
from itsm.monitoring.alert_rules import actions
from itsm.monitoring.alert_rules.checking import MOST_STORM
from itsm.monitoring.alert_rules.queries import visible_to
from itsm.monitoring.deciding.rules import OPS
from itsm.monitoring.deciding.trying import try_out
from itsm.monitoring.models import MOST_RECENT, AlertRule, Severity, Source
from itsm.monitoring.words import sentence
from people import api_fields as fields
from people.models import User
from people.policy import require
from processes.durations import CALENDAR_DAY, duration, write

ORDER = pages.Order(columns={"position": "position", "id": "pk"}, first="position")
NOTHING = "PT0S"
LENGTHS = ("within", "delay", "window", "reopen_within")
MOST_LISTED = 200


def length(value: Any) -> timedelta:
    """PT5M, PT2H; PT0S is nothing."""
    if value == NOTHING:
        return timedelta(0)
    return duration(value, day=CALENDAR_DAY)


def whole(value: Any) -> int:
    """A whole number; how large is for the action to judge."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**6:
        raise ValueError(_("Send a whole number."))
    return value


def matches(value: Any) -> list[Any]:
    """A list of conditions; what is in them is for the action to judge."""
    if not isinstance(value, list) or len(value) > MOST_LISTED:
        raise ValueError(_("Send a list."))
    return value


READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "source": fields.optional(fields.row(Source.objects.all)),
    "service": fields.optional(fields.SERVICE),
    "severities": fields.several(fields.choice(*Severity.values)),
    "matches": matches,
    "action": fields.choice(*AlertRule.Action.values),
    "threshold": whole,
    "group_by": fields.choice(*AlertRule.Group.values),
    "labels": fields.several(fields.text(100)),
    "storm": whole,
    "on_clear": fields.choice(*AlertRule.OnClear.values),
    "is_active": fields.flag,
    **dict.fromkeys(LENGTHS, length),
}
VALUE: Schema = {
    "anyOf": [
        {"type": "string", "maxLength": 500},
        {"type": "array", "items": {"type": "string", "maxLength": 500}},
    ]
}
MATCH = obj({"field": TEXT, "op": one_of(*OPS), "value": VALUE}, ("field", "op"))
LENGTH: Schema = {"type": "string", "examples": ["PT5M"]}
TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "source": OPTIONAL_TEXT,
    "service": OPTIONAL_TEXT,
    "severities": array(one_of(*Severity.values)),
    "matches": array(MATCH),
    "action": one_of(*AlertRule.Action.values),
    "threshold": {"type": "integer", "minimum": 1, "maximum": MOST_RECENT},
    "group_by": one_of(*AlertRule.Group.values),
    "labels": array(TEXT),
    "storm": {"type": "integer", "minimum": 0, "maximum": MOST_STORM},
    "on_clear": one_of(*AlertRule.OnClear.values),
    **dict.fromkeys(LENGTHS, LENGTH),
}


def _tell(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "position": row.position,
        "name": row.name,
        "is_active": row.is_active,
        "source": row.source.slug if row.source else None,
        "service": row.service.slug if row.service else None,
        "severities": row.severities,
        "matches": row.matches,
        "action": row.action,
        "threshold": row.threshold,
        "group_by": row.group_by,
        "labels": row.labels,
        "storm": row.storm,
        "on_clear": row.on_clear,
        **{name: _written(getattr(row, name)) for name in LENGTHS},
        "created_at": row.created_at,
    }


def _written(value: timedelta) -> str:
    return write(value, day=CALENDAR_DAY) if value else NOTHING


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> AlertRule:
    known = {k: v for k, v in READERS.items() if k != "is_active"}
    given = fields.read(raw, known)
    if "name" not in given:
        raise Invalid({"name": [_("This is needed.")]})
    return actions.create_rule(by=by, at=at, **given)


def _change(
    row: AlertRule, raw: Mapping[str, Any], *, by: User, at: datetime
) -> AlertRule:
    return actions.change_rule(rule=row, by=by, at=at, **fields.read(raw, READERS))


RULES = Resource(
    name="alert-rules",
    shape="AlertRule",
    key="pk",
    rows=visible_to,
    tell=_tell,
    told={
        "id": WHOLE,
        "position": WHOLE,
        "is_active": FLAG,
        **TAKEN,
        "created_at": INSTANT,
    },
    order=ORDER,
    filters=(
        flag("is_active", "is_active"),
        choices("action", "action", AlertRule.Action.values),
        named("source", "source__slug", nullable="source"),
        named("service", "service__slug", nullable="service"),
    ),
    taken={**TAKEN, "is_active": FLAG},
    required=("name",),
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, actions.VERB),
)


class OneRule(ItemView):
    """What is done to one rule."""

    resource = RULES
    collection = "alert-rules"
    http_method_names = ["post", "options"]

    def check_allowed(self) -> None:
        """Process owners and administrators."""
        require(self.user, actions.VERB)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        raise NotImplementedError


TRIED = obj(
    {
        "alerts": WHOLE,
        "incidents": WHOLE,
        "really": WHOLE,
        "is_cut": FLAG,
        "other": {"type": "object", "additionalProperties": WHOLE},
        "groups": array(
            obj({"service": TEXT, "n": WHOLE, "why": TEXT, "examples": array(WHOLE)})
        ),
    }
)


class TryView(OneRule):
    """`POST /api/v1/alert-rules/<id>/try/`: it changes nothing."""

    docs = {
        "post": Doc(
            "What it would have made of the last day, beside what there really was",
            component("TriedAlertRule", TRIED),
            body=obj({}),
            is_keyed=True,
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        require(self.user, "alert.see")

    def _do(self) -> HttpResponse:
        fields.read(self.fields(), {})
        found = try_out(self.subject, at=self.at)
        told = {
            "alerts": found.alerts,
            "incidents": found.incidents,
            "really": found.really,
            "is_cut": found.is_cut,
            "other": dict(found.other),
            "groups": [
                {
                    "service": one.service,
                    "n": one.n,
                    "why": sentence(one.why),
                    "examples": [row.pk for row in one.examples],
                }
                for one in found.groups[:MOST_LISTED]
            ],
        }
        return answers.answer(told)


class MoveView(OneRule):
    """`POST /api/v1/alert-rules/<id>/move/`."""

    docs = {
        "post": Doc(
            "Put it behind another rule, or first",
            ref("AlertRule"),
            body=obj({"after": {"type": ["integer", "null"]}}),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    }

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), {"after": fields.optional(whole)})
        if "after" not in given:
            raise Invalid({"after": [_("This is needed.")]})
        after = None
        if given["after"] is not None:
            after = visible_to(self.user).filter(pk=given["after"]).first()
            if after is None:
                raise Invalid({"after": [_("There is no such rule.")]})
        actions.move_rule(rule=self.subject, by=self.user, at=self.at, after=after)
        fresh: QuerySet[AlertRule] = visible_to(self.user)
        return answers.item(self.plain, _tell(fresh.get(pk=self.subject.pk)))


class RemoveView(OneRule):
    """`POST /api/v1/alert-rules/<id>/remove/`."""

    docs = {
        "post": Doc(
            "Take one that is off away for good",
            None,
            status=204,
            body=obj({}),
            is_keyed=True,
        )
    }

    def _do(self) -> HttpResponse:
        fields.read(self.fields(), {})
        actions.remove_rule(rule=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of rules."""
    return [
        *routes(RULES),
        path("alert-rules/<str:key>/try/", TryView.as_view()),
        path("alert-rules/<str:key>/move/", MoveView.as_view()),
        path("alert-rules/<str:key>/remove/", RemoveView.as_view()),
    ]
