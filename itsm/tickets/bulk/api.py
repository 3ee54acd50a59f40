"""REST: starting a batch, looking at it, taking it back. 200 when done, else 202."""

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import TEXT, WHOLE, Doc, Schema, array, component, obj, one_of
from core.api.views import ApiView
from core.errors import Invalid
from itsm.tickets.bulk import acting
from itsm.tickets.bulk.models import Bulk, BulkItem
from itsm.tickets.bulk.subjects import visible_to

RESULT: Schema = obj(
    {
        "number": TEXT,
        "status": {"type": "integer", "description": "As the verb alone would answer"},
        "detail": TEXT,
    }
)
ANSWER = component(
    "Bulk",
    obj(
        {
            "id": WHOLE,
            "state": one_of("queued", "running", "done", "failed", "undone"),
            "done": WHOLE,
            "total": WHOLE,
            "results": array(RESULT),
        }
    ),
)
BODY = component(
    "NewBulk",
    obj(
        {
            "numbers": {
                "type": "array",
                "items": {"type": "string", "maxLength": 16},
                "minItems": 1,
                "maxItems": acting.MOST,
            },
            "verb": {"type": "string", "maxLength": 40},
            "fields": {"type": "object", "description": "What the verb takes"},
        },
        ("numbers", "verb"),
    ),
)

LATER = {202: "It is worked on; ask for it again"}


def told(bulk: Bulk) -> dict[str, Any]:
    """A batch as the API tells it: every item that was tried, in the order asked."""
    rows = bulk.items.exclude(state=BulkItem.State.PENDING).order_by("place")
    is_undone = bulk.phase == Bulk.Phase.UNDO and bulk.state == Bulk.State.DONE
    return {
        "id": bulk.pk,
        "state": "undone" if is_undone else bulk.state,
        "done": bulk.done,
        "total": bulk.total,
        "results": [
            {"number": number, "status": status, "detail": detail}
            for number, status, detail in rows.values_list("number", "status", "detail")
        ],
    }


def tell(bulk: Bulk) -> HttpResponse:
    """200 with all of it when it is over, 202 while it is worked on."""
    fresh = Bulk.objects.get(pk=bulk.pk)
    headers = {"Location": f"/api/v1/bulk/{fresh.pk}/"}
    status = 200 if fresh.is_over else 202
    return answers.answer(told(fresh), status=status, headers=headers)


class BulkStartView(ApiView):
    """`POST /tickets/bulk/`."""

    made: Bulk | None = None

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Write it down, once for its key; then do it, or leave it to the workers."""
        response = self.once(self._start)
        if response.status_code >= 300:
            return response
        if self.made is not None:
            acting.go(self.made)
        pk = json.loads(response.content)["id"]
        answer = tell(Bulk.objects.get(pk=pk, by=self.user))
        if "Idempotent-Replay" in response.headers:
            answer.headers["Idempotent-Replay"] = "true"
        return answer

    def _start(self) -> HttpResponse:
        self.made = acting.start(**_read(self.fields()), by=self.user, at=self.at)
        return answers.answer({"id": self.made.pk})


def _read(raw: Any) -> dict[str, Any]:
    """The body as `acting.start` takes it. Raises Invalid with all that is wrong."""
    errors: dict[str, list[str]] = {
        name: [_("There is no such field; known here: numbers, verb, fields.")]
        for name in raw
        if name not in {"numbers", "verb", "fields"}
    }
    numbers = raw.get("numbers")
    if not isinstance(numbers, list) or not all(_is_number(one) for one in numbers):
        errors["numbers"] = [_("Send a list of ticket numbers.")]
    if not isinstance(raw.get("verb"), str):
        errors["verb"] = [_("Send a text.")]
    if not isinstance(raw.get("fields", {}), dict):
        errors["fields"] = [_("Send an object of what the verb takes.")]
    if errors:
        raise Invalid(errors)
    return {"numbers": numbers, "verb": raw["verb"], "fields": raw.get("fields", {})}


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 16 and value.isascii()


class BulkView(ApiView):
    """`GET /bulk/<id>/`."""

    def find(self, id: int = 0, **kwargs: Any) -> Bulk:
        """One's own; administrators see all."""
        found = visible_to(self.user).filter(pk=min(id, 2**62)).first()
        if found is None:
            raise Http404(_("There is no such batch for you."))
        return found

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """How far it is, and what came of each ticket."""
        return answers.answer(told(self.subject))


class BulkUndoView(BulkView):
    """`POST /bulk/<id>/undo/`: by who started it, within the minute."""

    def check_allowed(self) -> None:
        """One's own alone."""
        acting.require_starter(self.subject, self.user)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Begin, and finish a small one at once."""
        self._check_body()
        bulk = acting.undo(self.subject, by=self.user, at=self.at)
        acting.go(bulk)
        return tell(bulk)

    def _check_body(self) -> None:
        if raw := self.fields():
            raise Invalid({name: [_("This takes no fields.")] for name in raw})


def urls() -> list[URLPattern]:
    """The addresses of batches."""
    start = Doc(
        "Do one verb to many tickets: up to 100 are answered 200, more 202",
        ANSWER,
        body=BODY,
        is_keyed=True,
        needs_body=True,
        more=LATER,
    )
    undo = Doc("Take it back, within a minute", ANSWER, more=LATER)
    known = {"collection": "tickets"}
    return [
        path("tickets/bulk/", BulkStartView.as_view(**known, docs={"post": start})),
        path(
            "bulk/<int:id>/",
            BulkView.as_view(**known, docs={"get": Doc("A batch", ANSWER)}),
        ),
        path("bulk/<int:id>/undo/", BulkUndoView.as_view(**known, docs={"post": undo})),
    ]
