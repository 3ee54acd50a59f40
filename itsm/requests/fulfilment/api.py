"""Tasks over REST, the answer of a step without hands, and an offering's steps."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request as ApiRequest

from core.api import answers
from core.api.filters import Filter, choices, flag, named
from core.api.pages import Order
from core.api.resources import Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from core.context import Door, through
from core.errors import Invalid
from itsm.requests.fulfilment import answering
from itsm.requests.models import Automatic, Task
from itsm.tickets.checklist import actions
from itsm.tickets.policy import require_on
from itsm.tickets.states import OPEN
from people import api_fields as fields
from people.models import User

STATES = ("open", "later", "done", "waived")
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "ticket": TEXT,
    "title": TEXT,
    "stage": WHOLE,
    "state": one_of(*STATES),
    "team": OPTIONAL_TEXT,
    "assignee": OPTIONAL_TEXT,
    "begun_at": OPTIONAL_INSTANT,
    "due_at": OPTIONAL_INSTANT,
    "done_at": OPTIONAL_INSTANT,
    "done_by": OPTIONAL_TEXT,
    "waived_reason": TEXT,
    "automatic": one_of(*Automatic.State.values, empty=True),
    "failure": TEXT,
}


def _rows(user: User) -> QuerySet[Task]:
    """Those the person sees."""
    rows: QuerySet[Task] = Task.objects.visible_to(user)
    return rows.select_related("ticket", "team", "assignee", "done_by", "automatic")


def state_of(row: Task) -> str:
    """Open, later (its turn has not come), done or waived."""
    if row.waived_reason:
        return "waived"
    if row.done_at is not None:
        return "done"
    return "later" if row.stage and row.begun_at is None else "open"


def tell(row: Task) -> Mapping[str, Any]:
    """A task as programs read it."""
    automatic = getattr(row, "automatic", None)
    return {
        "id": row.pk,
        "ticket": row.ticket.number,
        "title": row.title,
        "stage": row.stage,
        "state": state_of(row),
        "team": row.team.slug if row.team else None,
        "assignee": row.assignee.email if row.assignee else None,
        "begun_at": row.begun_at,
        "due_at": row.due_at,
        "done_at": row.done_at,
        "done_by": row.done_by.email if row.done_by else None,
        "waived_reason": row.waived_reason,
        "automatic": automatic.state if automatic else None,
        "failure": answering.words(automatic.failure) if automatic else "",
    }


def _by_state(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    unsettled = Q(done_at=None, waived_reason="")
    later = Q(stage__gt=0, begun_at=None)
    kinds = {
        "open": unsettled & ~later & Q(ticket__state_category__in=OPEN),
        "later": unsettled & later & Q(ticket__state_category__in=OPEN),
        "done": Q(done_at__isnull=False),
        "waived": ~Q(waived_reason=""),
    }
    if not values or not set(values) <= set(kinds):
        words = {"words": ", ".join(kinds)}
        raise ValueError(_("Choose one of: %(words)s.") % words)
    found = Q(pk__in=[])
    for value in values:
        found |= kinds[value]
    return rows.filter(found)


def _late(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    if len(values) != 1 or values[0] not in {"true", "false"}:
        raise ValueError(_("Send true or false."))
    late = Q(due_at__lte=timezone.now(), done_at=None, waived_reason="")
    late &= Q(ticket__state_category__in=OPEN)
    return rows.filter(late) if values[0] == "true" else rows.exclude(late)


TASKS = Resource(
    name="tasks",
    shape="TeamTask",
    key="pk",
    rows=_rows,
    tell=tell,
    told=TOLD,
    order=Order(
        columns={"id": "pk", "due_at": "due_at"},
        first="id",
        nullable=frozenset({"due_at"}),
    ),
    filters=(
        named("ticket", "ticket__number"),
        named("team", "team__slug", nullable="team"),
        named("assignee", "assignee__email", nullable="assignee", fold=True),
        Filter("state", _by_state, schema={"type": "string", "enum": list(STATES)}),
        Filter("late", _late, schema=FLAG),
        choices("automatic", "automatic__state", Automatic.State.values),
        flag("restricted", "ticket__restricted"),
    ),
)
SHAPE: Schema = {"$ref": "#/components/schemas/TeamTask"}
REASON: dict[str, Schema] = {"reason": {"type": "string", "maxLength": 500}}


class VerbView(ApiView):
    """`POST /api/v1/tasks/<id>/<verb>/`."""

    collection = "tasks"

    def find(self, key: str = "", **kwargs: Any) -> Task:
        """The task, as far as this person sees it."""
        is_number = key.isascii() and key.isdigit() and len(key) < 19
        row = _rows(self.user).filter(pk=int(key)).first() if is_number else None
        if row is None:
            raise Http404(_("There is no task %(key)s for you.") % {"key": key})
        return row

    def check_allowed(self) -> None:
        """Who works here, and sees the ticket or is of the task's team."""
        require_on(self.user, "task.do", self.subject.ticket)

    def do(self, row: Task, given: Mapping[str, Any]) -> None:
        """The one domain call."""
        raise NotImplementedError

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and answer the task."""
        return self.once(self._work)

    def _work(self) -> HttpResponse:
        self.do(self.subject, self.fields())
        return answers.answer(tell(_rows(self.user).get(pk=self.subject.pk)))


def _none_known(given: Mapping[str, Any], *known: str) -> None:
    if unknown := given.keys() - set(known):
        raise Invalid({name: [_("There is no such field.")] for name in unknown})


class DoneView(VerbView):
    """It is done."""

    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc("It is done", SHAPE, is_keyed=True)
    }

    def do(self, row: Task, given: Mapping[str, Any]) -> None:
        """Finish it."""
        _none_known(given)
        actions.finish_task(ticket=row.ticket, task=row.pk, by=self.user, at=self.at)


class WaiveView(VerbView):
    """It is not needed, and why."""

    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc(
            "It is not needed, and why",
            SHAPE,
            is_keyed=True,
            body=component("WaiveTask", obj(REASON, ["reason"])),
        )
    }

    def do(self, row: Task, given: Mapping[str, Any]) -> None:
        """Waive it."""
        _none_known(given, "reason")
        reason = fields.read(given, {"reason": fields.text(500)}).get("reason", "")
        common: dict[str, Any] = {"ticket": row.ticket, "task": row.pk}
        actions.waive_task(**common, by=self.user, at=self.at, reason=reason)


class RetryView(VerbView):
    """Call the automatic step again."""

    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc("Call a step that failed once more", SHAPE, is_keyed=True)
    }

    def do(self, row: Task, given: Mapping[str, Any]) -> None:
        """Try again."""
        _none_known(given)
        answering.retry(task=row, by=self.user, at=self.at)


SAID = component(
    "StepAnswer",
    obj({"ok": FLAG, "note": {"type": "string", "maxLength": 5000}}, ["ok"]),
)
OUTCOME = component(
    "StepOutcome", obj({"outcome": one_of(*answering.Outcome), "at": INSTANT})
)


class AnswerView(ApiView):
    """`POST /api/v1/tasks/<token>/answer/`: whoever was called, with its token."""

    security: ClassVar[list[Any]] = []
    authentication_classes = ()
    docs: ClassVar[Mapping[str, Doc]] = {
        "post": Doc(
            "The answer of a step without hands. Answered twice it is 200 and changes "
            "nothing; after its time it is recorded and told",
            OUTCOME,
            body=SAID,
            needs_body=True,
        )
    }

    def initial(self, request: ApiRequest, *args: Any, **kwargs: Any) -> None:
        """Nobody is signed in: the token alone says who may."""
        self.subject = self.find(**kwargs)

    def find(self, **kwargs: Any) -> str:
        """The token, where it is one."""
        token = str(kwargs.get("token", ""))
        known = Automatic.objects.filter(token_digest=answering.digest(token))
        if "\x00" in token or not token or not known.exists():
            raise Http404(_("There is no step with this token."))
        return token

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Say how it went."""
        given = self.fields()
        _none_known(given, "ok", "note")
        readers = {"ok": fields.flag, "note": fields.text(5000)}
        read = fields.read({"ok": None, **given}, readers)
        with through(Door.SOURCE):
            came = answering.answer(token=self.subject, at=self.at, **read)
        return answers.answer({"outcome": came.value, "at": self.at})


def urls() -> list[URLPattern]:
    """The addresses of tasks."""
    return [
        path("tasks/<str:token>/answer/", AnswerView.as_view()),
        path("tasks/<str:key>/done/", DoneView.as_view()),
        path("tasks/<str:key>/waive/", WaiveView.as_view()),
        path("tasks/<str:key>/retry/", RetryView.as_view()),
        *routes(TASKS),
    ]
