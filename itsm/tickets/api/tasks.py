"""A ticket's tasks over REST: the list, one more, changing and taking one away."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import (
    FLAG,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    component,
    obj,
    page_of,
)
from core.errors import Invalid
from itsm.tickets.api.views import TicketView
from itsm.tickets.checklist import actions
from itsm.tickets.checklist.models import Task
from itsm.tickets.pages.ticket_tasks import day, person
from itsm.tickets.policy import require_on

DAY: Schema = {"type": ["string", "null"], "format": "date"}
TAKEN: dict[str, Schema] = {
    "title": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST},
    "assignee": OPTIONAL_TEXT,
    "due_on": DAY,
}
component(
    "Task",
    obj(
        {
            "id": WHOLE,
            "title": TEXT,
            "assignee": OPTIONAL_TEXT,
            "due_on": DAY,
            "position": WHOLE,
            "done": FLAG,
            "done_at": OPTIONAL_INSTANT,
            "done_by": OPTIONAL_TEXT,
            "waived_reason": TEXT,
        }
    ),
)
NEW = component("NewTask", obj(TAKEN, ["title"]))
CHANGE: dict[str, Schema] = {
    **TAKEN,
    "position": {"type": "integer", "minimum": 0, "maximum": actions.MOST},
    "done": FLAG,
    "waived_reason": {"type": "string", "maxLength": 500},
}
EDIT = component("EditTask", obj(CHANGE, ()))
TASK: Schema = {"$ref": "#/components/schemas/Task"}


def tell(task: Task) -> dict[str, Any]:
    """A task as the contract shows it."""
    return {
        "id": task.pk,
        "title": task.title,
        "assignee": task.assignee.email if task.assignee else None,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "position": task.position,
        "done": task.done_at is not None,
        "done_at": task.done_at,
        "done_by": task.done_by.email if task.done_by else None,
        "waived_reason": task.waived_reason,
    }


def _given(raw: Mapping[str, Any], known: Mapping[str, Schema]) -> dict[str, Any]:
    """What was sent, read. Raises Invalid with all that is wrong."""
    errors: dict[str, list[str]] = {}
    given: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            given[name] = _read(name, value, known)
        except Invalid as no:
            errors |= no.errors
    if errors:
        raise Invalid(errors)
    return given


def _read(name: str, value: Any, known: Mapping[str, Schema]) -> Any:
    if name not in known:
        raise Invalid({name: [_("There is no such field.")]})
    if name == "done":
        if not isinstance(value, bool):
            raise Invalid({name: [_("Send true or false.")]})
        return value
    if name == "position":
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Invalid({name: [_("Send a place in the list.")]})
        return value
    if value is not None and (not isinstance(value, str) or "\x00" in value):
        raise Invalid({name: [_("Send a text.")]})
    if name == "assignee":
        return person(value or "")
    return day(value or "") if name == "due_on" else value or ""


class TasksView(TicketView):
    """`GET` and `POST …/tasks/`."""

    docs = {
        "get": Doc("What has to be done", page_of("Task")),
        "post": Doc("Add a task", TASK, status=201, body=NEW, is_keyed=True),
    }

    def check_allowed(self) -> None:
        """Those who may edit the ticket add to it."""
        if self.request.method == "POST":
            require_on(self.user, "ticket.edit", self.subject)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them, in their order; for those who work here."""
        rows = Task.objects.filter(ticket_id=self.subject.pk)
        rows = rows.select_related("assignee", "done_by").order_by("position", "pk")
        found = rows[: actions.MOST] if self.user.is_staff else ()
        results = [tell(row) for row in found]
        return answers.answer({"next": None, "previous": None, "results": results})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One more."""
        return self.once(self._add)

    def _add(self) -> HttpResponse:
        given = _given(self.fields(), TAKEN)
        given.setdefault("title", "")
        task = actions.add_task(ticket=self.subject, by=self.user, at=self.at, **given)
        return answers.answer(tell(task), status=201)


class TaskView(TicketView):
    """`PATCH` and `DELETE …/tasks/<id>/`."""

    docs = {
        "patch": Doc("Change a task: done, waived, who, until when", TASK, body=EDIT),
        "delete": Doc("Take a task away", TASK),
    }

    def check_allowed(self) -> None:
        """Those who may edit the ticket."""
        require_on(self.user, "ticket.edit", self.subject)

    def patch(self, request: Any, id: int = 0, **kwargs: Any) -> HttpResponse:
        """Change what is given; `waived_reason` says why it is not needed."""
        given = _given(self.fields(), CHANGE)
        common: dict[str, Any] = {"ticket": self.subject, "task": id}
        common |= {"by": self.user, "at": self.at}
        if reason := given.pop("waived_reason", ""):
            task = actions.waive_task(**common, reason=reason)
        if given or not reason:
            task = actions.change_task(**common, given=given)
        return answers.answer(tell(task))

    def delete(self, request: Any, id: int = 0, **kwargs: Any) -> HttpResponse:
        """Take it away; answers what it was."""
        self.check_query()
        was = Task.objects.filter(ticket_id=self.subject.pk, pk=id)
        found = was.select_related("assignee", "done_by").first()
        actions.remove_task(ticket=self.subject, task=id, by=self.user, at=self.at)
        assert found is not None  # the action has refused otherwise
        return answers.answer(tell(found) | {"id": id})
