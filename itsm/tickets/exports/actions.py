"""Asking for a list as a file, writing it batch by batch, and letting it go again."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from core import jobs, reader
from core.errors import Forbidden, Invalid, WrongState
from core.log import act, record
from itsm.tickets import queue
from itsm.tickets.asking import AnyOf
from itsm.tickets.exports import writing
from itsm.tickets.exports.models import Export, ExportPart
from itsm.tickets.filters import narrow
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from itsm.tickets.views.counting import wish_for
from itsm.tickets.wishes import Wish
from people import policy
from people.models import User

BATCH = 500
MOST = 100_000  # rows of one file
AT_ONCE = 5  # files of one person that are being written
KEPT = timedelta(hours=24)
TOLD = timedelta(days=30)  # how long the page says that there was one
REDACTED, HIDDEN = "redacted", "hidden"  # why a file is gone early
LISTS = {"/queue/": "", **{f"/{t}s/": t for t in TicketType.values}}


def start(
    *, by: User, at: datetime, address: str, format: str, language: str, title: str = ""
) -> Export:
    """Ask for the list at an address of ours as a file; a worker writes it."""
    policy.require(by, "export.make")
    wish = wish_at(address)
    if format not in Export.Format.values:
        raise Invalid({"format": [_("Choose one of: csv, json.")]})
    with act():
        waiting = Export.objects.filter(by=by, state__in=["queued", "running"])
        if waiting.count() >= AT_ONCE:
            raise WrongState(
                _("%(n)s of your files are still being written; wait for one of them.")
                % {"n": AT_ONCE}
            )
        export = Export(
            by=by,
            format=format,
            title=(title or str(queue.VIEWS[wish.view].label))[:100],
            type=wish.fixed_type,
            query=wish.query()[:1000],
            language=language,
            created_at=at,
            expires_at=at + KEPT,
        )
        jobs.start(export)
        record(
            "export.make",
            subject=export,
            by=by,
            at=at,
            changes={"format": (None, format)},
        )
    return export


def wish_at(address: str) -> Wish:
    """The list at one of our addresses; Invalid where it is none."""
    parts = _ours(address)
    if parts is None:
        known = ", ".join(LISTS)
        text = _("Send the address of a list, such as %(lists)s.") % {"lists": known}
        raise Invalid({"list": [text]})
    return wish_for(parts.query, LISTS[parts.path])


def is_list(address: str) -> bool:
    """Whether a list of ours is there."""
    return _ours(address) is not None


def _ours(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_ours = parts.path in LISTS and address.startswith(parts.path)
    return parts if is_ours and len(parts.query) <= 2000 else None


def tickets_at(user: User, address: str, *, at: datetime) -> Any:
    """Every ticket of the list at an address, as far as this person sees them."""
    wish = wish_at(address)
    return queue.tickets_of(user, wish, narrow(user, wish, at=at), at=at)


def write_batch(export: Export) -> bool:
    """Write the next rows, newest tickets first; whether there are more.

    What is read is what the person may see now, not when they asked.
    """
    with transaction.atomic(), reader.speaking(export.language):
        export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
        person = User.objects.get(pk=export.by_id)
        if not policy.allows(person, "export.make"):
            raise Forbidden(_("This is not yours to do."))
        found = _tickets(export, person)
        if not export.cursor:
            export.total = min(found.order_by().values("pk")[: MOST + 1].count(), MOST)
            _add(export, _head(export))
        else:
            found = found.filter(pk__lt=int(export.cursor))
        rows = list(found.order_by("-pk").values_list("pk", *writing.READ)[:BATCH])
        room = MOST - export.done
        more, rows = len(rows) == BATCH and room > BATCH, rows[:room]
        if rows:
            export.cursor = str(rows[-1][0])
            body = _body(export, [row[1:] for row in rows])
            _add(export, body, [row[0] for row in rows])
        export.done += len(rows)
        export.is_cut = export.done >= MOST
        export.save(update_fields=["cursor", "done", "total", "is_cut"])
    return more


def _tickets(export: Export, person: User) -> Any:
    wish = wish_for(export.query, export.type)
    at = export.created_at
    return queue.tickets_of(person, wish, narrow(person, wish, at=at), at=at)


def _head(export: Export) -> str:
    if export.format == Export.Format.JSON:
        return ""
    return writing.csv_header(export.language)


def _body(export: Export, rows: list[Any]) -> str:
    if export.format == Export.Format.JSON:
        return writing.json_rows(rows)
    return writing.csv_rows(rows, export.language)


def _add(export: Export, body: str, tickets: Sequence[int] = ()) -> None:
    if body:
        ExportPart.objects.create(export=export, body=body, tickets=list(tickets))


def get_export(user: User, pk: int) -> Export:
    """One's own; nobody else's is there."""
    found: Export | None = Export.objects.filter(pk=pk, by=user).first()
    if found is None:
        raise Http404(_("There is no such file."))
    return found


def is_ready(export: Export, *, at: datetime) -> bool:
    """Whether there is something to download."""
    is_done = export.state == Export.State.DONE
    return is_done and export.dropped_at is None and export.expires_at > at


def fetch(*, export: Export, by: User, at: datetime) -> Iterator[str]:
    """The file's text, part by part. Raises WrongState where it is not there.

    What its maker may not see any more they cannot fetch either: then the file goes.
    """
    policy.require(by, "export.make")
    if export.by_id != by.pk:
        raise Forbidden(_("This is not yours to do."))
    if not is_ready(export, at=at):
        raise WrongState(_("This file is not there; ask for it again."))
    if not _sees_all(by, export):
        drop(export, HIDDEN)
        raise WrongState(
            _("You may not see everything in this file any more; ask for it again.")
        )
    with act():
        record("export.fetch", subject=export, by=by, at=at)
    return _parts(export)


def _sees_all(user: User, export: Export) -> bool:
    """Whether every ticket of a file is still theirs to see; a query for each part."""
    seen: Any = Ticket.objects.visible_to(user).order_by()
    return all(
        seen.filter(AnyOf("pk", ids)).count() == len(ids)
        for ids in export.parts.order_by("pk").values_list("tickets", flat=True)
        if ids
    )


def drop(export: Export, why: str) -> None:
    """Let a finished file go before its day is over."""
    export.parts.all().delete()
    export.dropped_at, export.dropped_why = Now(), why
    export.cursor, export.done = "", 0
    export.save(update_fields=["cursor", "done", "dropped_at", "dropped_why"])


def _parts(export: Export) -> Iterator[str]:
    is_json = export.format == Export.Format.JSON
    ids = list(export.parts.order_by("pk").values_list("pk", flat=True))
    if is_json:
        yield "[\n"
    for place, pk in enumerate(ids):
        body = ExportPart.objects.filter(pk=pk).values_list("body", flat=True).first()
        yield (",\n" if is_json and place else "") + (body or "")
    if is_json:
        yield "\n]\n"


def forget(subject: Any) -> None:
    """A text of a ticket was removed: files that hold the ticket are written no more.

    One that is being written begins anew; its row is locked while a batch is.
    """
    if not isinstance(subject, Ticket):
        return
    former = subject.former_numbers.values_list("number", flat=True)
    held = Q()
    for number in (subject.number, *former):
        held |= Q(body__contains=number)
    holding = ExportPart.objects.filter(held, export=OuterRef("pk"))
    rows = Export.objects.filter(Exists(holding)).select_for_update(of=("self",))
    for export in rows:
        if export.is_over:
            drop(export, REDACTED)
        else:
            export.parts.all().delete()
            export.cursor, export.done = "", 0
            export.save(update_fields=["cursor", "done"])


def tidy(*, at: datetime) -> int:
    """Let go of files that are over, and later of their rows; how many files."""
    over = ExportPart.objects.filter(export__expires_at__lt=at)
    count, _by_model = over.delete()
    old = Export.objects.filter(created_at__lt=at - TOLD, state__in=["done", "failed"])
    old.delete()
    return count


def file_name(export: Export) -> str:
    """How the file is called where it is kept: words of ours, nobody's text."""
    day = f"{export.created_at:%Y-%m-%d}"
    return f"beeline-{export.type or 'ticket'}s-{day}-{export.pk}.{export.format}"
