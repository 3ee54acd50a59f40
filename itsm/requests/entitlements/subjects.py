"""How the log and the rule book know entitlements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.utils.translation import ngettext

from core import reader, subjects
from core.models import Event
from core.wording import clock_words
from itsm.requests.entitlements import kinds
from itsm.requests.models import Entitlement
from notify import quiet, rulebook
from notify.rulebook import EVERYBODY, INBOX, MAIL, Reader, Rule, Teller, Told
from people import policy
from people.models import User
from people.roles import Role

Pair = tuple[Event, Reader]
CONFIRM = "/entitlements/confirm/"
FIELDS: Mapping[str, Any] = {
    "service": T("service"),
    "role": T("as what"),
    "person": T("who holds it"),
    "what": T("what happened, in a sentence"),
    "until": T("until when"),
    "link": T("where to look"),
}


def visible(user: User) -> QuerySet[Entitlement]:
    """Staff see what anybody holds, everybody else their own."""
    rows = Entitlement.objects.all()
    if not user.is_active:
        return rows.none()
    if policy.allows(user, "entitlement.see"):
        return rows
    return rows.filter(Q(person_id=user.pk) | Q(service__owner_id=user.pk))


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    rows = Entitlement.objects.filter(pk__in=set(ids))
    return {pk: str(pk) for pk in rows.values_list("pk", flat=True)}


def _facts(events: Iterable[Event]) -> Mapping[int, Any]:
    rows = Entitlement.objects.filter(pk__in={event.subject_id for event in events})
    found = rows.values(
        *("pk", "person_id", "service__owner_id", "service__owner__manager_id")
    )
    return {row["pk"]: row for row in found}


def _holder(events: Sequence[Event]) -> Mapping[int, set[int]]:
    known = _facts(events)
    return {event.id: {known[event.subject_id]["person_id"]} for event in events}


def _owner(events: Sequence[Event]) -> Mapping[int, set[int]]:
    """Who answers for the service; without one, who administers."""
    known = _facts(events)
    mighty = _administrators()
    owners = {pk: row["service__owner_id"] for pk, row in known.items()}
    return {
        event.id: {owners[event.subject_id]} if owners[event.subject_id] else mighty
        for event in events
    }


def _owner_and_above(events: Sequence[Event]) -> Mapping[int, set[int]]:
    """The owner, their manager, and who administers."""
    known = _facts(events)
    mighty = _administrators()
    names = ("service__owner_id", "service__owner__manager_id")
    return {
        event.id: mighty | {known[event.subject_id][name] for name in names} - {None}
        for event in events
    }


def _administrators() -> set[int]:
    rows = User.objects.people().filter(roles__contains=[Role.ADMINISTRATOR.value])
    return set(rows.values_list("pk", flat=True))


RULES = (
    Rule(
        name=kinds.EXPIRING,
        kinds=(kinds.EXPIRING,),
        title=T("Something you may use ends soon"),
        teaches=T("Two weeks before: order it again if you still need it."),
        audience=_holder,
        channels=(INBOX, MAIL),
        group=EVERYBODY,
        subject=T("{service}: it ends soon"),
        line=T("{what}"),
        body=T("{what}. If you still need it, order it again: {link}"),
        order=46,
    ),
    Rule(
        name=kinds.END,
        kinds=(kinds.END,),
        title=T("Something you could use has ended"),
        teaches=T("Its time is over, or its owner or an order ended it."),
        audience=_holder,
        group=EVERYBODY,
        subject=T("{service}: it has ended"),
        line=T("{what}"),
        body=T("{what}."),
        order=47,
    ),
    Rule(
        name="entitlement.ended_by_itself",
        kinds=(kinds.END,),
        title=T("Access to a service of yours has ended"),
        teaches=T("By its date or by you: see that it is taken away there too."),
        audience=lambda events: _owner([e for e in events if _why(e) != "order"]),
        subject=T("{service}: access of {person} has ended"),
        line=T("{what}"),
        body=T("{what}. See that it is taken away there too."),
        told_own_act=True,
        order=48,
    ),
    Rule(
        name=kinds.ASKED,
        kinds=(kinds.ASKED,),
        title=T("Confirm who uses a service of yours"),
        teaches=T("Every half year, on one page."),
        audience=_owner,
        channels=(INBOX, MAIL),
        subject=T("{service}: who still needs it?"),
        line=T("{what}"),
        body=T("{what}. It takes a minute: {link}"),
        order=38,
    ),
    Rule(
        name=kinds.UNCONFIRMED,
        kinds=(kinds.UNCONFIRMED,),
        title=T("Nobody confirmed who uses a service"),
        teaches=T("For its owner, their manager and administrators."),
        audience=_owner_and_above,
        channels=(INBOX, MAIL),
        subject=T("{service}: nobody confirmed who uses it"),
        line=T("{what}"),
        body=T("{what}. Nothing has ended by itself: {link}"),
        order=39,
    ),
)


def _why(event: Event) -> Any:
    return event.changes.get("why", (None, ""))[1]


def tell(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each event in its reader's words; three queries."""
    ids = {event.subject_id for event, _to in pairs}
    rows = Entitlement.objects.select_related("service", "person").in_bulk(ids)
    seen = sees((to.user_id, event.subject_id) for event, to in pairs)
    return [
        _told(event, to, rows[event.subject_id])
        if (to.user_id, event.subject_id) in seen
        else None
        for event, to in pairs
    ]


