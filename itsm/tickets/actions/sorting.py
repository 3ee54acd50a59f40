"""Setting the facts straight: triage, editing, restricting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.errors import Invalid, WrongState
from core.log import act, record
from core.reader import inside
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import (
    UNSET,
    Changes,
    Unset,
    check_version,
    matrix_priority,
    plain,
    require_open,
    save,
    set_fields,
    state_name,
    verb_names,
)
from itsm.tickets.approving.asking import gate
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import StateCategory
from people.models import Category, Service, User

TEXTS = ("title", "description")


def triage(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    impact: str | Unset = UNSET,
    urgency: str | Unset = UNSET,
    priority: int | Unset = UNSET,
    reason: str = "",
    category: Category | Unset | None = UNSET,
    service: Service | Unset | None = UNSET,
    size: int | Unset = UNSET,
    affected: int | Unset = UNSET,
    version: int | None = None,
) -> Ticket:
    """Say how bad, what, and how big. Priority follows from the matrix.

    A priority that is not the matrix's needs a `reason`; it stays until triage sets
    it back. Nothing changed is nothing recorded.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.triage", ticket)
        check_version(ticket, version)
        require_open(ticket, "triage", by, at=at)
        given = {
            "impact": impact,
            "urgency": urgency,
            "category": category,
            "service": service,
            "size": size,
            "affected": affected,
        }
        changes = _set_sorted(ticket, given)
        changes |= _set_priority(ticket, priority, reason.strip(), by, at)
        if changes:
            fields = [*given, "priority", "priority_reason", "restricted"]
            save(ticket, at=at, fields=fields)
            record(kinds.TRIAGE, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def _set_sorted(ticket: Ticket, given: Mapping[str, Any]) -> Changes:
    changes = set_fields(ticket, given)
    if {"category", "service"} & changes.keys():
        check_category(ticket)
    return changes | restrict_for(ticket, given["service"])


def edit(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    given: Mapping[str, Any],
    version: int | None = None,
) -> Ticket:
    """Change texts, custom fields and the practice's own fields, keeping old wordings.

    `given` may hold title, description, extra (merged), and detail fields. What an
    approval rests on changes only where the process asks for it.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.edit", ticket)
        check_version(ticket, version)
        _check_settled(ticket, given, by, at)
        changes = _edit_texts(ticket, given, by, at)
        changes |= set_extra(ticket, given.get("extra") or {}, by, at)
        changes |= set_detail(ticket, given, by, at)
        if changes:
            save(ticket, at=at, fields=[*TEXTS, "extra"])
            record(kinds.EDIT, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def restrict(
    *, ticket: Ticket, by: User, at: datetime, restricted: bool = True
) -> Ticket:
    """Hide it from all but those on it, or open it again."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.restrict", ticket)
        changes = set_fields(ticket, {"restricted": restricted})
        if changes:
            save(ticket, at=at, fields=["restricted"])
            record(kinds.RESTRICT, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def restrict_for(ticket: Ticket, service: object) -> Changes:
    """A ticket that comes to a restricted service is restricted from then on."""
    if isinstance(service, Service) and service.is_restricted:
        return set_fields(ticket, {"restricted": True})
    return {}


def set_extra(
    ticket: Ticket, given: Mapping[str, Any], by: User | None, at: datetime
) -> Changes:
    """Set the process's own fields: texts by version, people by id, others by value."""
    fields = definition_of(ticket).fields
    changes: Changes = {}
    extra = dict(ticket.extra)
    for slug, new in given.items():
        old = extra.get(slug)
        if new == old:
            continue
        extra[slug] = new
        name, kind = f"fields.{slug}", fields[slug].type
        if kind == "text":
            changes[name] = texts.keep_versions(
                subject=ticket,
                field=name[:40],
                old=old or "",
                new=new or "",
                by=by,
                at=at,
            )
        elif kind == "person":
            changes[name] = (_person_id(old), _person_id(new))
        else:
            changes[name] = (old, new)
    ticket.extra = extra
    return changes


def set_detail(
    ticket: Ticket,
    given: Mapping[str, Any],
    by: User | None,
    at: datetime,
    row: Any = None,
) -> Changes:
    """Set what the practice's own row holds; texts by version, the rest by value."""
    detail = details.of(ticket.type)
    if detail is None or not any(name in given for name in detail.fields):
        return {}
    row = detail.load(ticket) if row is None else row
    changes: Changes = {}
    for name in detail.fields:
        new, old = given.get(name), getattr(row, name)
        if new is None or new == old:
            continue
        setattr(row, name, new)
        if name in detail.texts:
            changes[name] = texts.keep_versions(
                subject=ticket, field=name, old=old, new=new, by=by, at=at
            )
        else:
            changes[name] = (plain(old), plain(new))
    if changes:
        row.save()
    return changes


def _person_id(email: str | None) -> int | None:
    """The log carries people by id, so that they can be anonymised."""
    found = User.objects.filter(email__iexact=email or "").values_list("pk", flat=True)
    return found.first()


def _check_settled(
    ticket: Ticket, given: Mapping[str, Any], by: User, at: datetime
) -> None:
    """Refuse to change what was, or is being, decided on, where nothing asks for it.

    What is asked about anew may change (`approving.asking.follow`) until work begins.
    """
    detail = details.of(ticket.type)
    if detail is None or ticket.state_category == StateCategory.NEW:
        return
    asked: set[str] = set()
    for rule in definition_of(ticket).rules:
        if ticket.state in rule.from_:
            asked |= {*rule.requires, *rule.when}
    if detail.asks_anew and gate(ticket) is not None:
        asked |= detail.asks_anew
    row = detail.load(ticket)
    for name in detail.settled - asked:
        old = getattr(row, name)
        if old != "" and given.get(name) not in (None, old):
            words = {"number": ticket.number, "state": inside(state_name(ticket))}
            raise WrongState(
                _("%(number)s is %(state)s; what was decided on stays as it is.")
                % words,
                allowed=verb_names(ticket, by, at=at),
            )


def _edit_texts(
    ticket: Ticket, given: Mapping[str, Any], by: User, at: datetime
) -> Changes:
    changes: Changes = {}
    for name in TEXTS:
        old, new = getattr(ticket, name), given.get(name)
        if new is None or new == old:
            continue
        if name == "title" and not new.strip():
            raise Invalid({"title": [_("Say in a few words what it is about.")]})
        setattr(ticket, name, new)
        changes[name] = texts.keep_versions(
            subject=ticket, field=name, old=old, new=new, by=by, at=at
        )
    return changes


def _set_priority(
    ticket: Ticket, priority: int | Unset, reason: str, by: User, at: datetime
) -> Changes:
    by_matrix = matrix_priority(ticket)
    if isinstance(priority, Unset):
        if ticket.priority_reason:  # set by hand: it stays
            return {}
        return set_fields(ticket, {"priority": by_matrix})
    if priority == by_matrix:
        changes = set_fields(ticket, {"priority": by_matrix})
        return changes | _set_reason(ticket, "", by, at)
    if not reason and priority != ticket.priority:
        raise Invalid(
            {
                "reason": [
                    _("Impact and urgency give P%(matrix)s; say why P%(given)s.")
                    % {"matrix": by_matrix, "given": priority}
                ]
            }
        )
    changes = set_fields(ticket, {"priority": priority})
    return changes | _set_reason(ticket, reason or ticket.priority_reason, by, at)


def _set_reason(ticket: Ticket, reason: str, by: User, at: datetime) -> Changes:
    """Why the priority is not the matrix's: a text, so kept in versions."""
    old = ticket.priority_reason
    if reason == old:
        return {}
    ticket.priority_reason = reason
    kept = texts.keep_versions(
        subject=ticket, field="priority_reason", old=old, new=reason, by=by, at=at
    )
    return {"priority_reason": kept}


def check_category(ticket: Ticket) -> None:
    """Raise Invalid where the category names services and this is none of them."""
    if ticket.category is None or ticket.service is None:
        return
    services = ticket.category.services.all()
    if services and ticket.service not in services:
        raise Invalid(
            {
                "category": [
                    _("“%(category)s” is not a category of %(service)s.")
                    % {"category": ticket.category, "service": ticket.service}
                ]
            }
        )
