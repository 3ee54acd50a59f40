"""Who hears that a record speaks for another standing, and in which words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as T

from core import reader
from core.models import Event
from itsm.changes.kinds import words
from itsm.changes.models import Proposal
from notify import quiet, rulebook
from notify.rulebook import INBOX, MAIL, Reader, Rule, Told
from people.models import Membership, User
from people.policy import allows
from processes.models import Process

FIELDS: Mapping[str, Any] = {
    "number": T("number"),
    "title": T("title"),
    "what": T("what happened, in a sentence"),
    "link": T("address of its page"),
}
Pair = tuple[Event, Reader]


def tell(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each in its reader's words; two queries."""
    rows = Proposal.objects.select_related("kind")
    known = rows.in_bulk({event.subject_id for event, _to in pairs})
    people = User.objects.in_bulk({to.user_id for _event, to in pairs})
    return [_told(event, to, known, people) for event, to in pairs]


def _told(
    event: Event,
    to: Reader,
    known: Mapping[int, Proposal],
    people: Mapping[int, User],
) -> Told | None:
    one, person = known.get(event.subject_id), people.get(to.user_id)
    if one is None or person is None or not allows(person, "change_kind.see"):
        return None
    with timezone.override(quiet.zone_of(to.time_zone)), reader.speaking(to.language):
        url = f"/changes/proposals/{one.pk}/"
        fields = {
            "number": str(one.pk),
            "title": words.proposed(one),
            "what": words.because(one),
            "link": f"{settings.BASE_URL}{url}",
        }
        return Told(fields, url, "")


def who_owns_the_process(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """The owner of the change process; where there is none, the team that owns it."""
    process = Process.objects.filter(slug="change").first()
    people: set[int] = set()
    if process is not None and process.owner_id:
        people = {process.owner_id}
    elif process is not None and process.team_id:
        members = Membership.objects.filter(team_id=process.team_id)
        people = set(members.values_list("user_id", flat=True))
    return {event.id: people for event in events}


def _sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    some = list(pairs)
    people = User.objects.in_bulk({user for user, _one in some})
    return {
        (user, one)
        for user, one in some
        if user in people and allows(people[user], "change_kind.see")
    }


def _threads(ids: Iterable[int]) -> Mapping[int, str]:
    return {pk: f"proposal-{pk}" for pk in ids}


def _nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    """No room hears of it."""
    return {}


def register() -> None:
    """Add the rule, and how it is told."""
    rulebook.rule(
        Rule(
            name="change_proposal.made",
            kinds=("change_proposal.make",),
            title=T("A record speaks for another standing"),
            teaches=T("For the owner of the change process: decide on the evidence."),
            audience=who_owns_the_process,
            channels=(INBOX, MAIL),
            subject=T("{title}?"),
            line=T("{what}"),
            body=T("{what} Look at the record and decide."),
            order=60,
        )
    )
    rulebook.teller(
        rulebook.Teller(
            subject_type=Proposal.subject_type,
            tell=tell,
            threads=_threads,
            sees=_sees,
            places=_nowhere,
            fields=FIELDS,
        )
    )
