"""Comments and files of a ticket over REST."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.problems import Malformed, TooLarge, WrongType
from core.api.schema import FLAG, Doc, Param, obj, ref
from core.errors import Invalid
from core.files import LARGEST
from core.uploads import came_whole
from itsm.tickets import actions
from itsm.tickets.api import shapes
from itsm.tickets.api.views import TicketView
from itsm.tickets.cleaning import clean
from itsm.tickets.models import Attachment, Comment
from itsm.tickets.policy import require_on
from itsm.tickets.serving import serve

ORDER = pages.Order(columns={"at": "pk"}, first="at")
QUERY = (
    Param("ordering", {"type": "string", "enum": ORDER.words}),
    Param("limit", {"type": "integer", "minimum": 1, "maximum": pages.MOST}),
    Param("cursor"),
)
FORM = obj({"file": {"type": "string", "format": "binary"}, "public": FLAG}, ["file"])
ENVELOPE = 1024 * 1024  # bytes that a form may have around its file


class CommentsView(TicketView):
    """`GET …/comments/`: the conversation, oldest first. `…/comment/` adds to it."""

    docs = {"get": Doc("The conversation", shapes.COMMENT_PAGE, query=QUERY)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page; requesters read what is public."""
        rows = Comment.objects.filter(ticket_id=self.subject.pk).select_related(
            "author"
        )
        if not self.user.is_staff:
            rows = rows.filter(is_public=True)
        page = pages.paginate(
            self.plain, rows, ORDER, lambda found: map(shapes.of_comment, found)
        )
        return answers.answer(page)


class FilesView(TicketView):
    """`…/attachments/`: the files, and adding one."""

    docs = {
        "get": Doc("The files", shapes.FILE_PAGE, query=QUERY),
        "post": Doc(
            "Attach a file",
            ref("Attachment"),
            status=201,
            body=FORM,
            media="multipart/form-data",
            needs_body=True,
            is_keyed=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page; requesters see what is public."""
        page = pages.paginate(
            self.plain,
            self._visible(),
            ORDER,
            lambda found: [shapes.of_file(f, self.plain, self.subject) for f in found],
        )
        return answers.answer(page)

    def _visible(self) -> QuerySet[Attachment]:
        rows = Attachment.objects.filter(ticket_id=self.subject.pk)
        rows = rows.select_related("author")
        return rows if self.user.is_staff else rows.filter(is_public=True)

    def check_allowed(self) -> None:
        """Before a byte of the file is read."""
        if self.request.method == "POST":
            require_on(self.user, "ticket.attach", self.subject)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Keep one file, sent as a form with `file` and perhaps `public`."""
        self.check_query()
        if self.plain.content_type != "multipart/form-data":
            raise WrongType(_("Send the file as multipart/form-data."))
        length = self.plain.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LARGEST + ENVELOPE:
            words = {"most": LARGEST // 1024 // 1024}
            raise TooLarge(_("At most %(most)s MB are possible.") % words)
        self._read_form()
        return self.once(self._attach)

    def _read_form(self) -> None:
        """Read it whole; a file that came half is no file."""
        if not came_whole(self.plain):
            raise Malformed(_("The upload broke off before it was complete."))

    def _attach(self) -> HttpResponse:
        files, form = self.plain.FILES, self.plain.POST
        extra = sorted((files.keys() | form.keys()) - {"file", "public"})
        if extra:
            raise Invalid({name: [_("There is no such field.")] for name in extra})
        if len(files.getlist("file")) != 1:
            raise Invalid({"file": [_("Send one file in the field “file”.")]})
        file: Any = files["file"]
        given = clean(
            {"public": form.get("public", "true")}, by=self.user, optional=("public",)
        )
        kept = actions.attach(
            ticket=self.subject,
            by=self.user,
            at=self.at,
            file=file,
            name=file.name or "file",
            public=given["public"],
        )
        told = shapes.of_file(kept, self.plain, self.subject)
        return answers.answer(told, status=201, headers={"Location": told["url"]})


class FileView(TicketView):
    """`GET …/attachments/<id>/`: the bytes, always as a download."""

    collection = "tickets"
    docs = {
        "get": Doc(
            "Download a file",
            {"type": "string", "format": "binary"},
            answered_as="application/octet-stream",
        )
    }

    def get(self, request: Any, id: int = 0, **kwargs: Any) -> HttpResponseBase:
        """The file, for those who may see it; 404 for one that was removed."""
        rows = Attachment.objects.filter(
            ticket_id=self.subject.pk, pk=id, redacted_at=None
        )
        if not self.user.is_staff:
            rows = rows.filter(is_public=True)
        kept = rows.first()
        if kept is None:
            raise Http404(_("There is no such file for you."))
        return serve(kept, show=False)
