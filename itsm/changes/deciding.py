"""What whoever decides on a change sees on one screen: when, who suffers, what it
collides with, evidence, way back, record."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import slots
from core.reader import phrase
from core.wording import clock_words, duration, span_words
from itsm.changes import records, risk
from itsm.changes.calendar import queries as calendar
from itsm.changes.models import Change
from itsm.tickets import details
from itsm.tickets.approving.facts import SLOT, Fact
from itsm.tickets.approving.models import Approval
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from people.models import Service, User

SHORT = 90  # characters of a text that stand in its row


def facts(ticket: Ticket, user: User, row: Approval, at: datetime) -> list[Fact] | None:
    """The rows of a change; about ten queries."""
    detail = details.of(TicketType.CHANGE)
    if ticket.type != TicketType.CHANGE or detail is None:
        return None
    change: Change = detail.load(ticket)
    found = (
        _what(change),
        _when(change, at),
        _who(ticket),
        _collisions(ticket, change, user, at),
        _evidence(change),
        _way_back(change),
        _record(ticket, change, at),
        _risk(change),
    )
    return [fact for fact in found if fact is not None]


def _first(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "").strip("# -*")
    return f"{line[:SHORT].rstrip()}…" if len(line) > SHORT else line


def _more(text: str) -> str:
    return text if text.strip() != _first(text) else ""


def _what(change: Change) -> Fact:
    test = f"**{_('Test')}**\n\n{change.test}" if change.test else ""
    more = "\n\n".join(filter(None, (_more(change.plan), test)))
    text = _first(change.plan) or _("No plan is written.")
    return Fact("what", _("What"), text, "" if change.plan else "late", more)


def _when(change: Change, at: datetime) -> Fact:
    if change.window is None:
        return Fact("when", _("When"), _("Not planned yet"), "late")
    start, end = change.window
    length = duration((end - start).total_seconds())
    text = f"{span_words(start, end)} · {length}"
    if end <= at:
        return Fact("when", _("When"), f"{text} · {_('has passed')}", "late")
    return Fact("when", _("When"), text)


def _who(ticket: Ticket) -> Fact:
    people = ngettext("%(n)s person", "%(n)s people", ticket.affected)
    parts = [people % {"n": ticket.affected}]
    service = ticket.service
    if service is None:
        return Fact("who", _("Who suffers"), parts[0])
    parts.insert(0, f"{service.name} ({service.get_criticality_display()})")
    carried = Service.objects.filter(depends_on=service, is_active=True)
    names = list(carried.order_by("name").values_list("name", flat=True)[:20])
    if names:
        n = ngettext("%(n)s service on it", "%(n)s services on it", len(names))
        parts.append(n % {"n": len(names)})
    text = ", ".join(parts)
    return Fact("who", _("Who suffers"), text, more="\n".join(f"- {n}" for n in names))


def _collisions(ticket: Ticket, change: Change, user: User, at: datetime) -> Fact:
    label = _("Collisions")
    frozen = None
    if change.window is not None and change.window[1] > at:
        frozen = calendar.freeze_at(ticket.service, change.model, *change.window)
    met = calendar.collisions_of(ticket, user, at)
    parts = []
    if frozen is not None:
        words = {"name": frozen.name, "until": clock_words(frozen.until)}
        parts.append(_("Frozen until %(until)s: %(name)s") % words)
    if met:
        parts.append(_named(met))
    if not parts:
        return Fact("collisions", label, _("None known"), "good")
    links = [(f"{m.other.number} {m.other.title}", m.other.url) for m in met[:5]]
    mark = "late" if frozen else "soon"
    return Fact("collisions", label, "; ".join(parts), mark, links=tuple(links))


def _named(met: Sequence[calendar.Met]) -> str:
    """The first of those in the way, and how many more there are."""
    first, more = met[0].other, len(met) - 1
    if not more:
        return f"{first.number} {first.title}"
    words = ngettext("%(first)s and %(n)s more", "%(first)s and %(n)s more", more)
    return words % {"first": first.number, "n": more}


def _evidence(change: Change) -> Fact:
    pieces = [piece for piece in change.evidence if isinstance(piece, dict)]
    if not pieces:
        text = _("Only the written test") if change.test else _("None")
        return Fact("evidence", _("Evidence"), text, "soon")
    failed = [piece for piece in pieces if not piece.get("passed", True)]
    names = ", ".join(_spoken(str(piece.get("kind", ""))) for piece in pieces)
    links = tuple(_links(pieces))
    mark = "late" if failed else "good"
    return Fact("evidence", _("Evidence"), names, mark, links=links)


def _links(pieces: Iterable[dict[str, object]]) -> Iterable[tuple[str, str]]:
    for piece in pieces:
        url = str(piece.get("url") or "")
        if url.startswith(("https://", "http://")):
            yield _spoken(str(piece.get("kind", ""))), url


def _spoken(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _way_back(change: Change) -> Fact:
    label = _("Way back")
    if not change.way_back.strip():
        return Fact("way_back", label, _("There is none."), "late")
    return Fact("way_back", label, _first(change.way_back), more=_more(change.way_back))


def _record(ticket: Ticket, change: Change, at: datetime) -> Fact:
    """How changes of its kind ended; of one without a kind, those of its team."""
    label = _("Record")
    if change.kind is not None:
        found, of = records.of_kind(change.kind, but=ticket.pk), change.kind.name
    elif ticket.team is not None:
        found = records.of_team(ticket.team.pk, at=at, but=ticket.pk)
        of = ticket.team.name
    else:
        return Fact("record", label, _("None: it has no kind and no team."), "soon")
    if not found.ended:
        return Fact(
            "record", label, _("%(of)s: none has ended yet") % {"of": of}, "soon"
        )
    words = {"of": of, "n": found.ended, "failed": found.failed}
    text = _("%(of)s: %(failed)s of %(n)s failed") % words
    return Fact("record", label, text, "late" if found.failed else "good")


def _risk(change: Change) -> Fact | None:
    if not change.risk:
        return None
    words = {"level": change.get_risk_display(), "n": change.risk_score}
    lines = risk.lines_of(change.risk_lines)
    more = "\n".join(f"- {_line(line)}" for line in lines if line.points)
    text = _("%(level)s, %(n)s points") % words
    mark = "late" if change.risk == Change.Risk.HIGH else "good"
    return Fact("risk", _("Risk"), text, mark, more)


def _line(line: risk.Line) -> str:
    """One line of the count: what was found, and what it adds."""
    factor = phrase(_spoken(line.factor.removeprefix(risk.ASKED)))
    found = phrase(line.found.replace("_", " ")) or _("not answered")
    return f"{factor}: {found} (+{line.points})"


def register() -> None:
    """Fill the decision's page."""
    slots.fill(SLOT, "change", facts, order=10, queries=10)
