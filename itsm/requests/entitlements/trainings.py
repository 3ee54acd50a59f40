"""Courses, and who did them. `itsm.requests.catalogue.training` asks for them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.requests.models import Course, Training
from people import policy
from people.changes import as_made, new_slug, put, require_known, require_name
from people.models import User

TEXTS = frozenset({"name", "where"})
FIELDS = frozenset({"name", "where", "lasts", "is_active"})


def create_course(*, by: User, at: datetime, name: str, **more: Any) -> Course:
    """A training that offerings may ask for. Raises Forbidden, Invalid."""
    given = {"name": name, **more}
    policy.require(by, "course.change")
    _check(given)
    with act():
        policy.require(by, "course.change")
        course = Course.objects.create(slug=new_slug(Course, name), **given)
        changes = as_made({"slug": course.slug, **given}, TEXTS)
        record("course.create", subject=course, by=by, at=at, changes=changes)
    return course


def change_course(*, course: Course, by: User, at: datetime, **given: Any) -> Course:
    """Change it; who did it has done it. Raises Forbidden, Invalid."""
    _check(given)
    with act():
        course = Course.objects.select_for_update().get(pk=course.pk)
        policy.require(by, "course.change")
        changes = put(course, given, texts=TEXTS, by=by, at=at)
        if changes:
            record("course.change", subject=course, by=by, at=at, changes=changes)
    return course


def _check(given: dict[str, Any]) -> None:
    require_known(given, FIELDS)
    require_name(given)
    lasts = given.get("lasts")
    if lasts is not None and lasts.total_seconds() <= 0:
        raise Invalid({"lasts": [_("It lasts longer than nothing.")]})


def note_training(
    *, course: Course, person: User, by: User, at: datetime, done_at: datetime
) -> Training:
    """Somebody did it, and when. Raises Forbidden, Invalid."""
    with act():
        policy.require(by, "training.note")
        if person.is_machine or not person.is_active:
            raise Invalid({"person": [_("Choose a person who has access.")]})
        if done_at > at:
            raise Invalid({"done_at": [_("This is still ahead.")]})
        training = Training.objects.create(
            course=course, person=person, done_at=done_at, noted_by=by
        )
        changes = {
            "person": (None, person.pk),
            "done_at": (None, done_at.isoformat()),
        }
        record("course.done", subject=course, by=by, at=at, changes=changes)
    return training
