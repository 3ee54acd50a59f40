"""What the log, the settings and the rule book know of webhooks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as T

from core import reader, subjects
from core.models import Event
from itsm.webhooks import retrying, standing
from itsm.webhooks.models import Webhook
from notify import rulebook
from notify.rulebook import INBOX, MAIL, Reader, Rule, Teller, Told
from people import policy
from people.models import User
from people.pages import kinds
from people.roles import Role


def visible(user: User) -> QuerySet[Webhook]:
    """Administrators see them all, those that were deleted too."""
    rows = Webhook.objects.all()
    return rows if policy.allows(user, "webhook.change") else rows.none()


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Webhook.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def _tell(pairs: Sequence[tuple[Event, Reader]]) -> list[Told | None]:
    """That it was switched off, and why; whoever may open it gets its page."""
    rows = Webhook.objects.in_bulk({event.subject_id for event, _to in pairs})
    people = User.objects.in_bulk({to.user_id for _event, to in pairs})
    return [
        _told(rows.get(event.subject_id), people.get(to.user_id), to)
        for event, to in pairs
    ]


def _told(row: Webhook | None, person: User | None, to: Reader) -> Told | None:
    if row is None or person is None:
        return None
    with reader.speaking(to.language):
        fields = {"webhook": row.name, "why": retrying.words(row.failure)}
        opens = policy.allows(person, "webhook.change")
        return Told(fields, f"/settings/webhooks/{row.pk}/" if opens else "/")


def _sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Administrators, and the owner of each; two queries."""
    asked = set(pairs)
    owners = Webhook.objects.filter(pk__in={pk for _user, pk in asked})
    owned = {(owner, pk) for pk, owner in owners.values_list("pk", "owner_id")}
    mighty = _administrators()
    return {pair for pair in asked if pair[0] in mighty or pair in owned}


def _administrators() -> set[int]:
    rows = User.objects.filter(is_active=True, is_machine=False)
    found = rows.filter(roles__contains=[Role.ADMINISTRATOR.value])
    return set(found.values_list("pk", flat=True))


def _who_answers(events: Sequence[Event]) -> Mapping[int, set[int]]:
    """The owner, and everybody who administers."""
    rows = Webhook.objects.filter(pk__in={event.subject_id for event in events})
    owners = dict(rows.values_list("pk", "owner_id"))
    mighty = _administrators()
    return {event.id: mighty | {owners[event.subject_id]} for event in events}


def _nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def register() -> None:
    """Put the page into settings, and make webhooks known."""
    kinds.register_tab(kinds.Tab("webhooks", T("Webhooks"), "webhook.change", 72))
    subjects.register(
        subjects.SubjectType(
            name=Webhook.subject_type,
            visible_to=visible,
            numbers=_names,
            url=lambda name: "/settings/webhooks/",
        )
    )
    rulebook.teller(
        Teller(
            Webhook.subject_type,
            _tell,
            _names,
            sees=_sees,
            places=_nowhere,
            fields={"webhook": T("name"), "why": T("why it was paused")},
            example=lambda: Told(
                {"webhook": "Deploy bot", "why": str(retrying.WORDS["hook.gone"])},
                "/settings/webhooks/",
            ),
        )
    )
    rulebook.rule(
        Rule(
            name=standing.DISABLE,
            kinds=(standing.DISABLE,),
            title=T("A webhook was paused because it fails"),
            teaches=T("Of yours, or any of them if you administer."),
            audience=_who_answers,
            channels=(INBOX, MAIL),
            subject=T("The webhook “{webhook}” is paused"),
            body=T(
                "{why}\n\nThe webhook “{webhook}” is paused: nothing leaves on it. "
                "What happens meanwhile waits and is sent when you let it go on."
            ),
            line=T("The webhook “{webhook}” is paused. {why}"),
            order=80,
        )
    )
