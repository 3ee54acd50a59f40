"""Increments are planned, checked against the definition of done, and released.

What an increment publishes hangs on it through the slot `increment.parts` and follows
its events (`core.followers`) inside the same transaction; this applet knows nothing
of it. Which stories it holds is written on the stories, a floor above.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from backlog.increments.models import Increment
from backlog.standing import lock, profile_of, require_on
from core.errors import Invalid, WrongState
from core.log import act, record
from people.changes import Changes, as_made, put, require_known, require_name
from people.models import User
from processes.models import Process

PLAN, RELEASE = "increment.plan", "increment.release"
TEXTS = frozenset({"name", "goal", "notes"})
LONGEST = {"name": 120, "goal": 2000, "notes": 5000, "to_whom": 250}
STATE = Increment.State
OPEN = (STATE.PLANNED, STATE.DECIDED)
OVER = ("done", "dropped")  # of a story


def plan_increment(
    *, process: Process, by: User, at: datetime, name: str, **more: Any
) -> Increment:
    """A new one, as the lowest row of the map. Raises Forbidden, Invalid."""
    given = _tidy({"name": name, **more})
    with act():
        lock(process)
        require_on(by, PLAN, process)
        _check(given)
        rows = process.increments
        last = rows.aggregate(number=Max("number"), position=Max("position"))
        made = Increment.objects.create(
            process=process,
            number=_next(last["number"]) or 1,
            position=_next(last["position"]),
            created_at=at,
            **given,
        )
        changes = {"process": (None, process.pk), **as_made(given, TEXTS)}
        record("increment.plan", subject=made, by=by, at=at, changes=changes)
    return made


def edit_increment(
    *, increment: Increment, by: User, at: datetime, given: Mapping[str, Any]
) -> Increment:
    """Change its name, goal or notes, also after its release.

    Raises Forbidden, Invalid, WrongState (dropped).
    """
    given = _tidy(given)
    with act():
        increment = locked(increment)
        require_on(by, PLAN, increment.process)
        _require(increment, *OPEN, STATE.RELEASED)
        _check(given)
        changes = put(increment, given, texts=TEXTS, by=by, at=at)
        if changes:
            record("increment.edit", subject=increment, by=by, at=at, changes=changes)
    return increment


def move_increment(
    *, increment: Increment, by: User, at: datetime, to: int
) -> Increment:
    """Put it at this place down the map, 0 on top. Raises Forbidden, WrongState."""
    with act():
        increment = locked(increment)
        require_on(by, PLAN, increment.process)
        _require(increment, *OPEN)
        rows = list(
            Increment.objects.filter(process_id=increment.process_id, state__in=OPEN)
            .select_for_update(of=("self",), no_key=True)
            .order_by("position", "number")
        )
        former = next(n for n, row in enumerate(rows) if row.pk == increment.pk)
        rows.insert(max(0, min(to, len(rows) - 1)), rows.pop(former))
        place = next(n for n, row in enumerate(rows) if row.pk == increment.pk)
        for n, row in enumerate(rows):
            row.position = n
        Increment.objects.bulk_update(rows, ["position"])
        if place != former:
            changes = {"position": (former, place)}
            record("increment.edit", subject=increment, by=by, at=at, changes=changes)
    return rows[place]


def check_done(
    *, increment: Increment, by: User, at: datetime, sentence: str, holds: bool
) -> Increment:
    """Say of one sentence of the definition of done that it holds, or not yet.

    Raises Forbidden, Invalid (no such sentence), WrongState.
    """
    with act():
        increment = locked(increment)
        require_on(by, PLAN, increment.process)
        _require(increment, *OPEN)
        sentences = profile_of(increment.process).done
        if sentence not in sentences:
            raise Invalid({"sentence": [_("The definition of done does not say so.")]})
        if holds == (sentence in increment.checked):
            return increment
        if holds:
            increment.checked[sentence] = [by.pk, at.isoformat()]
        else:
            del increment.checked[sentence]
        increment.save(update_fields=["checked"])
        told = {"line": (None, sentences.index(sentence)), "holds": (not holds, holds)}
        record("increment.check", subject=increment, by=by, at=at, changes=told)
    return increment


def decide(
    *,
    increment: Increment,
    by: User,
    at: datetime,
    how: str,
    to_whom: str = "",
    release_on: date | None = None,
) -> Increment:
    """The owner's decision when, how and to whom it is released; may be made anew.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        increment = locked(increment)
        require_on(by, RELEASE, increment.process)
        _require(increment, *OPEN)
        given = _tidy({"how": how, "to_whom": to_whom, "release_on": release_on})
        _check_decision(given)
        changes: Changes = put(increment, given, texts={"to_whom"}, by=by, at=at)
        if increment.state != STATE.DECIDED:
            changes["state"] = (increment.state, STATE.DECIDED.value)
        elif not changes:
            return increment
        increment.state, increment.decided_by = STATE.DECIDED, by
        increment.decided_at = at
        increment.save(update_fields=["state", "decided_by", "decided_at"])
        record("increment.decide", subject=increment, by=by, at=at, changes=changes)
    return increment


