"""What the verbs share: saving with a new version, and telling what changed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Stale, WrongState
from core.log import write_at_end
from core.reader import inside, phrase
from itsm.tickets import details, reckoning
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import COMPUTED, NO_FACTS, definition_of, reckon
from itsm.tickets.states import OPEN
from people.models import User
from processes import engine


class Unset:
    """The type of `UNSET`: a field that was not mentioned (None empties it)."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()
Changes = dict[str, tuple[Any, Any]]


def check_version(ticket: Ticket, expected: int | None) -> None:
    """Refuse a save over somebody's newer one. `expected` None means unchecked."""
    if expected is not None and ticket.version != expected:
        raise Stale(
            _(
                "Somebody saved a newer version of %(number)s. Nothing of yours was "
                "lost: look at theirs, then save again."
            )
            % {"number": ticket.number},
            current=etag(ticket),
        )


def etag(ticket: Ticket) -> str:
    """The version as HTTP names it."""
    return f'"{ticket.number}.{ticket.version}"'


def require_open(ticket: Ticket, verb: str, by: User | None, *, at: datetime) -> None:
    """Refuse what only makes sense while somebody works on it."""
    if ticket.state_category not in OPEN:
        raise WrongState(
            _("%(number)s is %(state)s; reopen it first.")
            % {"number": ticket.number, "state": inside(state_name(ticket))},
            allowed=verb_names(ticket, by, at=at),
        )


def state_name(ticket: Ticket) -> str:
    """The state as its process calls it, in the reader's language."""
    return phrase(definition_of(ticket).states[ticket.state].name)


def verb_names(ticket: Ticket, by: User | None, *, at: datetime) -> list[str]:
    """The verbs this person may use now; see `itsm.tickets.verbs`."""
    from itsm.tickets.verbs import verbs_for

    return [verb.name for verb in verbs_for(ticket, by, at=at)]


def facts_of(ticket: Ticket, row: Any = None) -> dict[str, Any]:
    """What the definition's guards may look at."""
    detail = details.of(ticket.type)
    known: dict[str, Any] = {
        "priority": f"P{ticket.priority}",
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "category": ticket.category.slug if ticket.category else "",
        "service": ticket.service.slug if ticket.service else "",
        "team": ticket.team.slug if ticket.team else "",
        "organisation": ticket.organisation.slug if ticket.organisation else "",
        "restricted": ticket.restricted,
    }
    known.update({f"fields.{name}": value for name, value in ticket.extra.items()})
    if detail is not None:
        row = detail.load(ticket) if row is None else row
        known.update(detail.facts(ticket, row))
    return known


def set_fields(ticket: Ticket, given: Mapping[str, Any]) -> Changes:
    """Set attributes that are given and differ; answers old and new, as ids."""
    changes: Changes = {}
    for name, new in given.items():
        if new is UNSET:
            continue
        old = getattr(ticket, name)
        if old != new:
            changes[name] = (plain(old), plain(new))
            setattr(ticket, name, new)
    return changes


def logged(ticket: Ticket, names: Iterable[str]) -> dict[str, Any]:
    """These fields as the log carries them; `changed_since` tells what became of it."""
    return {name: plain(getattr(ticket, name)) for name in names}


def changed_since(ticket: Ticket, before: Mapping[str, Any]) -> Changes:
    """Old and new of the fields of `before` that are not any more what they were."""
    now = logged(ticket, before)
    return {name: (old, now[name]) for name, old in before.items() if old != now[name]}


def plain(value: Any) -> Any:
    """A value as the log carries it: rows by id, instants in ISO 8601."""
    if hasattr(value, "pk"):
        return value.pk
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def matrix_priority(ticket: Ticket) -> int:
    """1..5 from impact x urgency of its process version."""
    return engine.priority(definition_of(ticket), ticket.impact, ticket.urgency)


def recompute(ticket: Ticket, *, at: datetime) -> None:
    """Set what follows from the other fields."""
    reckon(ticket, at=at, facts=_facts_for_timer(ticket))


def set_timer(ticket: Ticket) -> bool:
    """Set its timer by the calendar of today; whether it is another now."""
    return reckoning.set_timer(ticket, _facts_for_timer(ticket))


def _facts_for_timer(ticket: Ticket) -> Mapping[str, Any]:
    """No query where its process has no timed rule with a condition."""
    asks = any(
        rule.when and (rule.after or "timer" in rule.by)
        for rule in definition_of(ticket).rules
    )
    return facts_of(ticket) if asks else NO_FACTS


def save(ticket: Ticket, *, at: datetime, fields: Iterable[str] = ()) -> None:
    """Recompute and raise the version; the row is written at the end of the action.

    Only the named columns and the computed ones are written, once.
    """
    recompute(ticket, at=at)
    ticket.version += 1
    ticket.updated_at = max(at, ticket.updated_at)
    touch(ticket, (*fields, *COMPUTED, "version", "updated_at"))


def touch(ticket: Ticket, fields: Iterable[str]) -> None:
    """Write these columns at the end of the action; its version stays what it is."""
    ticket.unsaved |= {*fields}
    write_at_end(("ticket", ticket.pk), partial(_write, ticket))


def _write(ticket: Ticket) -> None:
    ticket.save(update_fields=ticket.unsaved)
    ticket.unsaved = frozenset()
