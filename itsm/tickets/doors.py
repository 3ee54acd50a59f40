"""One way in for every door: pages, REST, bulk and importers call `perform`.

The order of answers is the contract's: not yours (403), stale (412), wrong state
(409), invalid fields (422). The actions check again under the same lock, so a door
that forgets something changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act
from itsm.tickets import actions, details, promising
from itsm.tickets.actions.common import check_version, require_open
from itsm.tickets.actions.linking import KINDS
from itsm.tickets.actions.merging import require_not_merged
from itsm.tickets.actions.planning import Scene, plan_move
from itsm.tickets.cleaning import clean
from itsm.tickets.joining.models import Merged, Split
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.verbs import OF_MERGED, OPTIONAL, SPECS, Spec
from people.models import User

Fields = Mapping[str, Any]
EDITABLE = ("title", "description", "extra")


def perform(
    ticket: Ticket,
    verb: str,
    raw: Fields,
    *,
    by: User,
    at: datetime,
    version: int | None = None,
) -> Ticket:
    """Do one verb with fields as they came; answers the ticket as it is afterwards.

    `version` is the one the caller saw, where they want a newer one refused. Raises
    `core.errors.Refused` in one of its forms; then nothing was written.
    """
    with act():
        ticket = hold(ticket, verb, raw)
        raw = _nested(raw)
        require_on(by, right_to(verb), ticket)
        if verb not in OF_MERGED:
            require_not_merged(ticket, by, at=at)
        if verb == "edit":
            _edit(ticket, raw, by, at, version)
        elif verb in SPECS:
            _shared(ticket, SPECS[verb], raw, by, at, version)
        else:
            _move(ticket, verb, raw, by, at, version)
    return ticket


def right_to(verb: str) -> str:
    """What the policy calls it; the verbs of a process are one right."""
    if verb == "edit":
        return "ticket.edit"
    return SPECS[verb].policy if verb in SPECS else "ticket.transition"


def hold(ticket: Ticket, verb: str, raw: Fields) -> Ticket:
    """The ticket, locked; with the other one of a verb that is about two.

    Both in the order of their ids, so that no two people wait for each other.
    """
    pks = {ticket.pk}
    if verb == "merge":
        number = str(raw.get("into", ""))[:16].strip().upper()
        if "\x00" not in number:
            pks |= set(
                Ticket.objects.filter(number=number).values_list("pk", flat=True)
            )
    elif verb == "unmerge":
        rows = Merged.objects.filter(ticket_id=ticket.pk)
        pks |= set(rows.values_list("into_id", flat=True))
    elif verb == "unsplit":
        split = Split.objects.filter(ticket_id=ticket.pk)
        pks |= set(split.values_list("origin_id", flat=True))
    locked = {pk: lock(Ticket(pk=pk)) for pk in sorted(pks)}
    return locked[ticket.pk]


def say(
    ticket: Ticket,
    raw: Fields,
    files: Iterable[File],
    *,
    by: User,
    at: datetime,
) -> Ticket:
    """`comment` with files, all of it or nothing; files without words are kept alone.

    `raw` as for `perform`; the files are as public as the words.
    """
    files = list(files)
    with act():
        said = None
        if raw["body"].strip() or not files:
            ticket = perform(ticket, "comment", raw, by=by, at=at)
            said = ticket.comments.filter(author=by).latest("pk") if files else None
        actions.attach_all(
            files=files,
            ticket=ticket,
            by=by,
            at=at,
            public=raw["public"],
            said_with=said,
        )
    return ticket


def _edit(
    ticket: Ticket, raw: Fields, by: User, at: datetime, version: int | None
) -> None:
    check_version(ticket, version)
    detail = details.of(ticket.type)
    given = clean(
        raw,
        by=by,
        optional=(*EDITABLE, *(detail.fields if detail else ())),
        definition=Scene.of(ticket, by=by, at=at).definition,
        type_=ticket.type,
    )
    actions.edit(ticket=ticket, by=by, at=at, given=given)


def _shared(
    ticket: Ticket,
    spec: Spec,
    raw: Fields,
    by: User,
    at: datetime,
    version: int | None,
) -> None:
    """A verb that every ticket has."""
    check_version(ticket, version)
    if spec.needs_open:
        require_open(ticket, spec.name, by, at=at)
    if spec.name == "redact" and "comment" in raw:  # an id here, a text elsewhere
        raw = {("comment_id" if k == "comment" else k): v for k, v in raw.items()}
    given = clean(raw, by=by, required=spec.required, optional=spec.optional)
    missing = [name for name in spec.required if given.get(name) in (None, "")]
    if missing:
        raise Invalid({name: [_needed(name)] for name in missing})
    CALLS[spec.name](ticket=ticket, by=by, at=at, **given)


def _move(
    ticket: Ticket,
    verb: str,
    raw: Fields,
    by: User,
    at: datetime,
    version: int | None,
) -> None:
    """A verb of the ticket's own process: first whether, then with what."""
    scene = Scene.of(ticket, by=by, at=at)
    with suppress(Invalid):  # what is missing so far, the fields may bring
        plan_move(scene, verb, version=version)
    requires = next((v.requires for v in scene.verbs() if v.name == verb), ())
    given = clean(
        raw,
        by=by,
        required=requires,
        optional=OPTIONAL.get(verb, ("comment",)),
        definition=scene.definition,
        type_=ticket.type,
    )
    actions.transition(ticket=ticket, verb=verb, by=by, at=at, given=given)


def _nested(raw: Fields) -> dict[str, Any]:
    """A form's `window.start` as `{"window": {"start": …}}`; `fields.` stays flat."""
    found: dict[str, Any] = {}
    for name, value in raw.items():
        outer, dot, inner = name.partition(".")
        if not dot or outer == "fields":
            found[name] = value
        elif isinstance(part := found.setdefault(outer, {}), dict):
            part[inner] = value
    return found


def _needed(name: str) -> str:
    words = {
        "body": _("Write something first."),
        "until": _("Say by when they hear from us."),
        "why": _("Say why it has to go; the log keeps this."),
        "kind": _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS)},
        "number": _("Name the other ticket, such as INC-1042."),
        "into": _("Name the other ticket, such as INC-1042."),
        "title": _("Say in a few words what it is about."),
    }
    return words.get(name, _("This is needed."))


def _link(*, number: Ticket, **given: Any) -> Ticket:
    return actions.link(to=number, **given)


def _unlink(*, number: Ticket, **given: Any) -> Ticket:
    return actions.unlink(to=number, **given)


def _redact(*, comment_id: int | None = None, **given: Any) -> Ticket:
    return actions.redact(comment=comment_id, **given)


CALLS: Mapping[str, Callable[..., Any]] = {
    "take": actions.take,
    "ask": actions.ask,
    "decline": actions.decline,
    "withdraw": actions.withdraw,
    "grant": actions.grant,
    "keep": actions.keep,
    "assign": actions.assign,
    "triage": actions.triage,
    "comment": actions.comment,
    "promise": promising.renew,
    "link": _link,
    "unlink": _unlink,
    "merge": actions.merge,
    "unmerge": actions.unmerge,
    "split": actions.split,
    "unsplit": actions.unsplit,
    "convert": actions.convert,
    "tag": actions.tag,
    "watch": actions.watch,
    "unwatch": actions.unwatch,
    "copy": actions.copy_in,
    "restrict": actions.restrict,
    "redact": _redact,
}