def release(*, increment: Increment, by: User, at: datetime) -> Increment:
    """It is with people now, at the end of a sprint or inside one.

    Needs a decision, only finished stories (at least one), and every sentence of the
    definition of done. Raises Forbidden, WrongState.
    """
    with act():
        increment = locked(increment)
        require_on(by, RELEASE, increment.process)
        _require(increment, STATE.DECIDED)
        _require_finished(increment)
        increment.state, increment.released_at = STATE.RELEASED, at
        increment.save(update_fields=["state", "released_at"])
        changes = {
            "state": (STATE.DECIDED.value, STATE.RELEASED.value),
            "stories": (None, sorted(increment.stories.values_list("pk", flat=True))),
        }
        record("increment.release", subject=increment, by=by, at=at, changes=changes)
    return increment


def drop_increment(*, increment: Increment, by: User, at: datetime) -> Increment:
    """It will not come. Raises Forbidden, WrongState (it still holds stories)."""
    with act():
        increment = locked(increment)
        require_on(by, PLAN, increment.process)
        _require(increment, *OPEN)
        if increment.stories.exists():
            raise WrongState(_("It still holds stories; take them out first."))
        changes = {"state": (increment.state, STATE.DROPPED.value)}
        increment.state = STATE.DROPPED
        increment.save(update_fields=["state"])
        record("increment.drop", subject=increment, by=by, at=at, changes=changes)
    return increment


def locked(increment: Increment) -> Increment:
    """The row, held until the action ends; its process's map with it."""
    lock(increment.process)
    rows = Increment.objects.select_related("process", "decided_by")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=increment.pk)


def verbs(increment: Increment) -> list[str]:
    """What can be done to it where it stands."""
    if increment.state == STATE.PLANNED:
        return ["edit", "add", "remove", "check", "decide", "drop"]
    if increment.state == STATE.DECIDED:
        return ["edit", "add", "remove", "check", "decide", "release", "drop"]
    return ["edit"] if increment.state == STATE.RELEASED else []


def _require(increment: Increment, *states: str) -> None:
    if increment.state not in states:
        words = {"state": increment.get_state_display().lower()}
        said = _("Not possible for an increment that is: %(state)s.") % words
        raise WrongState(said, allowed=verbs(increment))


def unfinished(increment: Increment) -> list[str]:
    """Numbers of its stories that are not done; one query."""
    rows = increment.stories.exclude(state__in=OVER).order_by("rank")
    return [row.number for row in rows]


def _require_finished(increment: Increment) -> None:
    allowed = verbs(increment)
    if not increment.stories.exclude(state="dropped").exists():
        raise WrongState(_("It holds no story yet."), allowed=allowed)
    if left := unfinished(increment):
        shown = ", ".join(left[:8]) + (" …" if len(left) > 8 else "")
        words = _("Not finished yet: %(numbers)s. Finish them or take them out.")
        raise WrongState(words % {"numbers": shown}, allowed=allowed)
    sentences = profile_of(increment.process).done
    if missing := [s for s in sentences if s not in increment.checked]:
        words = _("Not checked yet: %(sentence)s")
        raise WrongState(words % {"sentence": " · ".join(missing)}, allowed=allowed)


def _next(last: int | None) -> int:
    return 0 if last is None else last + 1


def _tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v.strip() if isinstance(v, str) else v for n, v in given.items()}


def _check(given: Mapping[str, Any]) -> None:
    require_known(given, TEXTS)
    require_name(given)
    _check_lengths(given)


def _check_lengths(given: Mapping[str, Any]) -> None:
    errors = {
        name: [_("At most %(n)s characters.") % {"n": most}]
        for name, most in LONGEST.items()
        if len(given.get(name) or "") > most
    }
    if errors:
        raise Invalid(errors)


def _check_decision(given: Mapping[str, Any]) -> None:
    _check_lengths(given)
    if given["how"] not in Increment.How.values:
        raise Invalid({"how": [_("Choose how it is released.")]})
    if given["how"] != Increment.How.ALL and not given["to_whom"]:
        raise Invalid({"to_whom": [_("Say to whom it is released first.")]})
