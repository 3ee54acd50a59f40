"""Who hears of an increment's release: its team, and those with a stake in it."""

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from backlog.increments.models import Increment
from backlog.increments.queries import visible_to
from backlog.profile.models import Stakeholder
from backlog.telling import FIELDS, Pair, Seen, nowhere, seen_by, teams, tell
from core.models import Event
from core.wording import day_words
from notify import rulebook
from notify.rulebook import EVERYBODY, INBOX, MAIL, Reader, Rule, Told


def who_is_affected(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Owner, team, and the stakeholders who are somebody; four queries."""
    ids = {event.subject_id for event in events}
    rows = Increment.objects.filter(pk__in=ids).values_list("pk", "process")
    process_of = dict(rows)
    people = {pk: set(some) for pk, some in teams({*process_of.values()}).items()}
    stakes = Stakeholder.objects.filter(process__in=people, user__isnull=False)
    for process, user in stakes.values_list("process", "user"):
        people[process].add(user)
    known = (event for event in events if event.subject_id in process_of)
    return {event.id: people[process_of[event.subject_id]] for event in known}


def sees_increments(pairs: Iterable[tuple[int, int]]) -> Seen:
    """Those who work here see all; a query for each other person."""
    return seen_by(visible_to, pairs)


def tell_increments(pairs: Sequence[Pair]) -> list[Told | None]:
    """Increments in their reader's words. One that was dropped is told no longer."""
    rows = Increment.objects.exclude(state=Increment.State.DROPPED)
    seen = sees_increments((to.user_id, event.subject_id) for event, to in pairs)
    return tell(rows.select_related("process"), _say, pairs, seen)


def _say(increment: Increment, event: Event, _to: Reader) -> dict[str, str]:
    """What is decided by now: a decision that was made anew is told as it stands."""
    day = increment.release_on
    is_release = event.kind == "increment.release"
    return {
        "number": _("Increment %(n)s") % {"n": increment.number},
        "title": increment.name,
        "when": day_words(day) if day else _("as soon as it is done"),
        "how": increment.get_how_display(),
        "text": increment.notes if is_release else increment.to_whom,
        "link": reverse("increment", args=[increment.pk]),
    }


RULES = (
    Rule(
        name="increment.decided",
        kinds=("increment.decide",),
        title=T("The release of an increment is decided"),
        teaches=T("When, how and to whom, for the team and those with a stake in it."),
        audience=who_is_affected,
        channels=(INBOX, MAIL),
        group=EVERYBODY,
        line=T("{who} decided on its release: {when} · {how}"),
        body=T(
            "{who} decided on its release ({process}).\n\n"
            "When: {when}\nHow: {how}\nTo whom: {text}"
        ),
        order=76,
    ),
    Rule(
        name="increment.released",
        kinds=("increment.release",),
        title=T("An increment is released"),
        teaches=T("What changes now, for the team and those with a stake in it."),
        audience=who_is_affected,
        channels=(INBOX, MAIL),
        group=EVERYBODY,
        line=T("{who} released it"),
        body=T("{who} released it ({process}).\n\n{text}"),
        order=77,
    ),
)


def register() -> None:
    """Add the rules, and how increments are told."""
    for rule in RULES:
        rulebook.rule(rule)
    rulebook.teller(
        rulebook.Teller(
            subject_type=Increment.subject_type,
            tell=tell_increments,
            threads=lambda ids: {pk: f"increment-{pk}" for pk in ids},
            sees=sees_increments,
            places=nowhere,
            fields={
                **FIELDS,
                "when": T("day of the release"),
                "how": T("how it is released"),
            },
        )
    )
