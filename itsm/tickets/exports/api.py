"""REST: asking for a list as a file, looking how far it is, fetching it."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import (
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.tickets.exports import actions
from itsm.tickets.exports.models import Export
from itsm.tickets.exports.pages import sent
from people import policy

ANSWER = component(
    "Export",
    obj(
        {
            "id": WHOLE,
            "state": one_of("queued", "running", "done", "failed", "dropped"),
            "format": one_of("csv", "json"),
            "done": WHOLE,
            "total": WHOLE,
            "file": OPTIONAL_TEXT,
            "created_at": INSTANT,
            "expires_at": INSTANT,
        }
    ),
)
BODY = component(
    "NewExport",
    obj(
        {
            "list": {
                "type": "string",
                "maxLength": 2000,
                "description": "A list's address, such as /queue/?team=network",
            },
            "format": one_of("csv", "json"),
        },
        ("list",),
    ),
)


def told(export: Export, at: Any) -> dict[str, Any]:
    """A file as the API tells of it."""
    is_ready = actions.is_ready(export, at=at)
    gone = export.state == Export.State.DONE and not is_ready
    return {
        "id": export.pk,
        "state": "dropped" if gone else export.state,
        "format": export.format,
        "done": export.done,
        "total": export.total,
        "file": f"/api/v1/exports/{export.pk}/file/" if is_ready else None,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
    }


class Own(ApiView):
    """Everything about files: for those who work here."""

    collection = "exports"

    def check_allowed(self) -> None:
        """Only who may make files."""
        policy.require(self.user, "export.make")


class ExportsView(Own):
    """`POST /exports/`."""

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Ask for a file; a worker writes it."""
        return self.once(self._start)

    def _start(self) -> HttpResponse:
        raw = self.fields()
        unknown = {
            n: [_("There is no such field.")] for n in raw.keys() - {"list", "format"}
        }
        wrong = {
            n: [_("Send a text.")]
            for n in ("list", "format")
            if not isinstance(raw.get(n, ""), str) or "\x00" in raw.get(n, "")
        }
        if unknown or wrong:
            raise Invalid({**unknown, **wrong})
        export = actions.start(
            by=self.user,
            at=self.at,
            address=raw.get("list", ""),
            format=raw.get("format", "csv"),
            language=get_language() or "",
        )
        where = {"Location": f"/api/v1/exports/{export.pk}/"}
        return answers.answer(told(export, self.at), status=202, headers=where)


class ExportView(Own):
    """`GET /exports/<id>/`."""

    def find(self, **kwargs: Any) -> Export:
        """One's own."""
        return actions.get_export(self.user, kwargs["id"])

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """How far it is."""
        return answers.item(self.plain, told(self.subject, self.at))


class ExportFileView(ExportView):
    """`GET /exports/<id>/file/`."""

    def get(self, request: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """The file; 409 while it is not there."""
        return sent(self.subject, self.user, self.at)


MAKE = Doc(
    "Ask for a list as a file",
    ANSWER,
    status=202,
    body=BODY,
    is_keyed=True,
    needs_body=True,
)


def urls() -> list[URLPattern]:
    """The addresses."""
    item = {"get": Doc("How far a file is", ANSWER)}
    file = {"get": Doc("The file: CSV or JSON", TEXT)}
    return [
        path("exports/", ExportsView.as_view(docs={"post": MAKE})),
        path("exports/<int:id>/", ExportView.as_view(docs=item)),
        path("exports/<int:id>/file/", ExportFileView.as_view(docs=file)),
    ]
