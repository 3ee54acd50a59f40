"""What people do with process versions. One public function per verb.

A process row's lock orders everything that happens to its versions and rollouts.
`by=None` is the product itself, loading the definitions it ships.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, Stale, WrongState
from core.log import act, record
from people import policy
from people.models import Team, User
from processes import definition, parts, queries, yaml_text
from processes.crossing import Crossing, check_map, inverse
from processes.models import Process, ProcessVersion, Rollout

Status = ProcessVersion.Status
Scope = Rollout.Scope

DRAFT = "process.draft"
SAVE = "process.save"
RELEASE = "process.release"
WIDEN = "process.widen"
ROLL_BACK = "process.roll_back"
RETIRE = "process.retire"
MIGRATE = "process.migrate"


def create_draft(
    *,
    process: Process,
    by: User | None,
    at: datetime,
    text: str = "",
    source: ProcessVersion | None = None,
    note: str = "",
) -> ProcessVersion:
    """A new draft from YAML text, or a copy of `source`. Raises Forbidden, Invalid."""
    with act():
        process = _lock(process)
        _require(by, "process.draft", process)
        text = text or (text_of(source) if source else "")
        _check(process, text)
        last = process.versions.order_by("-number").first()
        version = ProcessVersion.objects.create(
            process=process,
            number=last.number + 1 if last else 1,
            definition=text,
            note=note,
            created_at=at,
            created_by=by,
        )
        _record(DRAFT, version, by, at)
    return version


def save_draft(
    *,
    version: ProcessVersion,
    by: User,
    at: datetime,
    text: str,
    note: str | None = None,
    seen: str | None = None,
) -> ProcessVersion:
    """Change a draft. `seen` is the `fingerprint` of what the person edited.

    Raises Forbidden, WrongState, Stale, Invalid.
    """
    with act():
        version = _lock_version(version)
        _require(by, "process.draft", version.process)
        if version.status != Status.DRAFT:
            raise WrongState(
                _("Version %(number)s is released; make a new draft to change it.")
                % {"number": version.number}
            )
        if seen is not None and seen != fingerprint(version):
            raise Stale(
                _("Somebody saved this draft after you opened it."),
                current=fingerprint(version),
            )
        _check(version.process, text)
        version.definition = text
        version.note = version.note if note is None else note
        version.save(update_fields=["definition", "note"])
        _record(SAVE, version, by, at)
    return version


def release(
    *,
    version: ProcessVersion,
    by: User | None,
    at: datetime,
    scope: str = Scope.ALL,
    team: Team | None = None,
    percent: int | None = None,
) -> Rollout:
    """Publish a draft for new tickets of one team, of a share, or all.

    Tickets in flight stay on their version. Raises Forbidden, WrongState, Invalid.
    """
    with act():
        version = _lock_version(version)
        _require(by, "process.release", version.process)
        if version.status != Status.DRAFT:
            raise WrongState(_("Only a draft can be released."))
        _check(version.process, text_of(version))
        version.status = Status.RELEASED
        version.released_at, version.released_by = at, by
        version.save(update_fields=["status", "released_at", "released_by"])
        rollout = _start(version, scope, team, percent, at)
        _record(RELEASE, version, by, at, rollout)
    return rollout


def widen(
    *,
    version: ProcessVersion,
    by: User,
    at: datetime,
    scope: str = Scope.ALL,
    team: Team | None = None,
    percent: int | None = None,
) -> Rollout:
    """Give a released version to another team, a larger share, or all.

    Raises Forbidden, WrongState, Invalid.
    """
    with act():
        version = _lock_version(version)
        _require(by, "process.release", version.process)
        if version.status != Status.RELEASED:
            raise WrongState(_("Only a released version can be given to more people."))
        rollout = _start(version, scope, team, percent, at)
        _record(WIDEN, version, by, at, rollout)
    return rollout


def roll_back(*, version: ProcessVersion, by: User, at: datetime) -> list[Rollout]:
    """Take a version back: new tickets start where they started before it came.

    Answers the rollouts that run again. Raises Forbidden, WrongState.
    """
    with act():
        version = _lock_version(version)
        _require(by, "process.release", version.process)
        own = list(version.rollouts.filter(ended_at=None))
        if not own:
            raise WrongState(_("No new ticket starts on this version any more."))
        replaced = _replaced_by(version)
        version.rollouts.filter(ended_at=None).update(ended_at=at)
        again = [
            Rollout.objects.create(
                version=r.version,
                scope=r.scope,
                team=r.team,
                percent=r.percent,
                started_at=at,
            )
            for r in replaced
        ]
        if not _running(version.process).filter(scope=Scope.ALL).exists():
            raise WrongState(
                _("There is no earlier version for new tickets to start on.")
            )
        _record(ROLL_BACK, version, by, at)
    return again


def retire(*, version: ProcessVersion, by: User, at: datetime) -> ProcessVersion:
    """Say that a version will not be used again; its tickets keep it.

    Raises Forbidden, WrongState.
    """
    with act():
        version = _lock_version(version)
        _require(by, "process.release", version.process)
        if version.status != Status.RELEASED:
            raise WrongState(_("Only a released version can be retired."))
        if version.rollouts.filter(ended_at=None).exists():
            raise WrongState(_("New tickets still start on this version."))
        version.status = Status.RETIRED
        version.save(update_fields=["status"])
        _record(RETIRE, version, by, at)
    return version


def migrate(
    *,
    source: ProcessVersion,
    target: ProcessVersion,
    there: Mapping[str, str],
    by: User,
    at: datetime,
    back: Mapping[str, str] | None = None,
    returning: bool = False,
) -> int:
    """Move the tickets in flight from `source` to `target` by a checked map of states.

    The map leads from the older version to the newer; `returning` walks it back, so
    that `source` is the newer one. Answers how many moved. Raises Forbidden,
    WrongState, Invalid with a sentence for each gap.
    """
    with act():
        source, target = _lock_version(source), _lock_version(target)
        _require(by, "process.migrate", target.process)
        _check_pair(source, target)
        old, new = (target, source) if returning else (source, target)
        held = parts.counts(target.process).get(source.pk, {})
        holding = [] if returning else [state for state, n in held.items() if n]
        crossing = _crossing(old, new, there, back or {}, holding)
        moved = parts.move(
            source=source,
            target=target,
            crossing=crossing,
            back=returning,
            at=at,
            by=by,
        )
        record(
            MIGRATE,
            subject=target.process,
            by=by,
            at=at,
            changes={"version": (source.pk, target.pk), "moved": (None, moved)},
        )
    return moved


def _check_pair(source: ProcessVersion, target: ProcessVersion) -> None:
    if source.process_id != target.process_id or source.pk == target.pk:
        raise WrongState(_("Tickets move between two versions of one process."))
    if Status.DRAFT in {source.status, target.status}:
        raise WrongState(_("Tickets move between released versions only."))


def text_of(version: ProcessVersion) -> str:
    """The YAML text of a version's definition."""
    stored = version.definition
    return stored if isinstance(stored, str) else yaml_text.write(stored)


