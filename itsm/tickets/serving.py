"""The one way a kept file leaves the house, whichever door asks for it."""

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from core.files import BINARY, SHOWN
from itsm.tickets.drafts.models import Upload
from itsm.tickets.models import Attachment
from people.models import User

SANDBOX = "sandbox; default-src 'none'"


def may_read(user: User, kept: Attachment) -> bool:
    """Whether somebody who sees the ticket may read this file of it."""
    return kept.is_public or user.is_staff


def serve(kept: Attachment | Upload, *, show: bool = True) -> FileResponse:
    """The bytes. Pictures may be shown where asked for; all else is downloaded.

    Raises Http404 where the disk has lost it.
    """
    shown = show and kept.content_type in SHOWN
    try:
        file = kept.file.open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise Http404(
            _("“%(name)s” is not there any more.") % {"name": kept.name}
        ) from error
    return FileResponse(
        file,
        as_attachment=not shown,
        filename=kept.name,
        content_type=kept.content_type if shown else BINARY,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "private, no-cache",
        },
    )
