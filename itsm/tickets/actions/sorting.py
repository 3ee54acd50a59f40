"""Setting the facts straight: triage, editing, restricting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.errors import Invalid
from core.log import act, record
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import (
    UNSET,
    Changes,
    Unset,
    check_version,
    facts_of,
    matrix_priority,
    plain,
    require_open,
    save,
    set_fields,
)
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
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
        changes = set_fields(ticket, given)
        _check_category(ticket, changes)
        changes |= _set_priority(ticket, priority, reason.strip())
        if isinstance(service, Service) and service.is_restricted:
            changes |= set_fields(ticket, {"restricted": True})
        if changes:
            fields = [*given, "priority", "priority_reason", "restricted"]
            save(ticket, at=at, fields=fields, facts=facts_of(ticket))
            record(kinds.TRIAGE, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def edit(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    given: Mapping[str, Any],
    version: int | None = None,
) -> Ticket:
    """Change texts, custom fields and the practice's own fields, keeping old wordings.

    `given` may hold title, description, extra (merged), and detail fields.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.edit", ticket)
        check_version(ticket, version)
        changes = _edit_texts(ticket, given, by, at)
        if given.get("extra"):
            merged = {**ticket.extra, **given["extra"]}
            changes |= set_fields(ticket, {"extra": merged})
        changes |= set_detail(ticket, given, by, at)
        if changes:
            save(ticket, at=at, fields=[*TEXTS, "extra"], facts=facts_of(ticket))
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
            save(ticket, at=at, fields=["restricted"], facts=facts_of(ticket))
            record(kinds.RESTRICT, subject=ticket, by=by, at=at, changes=changes)
    return ticket


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
    ticket: Ticket, priority: int | Unset, reason: str
) -> dict[str, tuple[Any, Any]]:
    by_matrix = matrix_priority(ticket)
    if isinstance(priority, Unset):
        if ticket.priority_reason:  # set by hand: it stays
            return {}
        return set_fields(ticket, {"priority": by_matrix})
    if priority == by_matrix:
        changes = set_fields(ticket, {"priority": by_matrix})
        ticket.priority_reason = ""
        return changes
    if not reason and priority != ticket.priority:
        raise Invalid(
            {
                "reason": [
                    _("Impact and urgency give P%(matrix)s; say why P%(given)s.")
                    % {"matrix": by_matrix, "given": priority}
                ]
            }
        )
    if reason:
        ticket.priority_reason = reason
    return set_fields(ticket, {"priority": priority})


def _check_category(ticket: Ticket, changes: Changes) -> None:
    """A category that names services is only for those."""
    if "category" not in changes or ticket.category is None or ticket.service is None:
        return
    services = list(ticket.category.services.values_list("pk", flat=True))
    if services and ticket.service_id not in services:
        raise Invalid(
            {
                "category": [
                    _("“%(category)s” is not a category of %(service)s.")
                    % {"category": ticket.category, "service": ticket.service}
                ]
            }
        )
