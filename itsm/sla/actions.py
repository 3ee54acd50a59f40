"""What people do with agreements: make, change, end and accept them.

What is promised was accepted as it stood: a change of that asks for a new yes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core import texts
from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.sla.changes import agreements_changed
from itsm.sla.checking import PERSON, check
from itsm.sla.models import Agreement
from itsm.sla.policy import relations, standing
from itsm.tickets.states import TicketType
from people.changes import (
    Changes,
    as_made,
    new_slug,
    one_at_a_time,
    put,
    require_known,
    require_name,
)
from people.models import Organisation, Service, User
from people.policy import require

Given = Mapping[str, Any]
TEXTS = frozenset({"name"})
PROMISED = (  # what a customer said yes to
    *("kind", "service", "organisation", "type", "team"),
    *("calendar", "around_the_clock", "targets"),
)
FIELDS = frozenset(
    {
        *("name", *PROMISED, "warnings", "escalations"),
        *("valid_from", "valid_until", "is_active"),
    }
)
SORTED = ("warnings", "around_the_clock")
LONGEST_NOTE = 500  # characters


def create_agreement(*, by: User, at: datetime, name: str, **given: Any) -> Agreement:
    """A new agreement. Raises Forbidden, Invalid (also where another says the same)."""
    with act():
        _require_change(by, given.get("service"))
        fields = _tidied({"name": name, "valid_from": timezone.localdate(at), **given})
        agreement = Agreement(created_at=at, updated_at=at, **fields)
        one_at_a_time()
        check(agreement, fields)
        agreement.slug = new_slug(Agreement, name)
        agreement.save(force_insert=True)
        changes = as_made({"slug": agreement.slug, **fields}, TEXTS)
        _record("create", agreement, by, at, changes)
        agreements_changed(by=by, at=at)
    return agreement


def change_agreement(
    *, agreement: Agreement, by: User, at: datetime, **given: Any
) -> Agreement:
    """Change an agreement's fields; whoever owns its service must own a new one too.

    Raises Forbidden, Invalid.
    """
    with act():
        agreement = _lock(agreement)
        _require_change(by, agreement.service)
        if "service" in given:
            _require_change(by, given["service"])
        fields = _tidied(given)
        _check_changed(agreement, fields)
        changes = put(agreement, fields, texts=TEXTS, by=by, at=at)
        if changes:
            if changes.keys() & set(PROMISED):
                changes |= put(agreement, NOBODY, texts=(), by=by, at=at)
            _touch(agreement, at)
            _record("change", agreement, by, at, changes)
            agreements_changed(by=by, at=at)
    return agreement


def end_agreement(
    *, agreement: Agreement, by: User, at: datetime, last_day: date | None = None
) -> Agreement:
    """Let it end with a day, today unless said otherwise. What was accepted stays so.

    Raises Forbidden, Invalid where it would end before it begins.
    """
    with act():
        agreement = _lock(agreement)
        _require_change(by, agreement.service)
        given = {"valid_until": last_day or timezone.localdate(at)}
        _check_changed(agreement, given)
        changes = put(agreement, given, texts=TEXTS, by=by, at=at)
        if changes:
            _touch(agreement, at)
            _record("end", agreement, by, at, changes)
            agreements_changed(by=by, at=at)
    return agreement


def accept_agreement(
    *, agreement: Agreement, by: User, at: datetime, note: str = ""
) -> Agreement:
    """The customer's contact says yes; an administrator says who did, in a note.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        agreement = _lock(agreement)
        theirs = relations(by, agreement)
        require(by, "agreement.accept", theirs, why=_("Its customer accepts it."))
        if agreement.kind != Agreement.Kind.CUSTOMER or agreement.organisation is None:
            raise WrongState(_("It is with no customer who could accept it."))
        if agreement.accepted_at is not None:
            raise WrongState(_("It is accepted as it stands."))
        note = note.strip()
        _check_note(note, is_contact=agreement.organisation.contact_id == by.pk)
        given = {"accepted_by": by, "accepted_at": at}
        changes = put(agreement, given, texts=(), by=by, at=at)
        if note:
            kept = texts.keep(subject=agreement, field="note", body=note, by=by, at=at)
            changes["note"] = (None, kept)
        _record("accept", agreement, by, at, changes)
    return agreement


