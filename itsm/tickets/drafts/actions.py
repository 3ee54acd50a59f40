"""Keeping a draft, dropping it and taking that back, and holding a reply for a moment.

A draft is nobody's business but its author's: nothing here is recorded in the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import File
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act
from itsm.tickets import promising
from itsm.tickets.cleaning import clean
from itsm.tickets.drafts import places, uploads
from itsm.tickets.drafts.models import LONGEST_FORM, SAYING, Draft, Upload
from itsm.tickets.models import LONGEST_BODY, Ticket
from itsm.tickets.policy import require_on
from people.models import User
from people.policy import Scope, require

UNDO = timedelta(seconds=5)  # a public reply can be taken back so long
MOST_FIELDS = 600  # a table of a form has fifty rows of eight
MOST = 200  # drafts of one person: whoever has more types for no form of ours
Fields = Mapping[str, Any]


def keep(
    *,
    by: User,
    ticket: Ticket | None,
    form: str,
    at: datetime,
    body: str = "",
    fields: Fields | None = None,
    files: Sequence[int] = (),
) -> Draft | None:
    """Keep what stands in a form now; None, and no draft, where nothing stands there.

    `files` are ids of uploads of the same person to the same ticket.
    """
    _may(by, ticket, form)
    given = {n: v for n, v in (fields or {}).items() if n != "files" and v != ""}
    _check(form, body, given)
    if ticket is None and not body.strip():
        says = places.alone(form).says(given)
        given = given if says else {}  # else what stood there before anybody typed
    mine = uploads.of(by, ticket, files)
    if mine:
        given["files"] = [one.pk for one in mine]
    if not body.strip() and not _says_something(given):
        drop(by=by, ticket=ticket, form=form)
        return None
    values = {"body": body, "fields": given, "why": "", "at": at, "discarded_at": None}
    draft, is_new = Draft.objects.update_or_create(
        **_of(by, ticket, form), defaults=values
    )
    if is_new and Draft.objects.filter(user=by).count() > MOST:
        draft.delete()
        raise WrongState(_("You have too many drafts. Send or discard some first."))
    return draft


def _may(by: User, ticket: Ticket | None, form: str) -> None:
    if ticket is None:
        require(by, places.alone(form).needs, frozenset({Scope.OWN}))
    else:
        require_on(by, "ticket.see", ticket)


def _of(by: User, ticket: Ticket | None, form: str) -> dict[str, Any]:
    return {"user": by, "ticket": ticket, "form": form, "due_at": None}


def _check(form: str, body: str, given: Fields) -> None:
    """Raise Invalid for what is larger than a form of ours."""
    texts = [body, *(str(value) for value in given.values())]
    whole = sum(map(len, texts))
    if len(form) > LONGEST_FORM or len(given) > MOST_FIELDS or whole > 4 * LONGEST_BODY:
        raise Invalid({"body": [_("This is more than a draft can hold.")]})
    if not all(map(_can_be_stored, (*texts, *given))):
        raise Invalid({"body": [_("It holds a character that cannot be stored.")]})


def _can_be_stored(text: str) -> bool:
    """Without NUL, and without halves of a character, as JSON may hold them."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _says_something(given: Fields) -> bool:
    return any(value for name, value in given.items() if name != "mode")


def drop(*, by: User, ticket: Ticket | None, form: str) -> None:
    """Forget a draft at once: it was sent, or emptied by hand."""
    Draft.objects.filter(**_of(by, ticket, form)).delete()


def discard(*, by: User, ticket: Ticket | None, form: str, at: datetime) -> bool:
    """Put a draft away; `restore` brings it back for a day. Whether there was one."""
    _may(by, ticket, form)
    rows = Draft.objects.filter(**_of(by, ticket, form), discarded_at=None)
    return bool(rows.update(discarded_at=at))


def restore(*, by: User, ticket: Ticket | None, form: str) -> Draft | None:
    """The draft that was put away, back as it was; None where it is gone."""
    _may(by, ticket, form)
    rows = Draft.objects.filter(**_of(by, ticket, form))
    rows.exclude(discarded_at=None).update(discarded_at=None)
    found: Draft | None = rows.first()
    return found


