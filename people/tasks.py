"""Mails that a page does not wait for, and tidying up."""

from celery import shared_task
from django.utils import timezone

from people import invitations, resetting, sessions
from people.models import User


@shared_task
def send_reset(email: str) -> int:
    """The mail to choose a new password, where the address is known."""
    return resetting.send(email)


@shared_task
def send_invitations(ids: list[int], by: int) -> int:
    """The mails to people who were imported."""
    who = User.objects.get(pk=by)
    people = User.objects.people().filter(pk__in=ids)
    for person in people:
        invitations.send(person, by=who)
    return len(people)


@shared_task
def forget_sessions() -> int:
    """What is over is not kept."""
    return sessions.forget_old(timezone.now())