def _told(event: Event, to: Reader, held: Entitlement) -> Told:
    zone = quiet.zone_of(to.time_zone)
    is_own = held.person_id == to.user_id
    url = "/entitlements/" if is_own else f"/entitlements/?service={held.service.slug}"
    if event.kind in {kinds.ASKED, kinds.UNCONFIRMED}:
        url = CONFIRM
    with timezone.override(zone), reader.speaking(to.language):
        fields = {
            "number": held.service.name,
            "title": held.role or held.service.name,
            "service": held.service.name,
            "role": held.role,
            "person": held.person.name,
            "what": _what(event, held, is_own),
            "until": clock_words(held.expires_at) if held.expires_at else "",
            "link": f"{settings.BASE_URL}{url}",
        }
        return Told(fields, url)


def _what(event: Event, held: Entitlement, is_own: bool) -> str:
    role = f" ({held.role})" if held.role else ""
    words: dict[str, Any] = {"service": f"{held.service.name}{role}"}
    words |= {"person": held.person.name}
    if held.expires_at:
        words["until"] = clock_words(held.expires_at)
    n = event.changes.get("count", (None, 1))[1] or 1
    if event.kind == kinds.EXPIRING and held.expires_at:
        return _("Your access to %(service)s ends %(until)s") % words
    if event.kind == kinds.END and is_own:
        return _("Your access to %(service)s has ended") % words
    if event.kind == kinds.END:
        return _("Access of %(person)s to %(service)s has ended") % words
    words = {"service": held.service.name, "n": n}
    if event.kind == kinds.ASKED:
        return (
            ngettext(
                "%(n)s person or role of %(service)s waits to be confirmed",
                "%(n)s people or roles of %(service)s wait to be confirmed",
                n,
            )
            % words
        )
    return (
        ngettext(
            "%(n)s person or role of %(service)s was not confirmed in time",
            "%(n)s people or roles of %(service)s were not confirmed in time",
            n,
        )
        % words
    )


def sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Their own, or any for who works here; two queries."""
    asked = set(pairs)
    rows = Entitlement.objects.filter(pk__in={pk for _user, pk in asked})
    holders = dict(rows.values_list("pk", "person_id"))
    people = User.objects.in_bulk({user for user, _pk in asked})
    staff = {pk for pk, one in people.items() if policy.allows(one, "entitlement.see")}
    return {
        (user, pk)
        for user, pk in asked
        if pk in holders and (user in staff or holders[pk] == user)
    }


def _threads(ids: Iterable[int]) -> Mapping[int, str]:
    rows = Entitlement.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "service__name"))


def _nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    """No room hears of what people hold."""
    return {}


def _example() -> Told:
    what = _("Your access to %(service)s has ended") % {"service": "ERP"}
    fields = {"service": "ERP", "role": _("Clerk"), "person": "Carol", "what": what}
    fields |= {"number": "ERP", "title": "ERP", "until": ""}
    link = f"{settings.BASE_URL}/entitlements/"
    return Told({**fields, "link": link}, "/entitlements/")


def register() -> None:
    """Make entitlements a subject, and tell of them."""
    subjects.register(
        subjects.SubjectType(
            name=Entitlement.subject_type,
            visible_to=visible,
            numbers=_names,
            url=lambda pk: f"/entitlements/?one={pk}",
        )
    )
    for entry in RULES:
        rulebook.rule(entry)
    rulebook.teller(
        Teller(
            Entitlement.subject_type, tell, _threads, sees, _nowhere, FIELDS, _example
        )
    )