def read(by: User, ticket: Ticket | None, form: str) -> Draft | None:
    """What this person left in this form."""
    rows = Draft.objects.filter(**_of(by, ticket, form), discarded_at=None)
    found: Draft | None = rows.first()
    return found


def on(user: User, ticket: Ticket) -> dict[str, Draft]:
    """What this person left in the forms about a ticket, by form; one query."""
    rows = Draft.objects.filter(user=user, ticket=ticket, due_at=None)
    return {one.form: one for one in rows.filter(discarded_at=None)}


def all_of(user: User) -> QuerySet[Any, Any]:
    """Everything the person typed and did not send, newest first."""
    mine = Draft.objects.filter(user=user, due_at=None, discarded_at=None)
    return mine.select_related("ticket").order_by("-at")


def hold(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    body: str,
    sent: Iterable[File] = (),
    files: Sequence[int] = (),
    until: datetime | None = None,
) -> Draft:
    """A public reply that goes out in a few seconds. Raises what sending would raise.

    `sent` are files that came with the words, `files` those that were uploaded before;
    `until` is promised with it: when the requester hears next.
    """
    require_on(by, "ticket.comment", ticket)
    if until is not None:
        require_on(by, "ticket.renew", ticket)
        if wrong := promising.fault_of(until, at=at):
            raise Invalid({"until": [wrong]})
    kept = uploads.of(by, ticket, files)
    sent = list(sent)
    words = clean({"body": body}, by=by, required=("body",))["body"].strip()
    if not words and not kept and not sent:
        raise Invalid({"body": [_("Write something first.")]})
    uploads.check_number(len(kept) + len(sent))
    with act():
        kept += [uploads.keep(ticket=ticket, by=by, at=at, file=f) for f in sent]
        drop(by=by, ticket=ticket, form=SAYING)
        held: Draft = Draft.objects.create(
            user=by,
            ticket=ticket,
            form=SAYING,
            body=words,
            fields={
                "mode": "reply",
                "files": [one.pk for one in kept],
                **({"until": until.isoformat()} if until else {}),
            },
            at=at,
            due_at=at + UNDO,
        )
    return held


def take_back(
    *, held: int, ticket: Ticket, by: User, at: datetime, typed: str | None = None
) -> Draft:
    """A reply that has not gone out yet, as a draft again. Raises WrongState.

    `typed` stands in the composer by now; without it, what was kept of that.
    """
    _may(by, ticket, SAYING)
    with act():
        found = (
            Draft.objects.select_for_update()
            .filter(pk=held, user=by, ticket=ticket)
            .exclude(due_at=None)
            .first()
        )
        if found is None:
            raise WrongState(_("That reply has gone out already."))
        return come_back(found, at=at, typed=typed)


def come_back(
    held: Draft, *, at: datetime, why: str = "", typed: str | None = None
) -> Draft:
    """Make a held reply a draft, before what was typed since."""
    since = Draft.objects.filter(
        user=held.user_id, ticket=held.ticket_id, form=held.form, due_at=None
    ).first()
    if since is not None:
        if since.discarded_at is None:
            typed = since.body if typed is None else typed
            files = [*held.fields.get("files", ()), *since.fields.get("files", ())]
            held.fields = {**held.fields, "files": files}
        since.delete()
    held.body = "\n\n".join(filter(None, (held.body, (typed or "").strip())))
    held.due_at, held.at, held.why = None, at, why[:500]
    held.save()
    return held


def forget_ticket(ticket: Any) -> None:
    """A text of this ticket was removed for good: drafts may quote it."""
    if isinstance(ticket, Ticket):
        Draft.objects.filter(ticket_id=ticket.pk, due_at=None).delete()


def forget_person(user: User) -> None:
    """Nothing of what this person typed and did not send is kept."""
    Draft.objects.filter(user=user).delete()
    for one in Upload.objects.filter(user=user):
        uploads.drop(one)
