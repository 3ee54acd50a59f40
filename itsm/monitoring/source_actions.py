"""What administrators do with sources: the tools that report to us.

A source acts as a machine of its own (`User.is_machine`), made with it. Its key is
never in the log; that it was changed is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.monitoring import keys, mapping
from itsm.monitoring.intake import keyring, storing
from itsm.monitoring.models import Source
from people.changes import (
    Changes,
    Given,
    as_made,
    new_slug,
    put,
    require_known,
    require_name,
)
from people.machines.actions import create_service_account
from people.models import Service, Team, User
from people.policy import require

VERB = "source.change"
TEXTS = frozenset({"name"})
FIELDS = frozenset({"name", "service", "team", "mapping", "per_minute", "silent_after"})
LONGEST_NAME = 200
ADDED = "new"
MOST_PER_MINUTE = 60_000  # calls
SILENCES = (timedelta(minutes=1), timedelta(days=30))


def create_source(
    *, by: User, at: datetime, name: str, service: Service, **more: Any
) -> Source:
    """A new source, its account and its key. Raises Forbidden, Invalid."""
    with act():
        require(by, VERB)
        given = _checked({"name": name, "service": service, **more}, None)
        is_taken = slugify(given["name"]) == ADDED  # the page on which one is added
        slug = new_slug(Source, "" if is_taken else given["name"])
        source = Source(slug=slug, created_at=at, **given)
        source.account = _make_account(given["name"], by, at)
        keys.give(source, keys.make())
        source.save()
        changes = _told(as_made({**given, "slug": slug}, TEXTS))
        record("source.create", subject=source, by=by, at=at, changes=changes)
    return source


def change_source(*, source: Source, by: User, at: datetime, **given: Any) -> Source:
    """Change what is given. Raises Forbidden, Invalid."""
    with act():
        source = _lock(source)
        require(by, VERB)
        given = _checked(given, source)
        changes = put(source, given, texts=TEXTS, by=by, at=at)
        if "per_minute" in changes:
            transaction.on_commit(keyring.forget)
        if "name" in changes:
            _rename(source, by, at)
        if changes:
            told = _told(changes)
            record("source.change", subject=source, by=by, at=at, changes=told)
    return source


def pause_source(
    *, source: Source, by: User, at: datetime, is_paused: bool = True
) -> Source:
    """Keep what it sends until it goes on, or go on; repeated it changes nothing."""
    with act():
        source = _lock(source)
        require(by, VERB)
        if is_paused != (source.paused_at is not None):
            source.paused_at = at if is_paused else None
            source.save(update_fields=["paused_at"])
            transaction.on_commit(storing.poke)
            kind = "source.pause" if is_paused else "source.resume"
            changes: Changes = {"is_paused": (not is_paused, is_paused)}
            record(kind, subject=source, by=by, at=at, changes=changes)
    return source


def rotate_key(*, source: Source, by: User, at: datetime) -> Source:
    """A new key; the former one counts for a day longer, so that tools can follow."""
    with act():
        source = _lock(source)
        require(by, VERB)
        keys.rotate(source, at=at)
        source.save()
        until = source.former_until
        assert until is not None
        transaction.on_commit(keyring.forget)
        changes: Changes = {"former_until": (None, until.isoformat())}
        record("source.rotate", subject=source, by=by, at=at, changes=changes)
    return source


def end_former_key(*, source: Source, by: User, at: datetime) -> Source:
    """The former key counts no longer. Raises Forbidden, WrongState without one."""
    with act():
        source = _lock(source)
        require(by, VERB)
        until = source.former_until
        if until is None or until <= at:
            raise WrongState(_("No former key counts any more."))
        source.former_digest, source.former_until = "", None
        source.save(update_fields=["former_digest", "former_until"])
        transaction.on_commit(keyring.forget)
        changes: Changes = {"former_until": (until.isoformat(), None)}
        record("source.former_end", subject=source, by=by, at=at, changes=changes)
    return source


def _lock(source: Source) -> Source:
    return Source.objects.select_for_update(of=("self",)).get(pk=source.pk)


def _make_account(name: str, by: User, at: datetime) -> User:
    """The machine as whom it acts; whoever sets it up answers for it."""
    owner = by if by.works_here else by.manager
    return create_service_account(by=by, at=at, name=name, owner=owner)


def _rename(source: Source, by: User, at: datetime) -> None:
    """Its account is called as it is: that is the name people read on tickets."""
    account = source.account
    changes = put(account, {"name": source.name}, texts=TEXTS, by=by, at=at)
    if changes:
        record("user.change", subject=account, by=by, at=at, changes=changes)


def _checked(given: Given, source: Source | None) -> dict[str, Any]:
    """What was given, clean. Raises Invalid."""
    require_known(given, FIELDS)
    given = {n: v.strip() if n == "name" else v for n, v in given.items()}
    require_name(given)
    errors = {name: [says] for name, says in _wrong(given, source).items()}
    if "mapping" in given and (sentences := list(mapping.wrong(given["mapping"]))):
        errors["mapping"] = sentences
    if errors:
        raise Invalid(errors)
    return given


def _wrong(given: Given, source: Source | None) -> Mapping[str, str]:
    """What is wrong with the plain fields, one sentence each."""
    wrong: dict[str, str] = {}
    name = given.get("name", "")
    others = Source.objects.exclude(pk=source.pk if source else 0)
    if len(name) > LONGEST_NAME:
        wrong["name"] = _("That is too long.")
    elif name and others.filter(name__iexact=name).exists():
        wrong["name"] = _("There is a source of that name already.")
    service: Service | None = given.get("service")
    if "service" in given and (service is None or not service.is_active):
        wrong["service"] = _("Choose a service that is in use.")
    team: Team | None = given.get("team")
    if team is not None and not team.is_active:
        wrong["team"] = _("Choose a team that is in use.")
    if not 1 <= given.get("per_minute", 1) <= MOST_PER_MINUTE:
        words = {"most": MOST_PER_MINUTE}
        wrong["per_minute"] = _("From 1 to %(most)s calls are possible.") % words
    silence = given.get("silent_after")
    if silence is not None and not SILENCES[0] <= silence <= SILENCES[1]:
        wrong["silent_after"] = _("From a minute to 30 days are possible.")
    return wrong


def _told(changes: Changes) -> Changes:
    """For the log: of a mapping its parts, a short line each."""
    return {
        name: (_lines(change[0]), _lines(change[1])) if name == "mapping" else change
        for name, change in changes.items()
    }


def _lines(mapping: Mapping[str, Any] | None) -> list[str]:
    found = []
    for name, value in (mapping or {}).items():
        if name == "severity":
            found += [f"{s}: {'/'.join(one.values())}" for s, one in value.items()]
        elif isinstance(value, dict):
            found += [f"{word}: {to}" for word, to in value.items()]
        else:
            said = "+".join(value) if isinstance(value, list) else value
            found.append(f"{name}: {said}")
    return found
