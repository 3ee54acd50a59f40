"""Who hears of swaps of turns: whoever is asked, and both when it is answered."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import reader
from core.models import Event
from notify import rulebook
from notify.rulebook import INBOX, MAIL, Reader, Rule, Teller, Told
from people import policy
from people.models import Rota, User

Pair = tuple[Event, Reader]
WORDS: Mapping[str, Any] = {
    "rota.swap_propose": T("%(who)s wants to swap a turn of theirs with one of yours"),
    "rota.swap": T("The turns are swapped: %(who)s agreed"),
    "rota.swap_decline": T("%(who)s keeps their turn: the swap was declined"),
    "rota.swap_withdraw": T("%(who)s took the proposal of a swap back"),
    "rota.swap_undo": T("%(who)s gave both turns back"),
}
FIELDS: Mapping[str, Any] = {
    "rota": T("The rota's name"),
    "who": T("Who did it"),
    "what": T("What happened"),
    "link": T("Where to read and answer it"),
}


def _asked(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """The second of the two: the first is who asks."""
    return {event.id: event.changes["swap"][1][1:] for event in events}


def _both(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    return {event.id: event.changes["swap"][1] for event in events}


RULES = (
    Rule(
        name="rota.swap_asked",
        kinds=("rota.swap_propose",),
        title=T("Somebody wants to swap turns with you"),
        teaches=T("It counts once you agree."),
        audience=_asked,
        channels=(INBOX, MAIL),
        subject=T("A swap of turns in {rota}"),
        line=T("{what}"),
        body=T("{what}. Say yes or no: {link}"),
        order=41,
    ),
    Rule(
        name="rota.swap_answered",
        kinds=tuple(kind for kind in WORDS if kind != "rota.swap_propose"),
        title=T("A swap of your turns was answered"),
        teaches=T("Agreed, declined, taken back, or done by whoever leads."),
        audience=_both,
        channels=(INBOX, MAIL),
        subject=T("A swap of turns in {rota}"),
        line=T("{what}"),
        body=T("{what}."),
        order=42,
    ),
)


def tell(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each event in its reader's words. Three queries."""
    rotas = Rota.objects.in_bulk({event.subject_id for event, _to in pairs})
    people = User.objects.in_bulk({event.actor_id for event, _to in pairs})
    seen = sees((to.user_id, event.subject_id) for event, to in pairs)
    return [
        _told(event, to, rotas[event.subject_id], people.get(event.actor_id or 0))
        if (to.user_id, event.subject_id) in seen and event.kind in WORDS
        else None
        for event, to in pairs
    ]


def _told(event: Event, to: Reader, rota: Rota, actor: User | None) -> Told:
    with reader.speaking(to.language):
        who = actor.name if actor else _("Somebody")
        url = f"/settings/rotas/{rota.slug}/"
        fields = {
            "number": rota.name,
            "title": rota.name,
            "rota": rota.name,
            "who": who,
            "what": str(WORDS[event.kind]) % {"who": who},
            "link": f"{settings.BASE_URL}{url}",
        }
        return Told(fields, url)


def sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Whoever works here sees all rotas there are. Two queries."""
    asked = set(pairs)
    there = set(
        Rota.objects.filter(pk__in={rota for _user, rota in asked}).values_list(
            "pk", flat=True
        )
    )
    people = User.objects.filter(pk__in={user for user, _rota in asked})
    staff = {user.pk for user in people if policy.allows(user, "rota.see")}
    return {(user, rota) for user, rota in asked if user in staff and rota in there}


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Rota.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def _nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    """No room hears of swaps."""
    return {}


def _example() -> Told:
    what = str(WORDS["rota.swap_propose"]) % {"who": "Alice"}
    link = f"{settings.BASE_URL}/settings/rotas/network/"
    fields = {"rota": "Network on call", "who": "Alice", "what": what, "link": link}
    return Told({"number": "", "title": "", **fields}, "/settings/rotas/network/")


def register() -> None:
    """Add the rules, and how rotas are told."""
    for entry in RULES:
        rulebook.rule(entry)
    rulebook.teller(
        Teller(Rota.subject_type, tell, _names, sees, _nowhere, FIELDS, _example)
    )
