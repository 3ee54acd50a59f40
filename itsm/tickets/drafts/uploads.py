"""Files that come before the words they belong to: pasted, dropped or chosen.

They are their author's alone until the message is sent; then they are attachments.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.files import check_file
from core.log import act, write_at_end
from core.once import digest
from itsm.tickets.actions.talking import MOST_FILES
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.models import Attachment, Ticket
from itsm.tickets.policy import require_on
from people.models import User

KEPT = timedelta(days=1)  # without a draft that names it
_UNFIT = re.compile(r"[\s()\[\]<>`*_\\]+")  # would end an address in markdown
MOST_WAITING = 50  # of one person on one ticket


def keep(*, ticket: Ticket, by: User, at: datetime, file: File) -> Upload:
    """Keep one file, checked as an attachment is. Raises Invalid, Forbidden."""
    with act():
        require_on(by, "ticket.attach", ticket)
        content_type, name = check_file(file, file.name or "")
        waiting = Upload.objects.filter(user=by, ticket=ticket)
        if waiting.count() >= MOST_WAITING:
            raise Invalid({"file": [_("Send what is there first.")]})
        kept = Upload(
            user=by,
            ticket=ticket,
            name=_own_name(ticket, name),
            content_type=content_type,
            size=file.size,
            digest=digest(file),
            at=at,
        )
        write_at_end(("upload", id(kept)), _write(kept, file))
        kept.save()
    return kept


def _own_name(ticket: Ticket, name: str) -> str:
    """A name by which a text can mean this file: fit for markdown, one of its kind."""
    name = _UNFIT.sub("-", name).strip("-") or "file"
    taken = {"image.png", "image.jpeg", "image.jpg"}  # what browsers call a paste
    for model in (Attachment, Upload):
        rows: Any = model._default_manager.filter(ticket=ticket, name=name)
        taken.update(rows.values_list("name", flat=True))
    if name not in taken:
        return name
    stem, dot, ending = name.rpartition(".")
    mark = secrets.token_hex(3)
    return f"{stem}-{mark}.{ending}" if dot else f"{name}-{mark}"


def _write(kept: Upload, file: File) -> Callable[[], None]:
    field = kept._meta.get_field("file")
    place = field.generate_filename(kept, secrets.token_hex(16))
    kept.file.name = place
    storage = kept.file.storage

    def write() -> None:
        file.seek(0)
        try:
            storage.save(place, file)
        except BaseException:
            storage.delete(place)
            raise

    return write


def of(by: User, ticket: Ticket | None, files: Sequence[int]) -> list[Upload]:
    """Those of these uploads that are this person's, to this ticket."""
    ids = [pk for pk in files if isinstance(pk, int) and not isinstance(pk, bool)]
    if not ids or ticket is None:
        return []
    rows = Upload.objects.filter(pk__in=ids[:MOST_WAITING], user=by, ticket=ticket)
    return list(rows.order_by("pk"))


def check_number(count: int) -> None:
    """Raise Invalid for more files than one message may bring."""
    if count > MOST_FILES:
        raise Invalid({"file": [_("At most %(n)s files at once.") % {"n": MOST_FILES}]})


def opened(kept: Sequence[Upload]) -> list[File]:
    """The uploads as files that can be attached, by their own names."""
    return [File(one.file.open("rb"), name=one.name) for one in kept]


def drop(one: Upload) -> None:
    """Take an upload away, the bytes once that is committed."""
    gone = partial(one.file.storage.delete, one.file.name)
    one.delete()
    transaction.on_commit(gone, robust=True)


def sweep(*, at: datetime) -> int:
    """Take away uploads that no draft names and that nobody sent; how many."""
    old = Upload.objects.filter(at__lt=at - KEPT).order_by("at")[:500]
    found = list(old)
    if not found:
        return 0
    whose = Draft.objects.filter(ticket_id__in={one.ticket_id for one in found})
    named = {
        pk
        for fields in whose.values_list("fields", flat=True)
        for pk in fields.get("files", ())
    }
    gone = [one for one in found if one.pk not in named]
    for one in gone:
        drop(one)
    return len(gone)
