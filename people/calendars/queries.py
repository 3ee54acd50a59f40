"""Calendars as far as a person may see them, with what each says now."""

from django.db.models import OuterRef, QuerySet, Subquery

from people.calendars.models import Calendar, CalendarVersion
from people.models import User
from people.policy import allows


def calendars(user: User) -> QuerySet[Calendar]:
    """For those who work here."""
    if not allows(user, "calendar.see"):
        return Calendar.objects.none()
    return with_newest(Calendar.objects.all())


def with_newest(rows: QuerySet[Calendar]) -> QuerySet[Calendar]:
    """`content`, `number` and `version_id` are the newest version's."""
    newest = CalendarVersion.objects.filter(calendar=OuterRef("pk")).order_by("-number")
    return rows.annotate(
        content=Subquery(newest.values("content")[:1]),
        number=Subquery(newest.values("number")[:1]),
        version_id=Subquery(newest.values("pk")[:1]),
    )
