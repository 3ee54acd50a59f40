"""The conversation: comments, notes and files, through whatever door."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from django.core.files.base import File
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.files import check_file
from core.log import act, record, write_at_end
from itsm.tickets import kinds
from itsm.tickets.actions.common import Changes, check_version, save, set_fields
from itsm.tickets.actions.planning import Scene
from itsm.tickets.mentions import noting
from itsm.tickets.models import LONGEST_BODY, Attachment, Comment, Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import Channel, StateCategory
from people.models import User

MOST_FILES = 10  # at once


def comment(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    body: str,
    public: bool | None = None,
    channel: Channel | str | None = None,
    version: int | None = None,
) -> Comment:
    """Say something. A requester's words are always public.

    Staff who say nothing about it write a note, on their own ticket a public text. A
    ticket that waits for the requester goes on when they answer.
    """
    with act():
        ticket = lock(ticket)
        is_public = not by.is_staff or (
            by.pk == ticket.requester_id if public is None else public
        )
        require_on(by, "ticket.comment" if is_public else "ticket.note", ticket)
        check_version(ticket, version)
        said = add_comment(
            ticket=ticket, by=by, at=at, body=body, public=is_public, channel=channel
        )
        if is_public and by.pk == ticket.requester_id:
            _resume_on_reply(ticket, by, at)
    return said


def add_comment(
    *,
    ticket: Ticket,
    by: User | None,
    at: datetime,
    body: str,
    public: bool,
    channel: Channel | str | None = None,
) -> Comment:
    """Write the words and the event; for verbs that checked everything already."""
    body = body.strip()
    if not body:
        raise Invalid({"body": [_("Write something first.")]})
    if len(body) > LONGEST_BODY:
        sentence = _("At most %(n)s characters; attach a file.") % {"n": LONGEST_BODY}
        raise Invalid({"body": [sentence]})
    ours = by is not None and by.is_staff and by.pk != ticket.requester_id
    said = Comment.objects.create(
        ticket=ticket,
        author=by,
        body=body,
        is_public=public,
        channel=channel or (Channel.AGENT if ours else Channel.PORTAL),
        at=at,
    )
    changes: Changes = {"comment": (None, said.pk)}
    if public and ours:
        ticket.responded_at = ticket.responded_at or at
        changes |= set_fields(ticket, {"informed_at": at})
    save(ticket, at=at, fields=["responded_at", "informed_at"])
    kind = kinds.COMMENT if public else kinds.NOTE
    record(kind, subject=ticket, by=by, at=at, changes=changes, public=public)
    noting.note(ticket=ticket, said=said, by=by, at=at)
    return said


def attach(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    file: File,
    name: str,
    public: bool = True,
    said_with: Comment | None = None,
) -> Attachment:
    """Keep a file with the ticket. Raises Invalid for what is too large or not safe."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.attach", ticket)
        content_type, safe_name = check_file(file, name)
        is_public = public or not by.is_staff
        kept = Attachment(
            ticket=ticket,
            comment=said_with,
            name=safe_name,
            content_type=content_type,
            size=file.size,
            digest=_digest(file),
            is_public=is_public,
            author=by,
            at=at,
        )
        write_at_end(("file", id(kept)), _keep_file(kept, file))
        kept.save()
        save(ticket, at=at)
        added, kind = {"attachment": (None, kept.pk)}, kinds.ATTACH
        record(kind, subject=ticket, by=by, at=at, changes=added, public=is_public)
    return kept


def attach_all(
    *,
    files: Iterable[File],
    ticket: Ticket,
    by: User,
    at: datetime,
    public: bool = True,
    said_with: Comment | None = None,
) -> list[Attachment]:
    """Keep several files: all of them, or none. Raises Invalid."""
    files = list(files)
    if len(files) > MOST_FILES:
        raise Invalid({"file": [_("At most %(n)s files at once.") % {"n": MOST_FILES}]})
    with act():
        return [
            attach(
                ticket=ticket,
                by=by,
                at=at,
                file=file,
                name=file.name or "",
                public=public,
                said_with=said_with,
            )
            for file in files
        ]


def _digest(file: File) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()


def _keep_file(kept: Attachment, file: File) -> Callable[[], None]:
    """Name the file's place, and answer what puts it there at the end of the action.

    So a refusal leaves no file behind, and no row comes without its file. What is
    half written when the disk is full is taken away again.
    """
    field = kept._meta.get_field("file")
    name = field.generate_filename(kept, secrets.token_hex(16))
    kept.file.name = name
    storage = kept.file.storage

    def write() -> None:
        file.seek(0)
        try:
            storage.save(name, file)
        except BaseException:
            storage.delete(name)
            raise

    return write


def _resume_on_reply(ticket: Ticket, by: User, at: datetime) -> None:
    """Go on where the state says that the requester's reply is what it waited for."""
    if ticket.state_category == StateCategory.WAITING and ticket.wait_reason:
        state = definition_of(ticket).states[ticket.state]
        reason = state.reasons.get(ticket.wait_reason)
        if reason is None or reason.resumes_on != "reply":
            return
        names = [verb.name for verb in Scene.of(ticket, by=by, at=at).verbs()]
        if "resume" in names:
            from itsm.tickets.actions.moving import resume

            resume(ticket=ticket, by=by, at=at)
