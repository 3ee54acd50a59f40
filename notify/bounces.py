"""Addresses that take nothing more: paused, told to their owners, released by people.

A pause is an event, so that the rule book tells the person as it tells everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from core.log import act, record
from core.models import Event
from notify import rulebook
from notify.lanes import Way
from notify.models import Channel, Message, Reach, Route
from notify.rulebook import INBOX, Reader, Rule, Teller, Told

PAUSE, RELEASE = "user.mail_pause", "user.mail_release"
ROUTE_PAUSE = "route.pause"
ACCOUNT = "/account/notifications/"


def pause(way: Way, message: Message, failure: str, *, at: datetime) -> None:
    """Nothing more goes to the address that this message came back from."""
    if way.channel == Channel.MAIL:
        if message.user_id is not None:
            _pause_mail(message.user_id, failure, at)
    elif way.route_id is not None:
        _pause_route(way.channel, way.route_id, failure, at)


def _pause_mail(user_id: int, failure: str, at: datetime) -> None:
    with act():
        user: Any = get_user_model()._default_manager.get(pk=user_id)
        Reach.objects.get_or_create(pk=user_id)
        rows = Reach.objects.filter(pk=user_id, mail_paused_at=None)
        if rows.update(mail_paused_at=at, mail_failure=failure):
            record(PAUSE, subject=user, by=None, at=at, changes={"mail": (True, False)})


def _pause_route(channel: str, pk: int, failure: str, at: datetime) -> None:
    """A room is paused; a gateway is not: somebody may have to be woken."""
    with act():
        route = Route.objects.select_for_update().get(pk=pk)
        route.failure = failure
        if channel == Channel.CHAT and route.paused_at is None:
            route.paused_at = at
            changes = {"is_paused": (False, True)}
            record(ROUTE_PAUSE, subject=route, by=None, at=at, changes=changes)
        route.save(update_fields=["failure", "paused_at"])


def release(user: Any, *, by: Any, at: datetime) -> bool:
    """Mail goes to this person again; whether it was paused. Inside `act()`."""
    rows = Reach.objects.filter(pk=user.pk, mail_paused_at__isnull=False)
    if not rows.update(mail_paused_at=None, mail_failure=""):
        return False
    record(RELEASE, subject=user, by=by, at=at, changes={"mail": (False, True)})
    return True


def _themselves(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    return {event.pk: [event.subject_id] for event in events}


def _tell(pairs: Sequence[tuple[Event, Reader]]) -> list[Told | None]:
    """To the person themselves, and to nobody else."""
    return [
        Told({}, ACCOUNT) if reader.user_id == event.subject_id else None
        for event, reader in pairs
    ]


def _threads(ids: Iterable[int]) -> Mapping[int, str]:
    return dict.fromkeys(ids, "")


def _sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(user, thing) for user, thing in pairs if user == thing}


def _places(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    return {}


def register() -> None:
    """The rule by which people hear that mail to them came back."""
    rulebook.teller(Teller("user", _tell, _threads, _sees, _places))
    rulebook.rule(
        Rule(
            name="user.mail_paused",
            kinds=(PAUSE,),
            title=_("Mail to you comes back"),
            teaches=_(
                "The mail server refused your address, so nothing is sent to it."
            ),
            audience=_themselves,
            channels=(INBOX,),
            group=rulebook.EVERYBODY,
            told_own_act=True,
            is_urgent=True,
            is_fixed=True,
            subject=_("Mail to you comes back"),
            body=_("Ask an administrator to correct your address, or to release it."),
            line=_("Mail to you comes back, so it is paused"),
            order=90,
        )
    )