NOBODY: Given = {"accepted_by": None, "accepted_at": None}


def _check_note(note: str, *, is_contact: bool) -> None:
    if len(note) > LONGEST_NOTE:
        most = {"most": LONGEST_NOTE}
        raise Invalid({"note": [_("At most %(most)s characters are possible.") % most]})
    if not note and not is_contact:
        raise Invalid({"note": [_("Say who accepted it for the customer, and how.")]})


def _require_change(by: User, service: Service | None) -> None:
    """Administrators; the owner of its service."""
    nobody: Organisation | None = None
    why = _("Agreements are changed by their service's owner and administrators.")
    require(by, "agreement.change", standing(by, service, nobody), why=why)


def _lock(agreement: Agreement) -> Agreement:
    """The row as it is now, held; nobody makes another meanwhile that overlaps."""
    one_at_a_time()
    rows = Agreement.objects.select_related(
        "service", "organisation", "team", "calendar"
    )
    return rows.select_for_update(of=("self",)).get(pk=agreement.pk)


def _check_changed(agreement: Agreement, given: Given) -> None:
    """Check it as it would be; the row itself stays as it is."""
    names = [field.attname for field in Agreement._meta.concrete_fields]
    wished = Agreement(**{name: getattr(agreement, name) for name in names})
    for name, value in given.items():
        setattr(wished, name, value)
    check(wished, given)


def _touch(agreement: Agreement, at: datetime) -> None:
    agreement.updated_at = at
    agreement.save(update_fields=["updated_at"])


def _tidied(given: Given) -> dict[str, Any]:
    """The fields in the form in which they are kept. Raises Invalid."""
    require_known(given, FIELDS)
    require_name(given)
    fields = dict(given)
    for name in SORTED:
        if name in fields:
            fields[name] = sorted(set(fields[name]))
    if "name" in fields:
        fields["name"] = fields["name"].strip()
    if "targets" in fields:
        fields["targets"] = {p: t for p, t in sorted(fields["targets"].items()) if t}
    if fields.get("type") and fields["type"] not in TicketType.values:
        raise Invalid({"type": [_("There is no such kind of ticket.")]})
    if fields.get("kind", Agreement.Kind.CUSTOMER) not in Agreement.Kind.values:
        raise Invalid({"kind": [_("There is no such kind of agreement.")]})
    return fields


def _record(
    verb: str, agreement: Agreement, by: User, at: datetime, changes: Changes
) -> None:
    """With ids instead of the addresses that escalations name."""
    if "escalations" in changes:
        old, new = changes["escalations"]
        known = _ids([*(old or ()), *(new or ())])
        changes["escalations"] = (_told(old, known), _told(new, known))
    record(f"agreement.{verb}", subject=agreement, by=by, at=at, changes=changes)


def _ids(steps: list[Any]) -> dict[str, int]:
    emails = {
        name.removeprefix(PERSON).lower()
        for step in steps
        for name in step["who"]
        if name.startswith(PERSON)
    }
    rows = User.objects.filter(email__in=emails).values_list("email", "pk")
    return dict(rows)


def _told(steps: Any, known: Mapping[str, int]) -> Any:
    """Steps as the log keeps them."""
    if steps is None:
        return None
    return [{**s, "who": [_who(name, known) for name in s["who"]]} for s in steps]


def _who(name: str, known: Mapping[str, int]) -> str:
    if not name.startswith(PERSON):
        return name
    return f"{PERSON}{known.get(name.removeprefix(PERSON).lower(), '')}"
