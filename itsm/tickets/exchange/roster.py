"""Who and what a file names: found among ours, or made.

People: an e-mail finds its user; a name finds the placeholder an earlier import made,
then the one user of that name; otherwise a placeholder is made, who cannot sign in
and gets no mail (`caller-2403@imported.invalid`; `.invalid` never exists, RFC 2606).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Max
from django.utils.text import slugify

from people.models import Category, Membership, Organisation, Service, Team, User
from people.roles import Role

PLACEHOLDER = "imported.invalid"
LONGEST_NAME = 200


@lru_cache(maxsize=100_000)
def email_of(name: str) -> str:
    """The e-mail a name stands for: its own if it is one, else a placeholder.

    Two names give two addresses: what the readable part loses is told apart by a
    few digits of the name's hash.
    """
    if "@" in name:
        try:
            validate_email(name)
        except ValidationError:
            pass
        else:
            if len(name) <= 254:
                return name.lower()
    plain = re.sub(r"\s+", "-", name.casefold())
    local = slugify(name)[:50].strip("-_")
    if local != plain:
        digest = sha256(name.casefold().encode()).hexdigest()[:8]
        local = f"{local}-{digest}" if local else digest
    return f"{local}@{PLACEHOLDER}"


def label_of(user: Mapping[str, Any]) -> str:
    """How an export names a person, so that an import finds or makes the same."""
    is_placeholder = user["email"].endswith(f"@{PLACEHOLDER}")
    return str(user["name"] if is_placeholder else user["email"])


@dataclass(slots=True)
class Mentions:
    """The names a file uses, collected while its rows are checked."""

    requesters: set[str] = field(default_factory=set)
    staff: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    worked_in: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class Roster:
    """Names to ids. `made` says how many of each were (or would be) made."""

    people: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    organisation_of: dict[int | None, int | None] = field(default_factory=dict)
    restricted_services: frozenset[int] = frozenset()
    made: dict[str, list[str]] = field(default_factory=dict)

    def person(self, name: str | None) -> int | None:
        """The id of somebody named in the file."""
        return self.people.get(name) if name else None

    def team(self, name: str | None) -> int | None:
        """The id of a team."""
        return self.teams.get(name) if name else None

    def service(self, name: str | None) -> int | None:
        """The id of a service."""
        return self.services.get(name) if name else None

    def category(self, name: str | None) -> int | None:
        """The id of a category."""
        return self.categories.get(name) if name else None


def enrol(mentions: Mentions, *, organisation: str, at: datetime, dry: bool) -> Roster:
    """Find everybody and everything a file names, and make what is missing.

    One transaction; a second call makes nothing. `organisation` is the slug of the
    one that new requesters belong to. With `dry`, ids of new ones are negative.
    """
    roster = Roster()
    with transaction.atomic():
        places: tuple[tuple[str, Any, set[str], dict[str, int]], ...] = (
            ("teams", Team, mentions.teams, roster.teams),
            ("services", Service, mentions.services, roster.services),
            ("categories", Category, mentions.categories, roster.categories),
        )
        for label, model, names, ids in places:
            roster.made[label] = _places(model, names, ids, dry)
        roster.restricted_services = frozenset(
            Service.objects.filter(is_restricted=True).values_list("id", flat=True)
        )
        new = _people(roster, mentions, organisation, at, dry)
        if not dry:
            _memberships(roster, mentions, new)
    return roster


def _places(model: Any, names: set[str], ids: dict[str, int], dry: bool) -> list[str]:
    """Teams, services or categories by exact name, then by slug; the rest is made."""
    rows = list(model.objects.values_list("id", "name", "slug").order_by("-id"))
    by_name = {name: pk for pk, name, _ in rows}
    by_slug = {slug: pk for pk, _, slug in rows}
    missing = []
    for name in sorted(names):
        found = by_name.get(name) or by_slug.get(name)
        if found is None:
            missing.append(name)
        else:
            ids[name] = found
    if dry:
        ids.update({name: -1 - n for n, name in enumerate(missing)})
        return missing
    taken = set(by_slug)
    for name in missing:
        slug = _free_slug(name, model._meta.model_name, taken)
        ids[name] = model.objects.create(name=name, slug=slug).pk
    return missing


def _free_slug(name: str, fallback: str, taken: set[str]) -> str:
    base = slugify(name)[:44].strip("-_") or fallback
    slug, n = base, 1
    while slug in taken:
        n += 1
        slug = f"{base}-{n}"
    taken.add(slug)
    return slug


def _people(
    roster: Roster, mentions: Mentions, organisation: str, at: datetime, dry: bool
) -> set[str]:
    """Fill `roster.people`; answers the names for whom a user was made."""
    names = mentions.requesters | mentions.staff
    known = _known_people(names, roster)
    missing = sorted(names - known)
    roster.made["people"] = missing
    if dry:
        roster.people.update({name: -1 - n for n, name in enumerate(missing)})
        return set()
    if not missing:
        return set()
    home, _ = Organisation.objects.get_or_create(
        slug=organisation, defaults={"name": organisation.replace("-", " ").title()}
    )
    users: dict[str, User] = {}
    for name in missing:
        is_staff = name in mentions.staff
        users.setdefault(
            email_of(name),
            User(
                email=email_of(name),
                name=_name_of(name),
                roles=[Role.AGENT.value if is_staff else Role.REQUESTER.value],
                organisation=None if is_staff else home,
                created_at=at,
            ),
        )
    for user in users.values():
        user.set_unusable_password()
    User.objects.bulk_create(users.values(), batch_size=2000, ignore_conflicts=True)
    _known_people(set(missing), roster)
    return set(missing)


def _name_of(name: str) -> str:
    """What a made person is called: an e-mail's part before the @, or the name."""
    is_placeholder = email_of(name).endswith(f"@{PLACEHOLDER}")
    return name if is_placeholder else name.partition("@")[0]


def _known_people(names: Iterable[str], roster: Roster) -> set[str]:
    """Those who are ours already: by e-mail, else the one person of that name."""
    emails = {name: email_of(name) for name in names}
    by_email = {
        row[0]: row[1:]
        for row in User.objects.filter(email__in=set(emails.values())).values_list(
            "email", "id", "organisation_id"
        )
    }
    rest = [n for n, email in emails.items() if email not in by_email]
    by_name = {
        row[0]: row[1:]
        for row in User.objects.filter(name__in=rest, anonymised_at=None)
        .values("name")
        .annotate(n=Count("id"), found=Max("id"), home=Max("organisation_id"))
        .filter(n=1)
        .values_list("name", "found", "home")
    }
    known = set()
    for name, email in emails.items():
        found = by_email.get(email) or by_name.get(name)
        if found is not None:
            roster.people[name], roster.organisation_of[found[0]] = found[0], found[1]
            known.add(name)
    return known


def _memberships(roster: Roster, mentions: Mentions, new: set[str]) -> None:
    """Put each person that was made into the team they worked in most."""
    best: dict[str, tuple[int, str]] = {}
    for (team, person), times in mentions.worked_in.items():
        if person in new:
            best[person] = max(best.get(person, (0, "")), (times, team))
    Membership.objects.bulk_create(
        [
            Membership(team_id=roster.teams[team], user_id=roster.people[person])
            for person, (_, team) in sorted(best.items())
        ],
        ignore_conflicts=True,
    )
