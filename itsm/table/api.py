"""`/api/now/table/<table>[/<sys_id>]`: each view makes one domain call."""

from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request

from core.api.problems import Malformed
from core.api.views import ApiView
from core.errors import Forbidden
from itsm.table import answers, described, ids, reading, roster, writing
from itsm.table.params import Params
from itsm.table.signing_in import BasicTokenAuthentication
from itsm.table.tables import TABLES, Table
from people.tokens import TokenAuthentication

BASE = "/api/now/table/"
IGNORED = "X-Ignored-Fields"
NO_RECORD = "Record doesn't exist or ACL restricts the record retrieval"
AS_TOLD = Params.plain()


class TableView(ApiView):
    """What both addresses share: who asks, how it is told, and how it is refused."""

    authentication_classes = [TokenAuthentication, BasicTokenAuthentication]
    security: ClassVar[Any] = [{"token": []}, {"basic": []}]
    table: Table = None  # type: ignore[assignment]  # given by `urls`

    def check_query(self) -> None:
        """What nobody knows is ignored here."""

    def params(self) -> Params:
        """The `sysparm_…` of this request. Raises Malformed."""
        named = frozenset(self.table.told_to(self.user))
        is_list = self.request.method in {"GET", "HEAD"} and self.subject is None
        return Params.read(self.plain.GET, named if is_list else frozenset())

    @property
    def base(self) -> str:
        """Where the tables are, as links name it."""
        return self.plain.build_absolute_uri(BASE)

    def told(self, pk: int, params: Params, status: int = 200) -> HttpResponse:
        """A record that was written, as its writer may see it now."""
        found = reading.record(self.table, pk, params, self.user, self.base)
        sys_id = ids.sys_id(self.table.kind, pk)
        headers = {"Location": f"{self.base}{self.table.name}/{sys_id}"}
        return answers.result(
            found or {"sys_id": sys_id},
            status=status,
            headers=headers if status == 201 else {},
        )

    def with_ignored(self, answer: HttpResponse, raw: Any) -> HttpResponse:
        """Say which of the fields that were sent are no fields here."""
        names = sorted(raw.keys() - described.taken(self.table))
        shown = [name for name in names if name.isascii() and name.isidentifier()]
        if shown:
            answer.headers[IGNORED] = ",".join(shown)[:1000]
        return answer

    def handle_exception(self, exc: Exception) -> Any:
        """In ServiceNow's shape."""
        if isinstance(exc, Http404):
            return answers.refused(404, NO_RECORD)
        if isinstance(exc, exceptions.NotAuthenticated):
            exc = exceptions.NotAuthenticated(
                _("Send an API token: as Bearer, or with your e-mail as Basic.")
            )
        return answers.reshaped(super().handle_exception(exc))

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """405, with what is possible."""
        return answers.reshaped(super().http_method_not_allowed(request))


class ListView(TableView):
    """The records of a table, and making one."""

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """A page of those that the person may see."""
        params = self.params()
        found = reading.find(self.table, params, self.user, self.base)
        headers = answers.paging(self.plain, params, found.total)
        return answers.result(found.records, headers=headers)


class MakingView(ListView):
    """A table in which records can be made."""

    made: Any = None

    def check_allowed(self) -> None:
        """Who may, before what was sent is read."""
        if self.request.method == "POST" and not self.table.ticket_type:
            roster.RESOURCES[self.table.name].may_write(self.user, None)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Make one."""
        return self.once(self._make, again=self._again)

    def _make(self) -> HttpResponse:
        params, raw = self.params(), self.fields()
        if self.table.ticket_type:
            pk = writing.create(self.table, raw, by=self.user, at=self.at)
        else:
            pk = roster.create(self.table.name, raw, by=self.user, at=self.at)
        self.made = self.table.rows(self.user).model(pk=pk)
        return self.with_ignored(self.told(pk, params, status=201), raw)

    def _again(self, pk: int) -> HttpResponse:
        return self.told(pk, self.params(), status=201)

    def copied(self) -> Any:
        """Whose texts the answer holds: of what was made."""
        return self.made


class RecordView(TableView):
    """One record."""

    subject: int

    def find(self, sys_id: str = "", **kwargs: Any) -> int:
        """Its id, where the person may see it; Http404 otherwise."""
        pk = ids.pk_of(self.table.kind, sys_id)
        if pk is None or not self.table.rows(self.user).filter(pk=pk).exists():
            raise Http404
        return pk

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The record."""
        params = self.params()
        found = reading.record(self.table, self.subject, params, self.user, self.base)
        if found is None:
            raise Http404
        return answers.result(found)


class ChangingView(RecordView):
    """One record that can be changed."""

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As PATCH: what is not sent stays, as ServiceNow does it."""
        return self.patch(request)

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what differs."""
        params, raw, table = self.params(), self.fields(), self.table
        current = reading.record(table, self.subject, AS_TOLD, self.user, "") or {}
        if table.ticket_type:
            writing.change(table, self.subject, raw, current, by=self.user, at=self.at)
        else:
            roster.change(
                table.name, self.subject, raw, current, by=self.user, at=self.at
            )
        return self.with_ignored(self.told(self.subject, params), raw)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Cancel a ticket; other records are switched off, not deleted."""
        if not self.table.ticket_type:
            raise Forbidden(_("Nothing is deleted here: make it inactive instead."))
        writing.cancel(self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


class NoTable(TableView):
    """Whatever else is asked for under `/api/now/`."""

    def check_scopes(self, request: Request) -> None:
        """Nothing is told."""

    def find(self, **kwargs: Any) -> None:
        """Never anything."""
        name = self.plain.path.removeprefix(BASE).partition("/")[0][:60]
        raise Malformed(_("Invalid table: there is no “%(name)s”.") % {"name": name})


def urls() -> list[URLPattern]:
    """The addresses; a slash at their end is taken too, and not in the schema."""
    found: list[URLPattern] = []
    for table in TABLES.values():
        listed, single = described.docs(table)
        is_written = table.kind != ids.FILE
        many = MakingView if is_written else ListView
        one = ChangingView if is_written else RecordView
        known: dict[str, Any] = {"table": table, "collection": table.scope}
        record = f"{table.name}/<str:sys_id>"
        found += [
            path(table.name, many.as_view(**known, docs=listed)),
            path(f"{table.name}/", many.as_view(**known)),
            path(record, one.as_view(**known, docs=single)),
            path(f"{record}/", one.as_view(**known)),
        ]
    return found
