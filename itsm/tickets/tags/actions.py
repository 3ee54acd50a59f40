"""The list of tags: short, and kept by administrators. Putting one on is a verb."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets.tags.models import Tag
from people.changes import Given, as_made, new_slug, put, require_known, require_name
from people.models import User
from people.policy import require

FIELDS = frozenset({"name", "colour", "is_active"})
LONGEST = 40


def create_tag(*, by: User, at: datetime, name: str, **more: Any) -> Tag:
    """A new tag. Raises Forbidden, Invalid."""
    given = {**more, "name": name.strip()}
    with act():
        require(by, "tag.change")
        require_known(given, FIELDS)
        _check(None, given)
        tag = Tag(slug=new_slug(Tag, given["name"][:34]), **given)
        tag.save()
        changes = as_made({"slug": tag.slug, **given}, {"name"})
        record("tag.create", subject=tag, by=by, at=at, changes=changes)
    return tag


def change_tag(*, tag: Tag, by: User, at: datetime, **given: Any) -> Tag:
    """Name it anew, colour it, or take it out of use; tickets keep it.

    Raises Forbidden, Invalid.
    """
    with act():
        tag = Tag.objects.select_for_update().get(pk=tag.pk)
        require(by, "tag.change")
        require_known(given, FIELDS)
        if "name" in given:
            given["name"] = given["name"].strip()
        _check(tag, given)
        changes = put(tag, given, texts={"name"}, by=by, at=at)
        if changes:
            record("tag.change", subject=tag, by=by, at=at, changes=changes)
    return tag


def _check(tag: Tag | None, given: Given) -> None:
    require_name(given)
    if "name" in given:
        if len(given["name"]) > LONGEST:
            raise Invalid({"name": [_("At most 40 characters are possible.")]})
        others = Tag.objects.filter(name__iexact=given["name"])
        if others.exclude(pk=tag.pk if tag else 0).exists():
            raise Invalid({"name": [_("There is such a tag already.")]})
    if given.get("colour", "") not in Tag.Colour.values:
        raise Invalid({"colour": [_("There is no such colour.")]})