def fingerprint(version: ProcessVersion) -> str:
    """Changes whenever the draft's text or note does."""
    words = f"{version.note}\x00{text_of(version)}".encode()
    return hashlib.sha256(words).hexdigest()[:16]


def _lock(process: Process) -> Process:
    return Process.objects.select_for_update().get(pk=process.pk)


def _lock_version(version: ProcessVersion) -> ProcessVersion:
    process = _lock(version.process)
    fresh = ProcessVersion.objects.get(pk=version.pk)
    fresh.process = process
    return fresh


def _require(by: User | None, verb: str, process: Process) -> None:
    if by is not None:
        policy.require(by, verb, queries.relations(by, process))


def _check(process: Process, text: str) -> definition.Definition:
    try:
        found = definition.load(text)
    except definition.DefinitionError as error:
        raise Invalid({"definition": [str(p) for p in error.problems]}) from None
    if found.process != process.slug:
        raise Invalid(
            {
                "definition": [
                    _('process: this is the definition of "%(other)s", not "%(own)s"')
                    % {"other": found.process, "own": process.slug}
                ]
            }
        )
    return found


def _start(
    version: ProcessVersion,
    scope: str,
    team: Team | None,
    percent: int | None,
    at: datetime,
) -> Rollout:
    _check_audience(version, scope, team, percent)
    replaced = _running(version.process)
    if scope == Scope.TEAM:
        replaced = replaced.filter(scope=scope, team=team)
    elif scope == Scope.SHARE:
        replaced = replaced.filter(scope=scope)
    replaced.update(ended_at=at)
    return Rollout.objects.create(
        version=version,
        scope=scope,
        team=team if scope == Scope.TEAM else None,
        percent=percent if scope == Scope.SHARE else None,
        started_at=at,
    )


def _check_audience(
    version: ProcessVersion, scope: str, team: Team | None, percent: int | None
) -> None:
    if scope not in Scope.values:
        raise Invalid({"scope": [_("Choose one team, a share, or all.")]})
    if scope == Scope.TEAM and team is None:
        raise Invalid({"team": [_("Choose the team.")]})
    if scope == Scope.SHARE and not (percent is not None and 1 <= percent <= 99):
        raise Invalid({"percent": [_("A share is a whole number from 1 to 99.")]})
    everybody = _running(version.process).filter(scope=Scope.ALL)
    if scope != Scope.ALL and not everybody.exists():
        raise Invalid(
            {"scope": [_("The first version of a process goes to everybody.")]}
        )


def _running(process: Process) -> Any:
    return Rollout.objects.filter(version__process=process, ended_at=None)


def _replaced_by(version: ProcessVersion) -> list[Rollout]:
    """Rollouts of other versions that ended in the instants this one's began.

    One per audience, the newest; those whose audience somebody else has by now stay
    ended.
    """
    began = set(version.rollouts.values_list("started_at", flat=True))
    ended = (
        Rollout.objects.filter(version__process=version.process, ended_at__in=began)
        .exclude(version=version)
        .exclude(version__status=Status.RETIRED)
        .select_related("version")
        .order_by("-pk")
    )
    taken = {
        (r.scope, r.team_id) for r in _running(version.process).exclude(version=version)
    }
    found = []
    for rollout in ended:
        audience = (rollout.scope, rollout.team_id)
        if audience not in taken:
            taken.add(audience)
            found.append(rollout)
    return found


def _crossing(
    old: ProcessVersion,
    new: ProcessVersion,
    there: Mapping[str, str],
    back: Mapping[str, str],
    holding: list[str],
) -> Crossing:
    before, after = definition.of(old), definition.of(new)
    problems = check_map(before, after, there, holding=holding, back=back)
    if problems:
        raise Invalid({"map": [str(p) for p in problems]})
    return Crossing(dict(there), inverse(before, after, there, back))


def _record(
    kind: str,
    version: ProcessVersion,
    by: User | None,
    at: datetime,
    rollout: Rollout | None = None,
) -> None:
    changes: dict[str, tuple[Any, Any]] = {"version": (None, version.pk)}
    if rollout is not None:
        changes["scope"] = (None, rollout.scope)
        changes["team"] = (None, rollout.team_id)
        changes["percent"] = (None, rollout.percent)
    record(kind, subject=version.process, by=by, at=at, changes=changes)
