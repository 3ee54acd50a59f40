"""What somebody must have learnt before they get a thing, and where to learn it."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.requests.models import Course, Offering, Training
from people.models import User


def counts(course: Course, done_at: datetime | None, *, at: datetime) -> bool:
    """Whether a course that was done then is still good at an instant."""
    if done_at is None or done_at > at:
        return False
    return course.lasts is None or done_at + course.lasts > at


def missing(offering: Offering, person: User, *, at: datetime) -> Course | None:
    """The course that they have not done, or too long ago; one query at most."""
    course = offering.needs
    if course is None:
        return None
    rows = Training.objects.filter(person=person, course=course, done_at__lte=at)
    last = rows.order_by("-done_at").values_list("done_at", flat=True).first()
    return None if counts(course, last, at=at) else course


def refusal(course: Course) -> str:
    """Why it cannot be ordered yet, and what to do."""
    said = _("It needs the training “%(name)s” first.") % {"name": course.name}
    where = _("Get it here: %(where)s") % {"where": course.where}
    return f"{said} {where}" if course.where else said
