"""Profiles: what people of one kind of job get, together."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.requests.models import Offering, Profile
from people import policy
from people.changes import (
    as_made,
    new_slug,
    put,
    put_many,
    require_known,
    require_name,
)
from people.models import User

TEXTS = frozenset({"name"})
FIELDS = frozenset({"name", "offerings", "is_active"})


def create_profile(*, by: User, at: datetime, name: str, **more: Any) -> Profile:
    """A new one. Raises Forbidden, Invalid."""
    given = {"name": name, **more}
    offerings = _checked(given)
    with act():
        policy.require(by, "profile.change")
        profile = Profile.objects.create(slug=new_slug(Profile, name), **given)
        changes = as_made({"slug": profile.slug, **given}, TEXTS)
        changes |= put_many(profile, "offerings", offerings)
        record("profile.create", subject=profile, by=by, at=at, changes=changes)
    return profile


def change_profile(
    *, profile: Profile, by: User, at: datetime, **given: Any
) -> Profile:
    """Change it for orders to come; who has it keeps what they have."""
    offerings = _checked(given)
    with act():
        profile = Profile.objects.select_for_update().get(pk=profile.pk)
        policy.require(by, "profile.change")
        changes = put(profile, given, texts=TEXTS, by=by, at=at)
        changes |= put_many(profile, "offerings", offerings)
        if changes:
            record("profile.change", subject=profile, by=by, at=at, changes=changes)
    return profile


def _checked(given: dict[str, Any]) -> list[Offering] | None:
    """Takes the offerings out. A bundle in a bundle would never end."""
    require_known(given, FIELDS)
    require_name(given)
    offerings: list[Offering] | None = given.pop("offerings", None)
    if offerings is not None:
        offerings = list(offerings)
        if any(one.bundle for one in offerings):
            words = _("A profile holds no joiners, movers or leavers.")
            raise Invalid({"offerings": [words]})
    return offerings
