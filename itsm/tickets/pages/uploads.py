"""Files that come with a form: all of them whole, or a sentence that says why not."""

from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from people.models import User

MOST_FILES = 10
# The first and last field of a form with files: it came whole where both came.
BEGIN, END = "begin", "end"


def sent_files(request: HttpRequest, name: str = "files") -> list[UploadedFile]:
    """The files of a form that has `begin` first and `end` last. Raises Invalid.

    A body that breaks off loses the file it broke off in without a word, and `end`.
    """
    files = [file for file in request.FILES.getlist(name) if file is not None]
    if BEGIN in request.POST and END not in request.POST:
        raise Invalid(
            {"file": [_("The upload broke off; your text is kept. Send it again.")]}
        )
    if len(files) > MOST_FILES:
        raise Invalid({"file": [_("At most %(n)s files at once.") % {"n": MOST_FILES}]})
    return files


def attach_all(
    files: Iterable[UploadedFile],
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    public: bool = True,
    said_with: Comment | None = None,
) -> None:
    """Keep them with the ticket, inside the caller's action: all or none."""
    for file in files:
        actions.attach(
            ticket=ticket,
            by=by,
            at=at,
            file=file,
            name=file.name or "",
            public=public,
            said_with=said_with,
        )
