"""A change's part in the workflow: kind, plan, window, model, risk, result."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.changes.models import Change, Kind
from itsm.changes.paths import is_decided, picked
from itsm.changes.questions import read_answers
from itsm.tickets import details
from itsm.tickets.checklist.models import Task
from itsm.tickets.cleaning import Wrong, by_slug, choice, instant, short, text
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from people.models import User


def window(name: str, value: Any, by: User) -> tuple[datetime, datetime] | None:
    """`{"start", "end"}` or an ISO interval `start/end`; the end after the start."""
    if value in (None, "") or value == {"start": "", "end": ""}:
        return None
    if isinstance(value, str) and "/" in value:
        first, _slash, last = value.partition("/")
        value = {"start": first, "end": last}
    if not isinstance(value, Mapping) or set(value) - {"start", "end"}:
        raise Wrong(_("Send the window as its start and end."))
    start = instant("start", value.get("start"), by)
    end = instant("end", value.get("end"), by)
    if start is None or end is None:
        raise Wrong(_("A window needs a start and an end."))
    if end <= start:
        raise Wrong(_("The window ends before it starts."))
    return start, end


def _model(name: str, value: Any, by: User) -> None:
    """Nobody chooses how much control they get; "normal" asks for nothing."""
    if value not in (None, "", Change.Model.NORMAL.value):
        raise Wrong(_("Its kind and its risk decide how much control a change needs."))


def _kinds(by: User) -> QuerySet[Kind]:
    return Kind.objects.select_related("service", "team")


def _offered() -> list[tuple[str, str]]:
    rows = Kind.objects.filter(is_active=True).order_by("name")
    return list(rows.values_list("slug", "name"))


def _facts(ticket: Ticket, row: Change) -> Mapping[str, Any]:
    """Until it is decided on, the model is what its kind's standing says now."""
    decided = is_decided(definition_of(ticket), ticket.state)
    return {
        "model": row.model if decided else picked(row),
        "risk": row.risk,
        "kind": row.kind.slug if row.kind else "",
    }


def _tasks(ticket: Ticket, row: Change) -> bool:
    """Whether none is open: all done, or waived with a reason."""
    rows = Task.objects.filter(ticket_id=ticket.pk, done_at=None, waived_reason="")
    return not rows.exists()


def _opened(ticket: Ticket, row: Change, by: User, at: datetime) -> None:
    """A change of a kind has its steps."""
    if row.kind is not None:
        Task.objects.bulk_create(
            Task(ticket=ticket, position=position, title=title)
            for position, title in enumerate(row.kind.tasks)
        )


def _check(
    ticket: Ticket,
    row: Change,
    asked: Collection[str],
    given: Mapping[str, Any],
    at: datetime,
) -> None:
    """Nobody is asked about a window that has passed."""
    planned = given.get("window") or row.window
    if "window" in asked and planned is not None and planned[1] <= at:
        raise Invalid({"window": [_("This window has passed; choose one ahead.")]})


def _reviews(ticket: Ticket, row: Change) -> Mapping[str, str]:
    """Reviews of merge requests in the evidence, by somebody else than the author."""
    return {
        str(one["by"]).lower(): str(one.get("url") or "")
        for one in row.evidence
        if isinstance(one, Mapping)
        and one.get("kind") == "merge_review"
        and one.get("passed", True)
        and one.get("by")
        and str(one["by"]).lower() != str(one.get("author") or "").lower()
    }


def _ended(ticket: Ticket, row: Change, took: str) -> tuple[str, str] | None:
    """By its result: a change is not solved, and nobody confirms it."""
    if not row.result:
        return None
    words, level = {
        Change.Result.SUCCESS: (_("Done after %(t)s"), "met"),
        Change.Result.ISSUES: (_("Done after %(t)s, with issues"), "met"),
        Change.Result.ROLLED_BACK: (_("Rolled back after %(t)s"), "late"),
        Change.Result.FAILED: (_("Failed after %(t)s"), "late"),
    }[Change.Result(row.result)]
    return words % {"t": took}, level


def register() -> None:
    """Tell the shared ticket about changes."""
    details.register(
        details.Detail(
            type="change",
            model=Change,
            always=True,
            fields=(
                *("kind", "model", "plan", "test", "way_back", "window"),
                *("answers", "threat", "result"),
            ),
            shown=("risk", "risk_score", "risk_lines", "started_at", "ended_at"),
            texts=frozenset({"plan", "test", "way_back", "threat"}),
            settled=frozenset(
                {"kind", "model", "plan", "test", "way_back", "window", "answers"}
            ),
            asks_anew=frozenset({"plan", "test", "way_back", "window", "answers"}),
            reviews=_reviews,
            ended=_ended,
            # what was done as an emergency is one from then on, and reviewed as one
            brings={"emergency": {"model": Change.Model.EMERGENCY.value}},
            related=("kind",),
            readers={
                "kind": by_slug(_kinds),
                "model": _model,
                "plan": text,
                "test": text,
                "way_back": text,
                "window": window,
                "answers": read_answers,
                "threat": short(500),
                "result": choice(*Change.Result.values),
            },
            facts=_facts,
            carried=frozenset({"result"}),
            held={"tasks": _tasks},
            opened=_opened,
            check=_check,
            options={"kind": _offered},
        )
    )
