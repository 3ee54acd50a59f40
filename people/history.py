"""What happened to a thing that settings manage, from the log: who, what, before.

Values stand in the log as ids; here they get their names back. Four queries, and one
for each kind of row that was named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import subjects
from core.models import Event, TextVersion
from core.wording import duration, exact
from people.models import (
    Calendar,
    Category,
    Organisation,
    Rota,
    Service,
    Team,
    User,
)
from people.roles import Role

MOST = 30
WORDS: dict[str, Any] = {
    "create": T("Added"),
    "change": T("Changed"),
    "invite": T("Invited by mail"),
    "membership": T("Membership changed"),
    "password": T("New password"),
    "sign_on_link": T("Signs in with the organisation's account"),
    "sign_on_unlink": T("The organisation's account was taken away"),
    "second_step_add": T("Second step added"),
    "second_step_remove": T("Second step removed"),
    "second_step_renew": T("Recovery codes made anew"),
    "second_step_reset": T("Second step taken away by an administrator"),
    "default": T("The default calendar"),
    "retire": T("No longer in use"),
    "return": T("In use again"),
    "presence": T("Presence changed"),
    "session_end": T("Signed out a device"),
    "end": T("Ended"),
    "accept": T("Accepted"),
    "override": T("Somebody else on duty"),
    "override_end": T("Nobody else on duty any more"),
    "swap": T("Turns swapped"),
    "swap_propose": T("Swap proposed"),
    "swap_decline": T("Swap declined"),
    "swap_withdraw": T("Proposal of a swap taken back"),
    "swap_undo": T("Swap undone"),
    "absence": T("Absence entered"),
    "absence_change": T("Absence changed"),
    "absence_end": T("Absence ended"),
    "duty_link": T("Calendar link made"),
    "duty_unlink": T("Calendar link revoked"),
    "mail_pause": T("Mail to them came back"),
    "mail_release": T("Mail goes to them again"),
    "send_again": T("Sent messages again"),
    "pause": T("Paused"),
    "resume": T("Goes on"),
    "test": T("Tried out"),
    "rotate": T("New key or secret"),
    "former_end": T("The former key ended"),
    "replay": T("Told once more"),
    "disable": T("Paused because it fails"),
    "delete": T("Deleted"),
    "standing": T("Another standing"),
}
FIELDS: dict[str, Any] = {
    "name": T("Name"),
    "email": T("Work email"),
    "phone": T("Phone"),
    "place": T("Place"),
    "cost_centre": T("Cost centre"),
    "purpose": T("Purpose"),
    "description": T("Description"),
    "organisation": T("Organisation"),
    "manager": T("Manager"),
    "responsible": T("Answers for it"),
    "is_machine": T("Service account"),
    "roles": T("Roles"),
    "is_vip": T("VIP"),
    "is_active": T("In use"),
    "time_zone": T("Time zone"),
    "language": T("Language"),
    "theme": T("Light or dark"),
    "presence": T("Presence"),
    "presence_until": T("Until"),
    "keys": T("Keys"),
    "slug": T("Short name"),
    "is_supplier": T("Is a supplier"),
    "shares_tickets": T("Its people see each other's tickets"),
    "contact": T("Contact"),
    "owner": T("Owner"),
    "criticality": T("Criticality"),
    "support_model": T("Support"),
    "always_on": T("Day and night"),
    "is_restricted": T("Its tickets start restricted"),
    "depends_on": T("Depends on"),
    "support_teams": T("Support teams"),
    "organisations": T("Organisations"),
    "categories": T("Categories"),
    "services": T("Services"),
    "service": T("Service"),
    "team": T("Team"),
    "approval": T("Approval"),
    "approver": T("Approver"),
    "promise": T("Promise"),
    "tasks": T("Tasks"),
    "member": T("Person"),
    "role": T("Role"),
    "issuer": T("Issuer"),
    "client_id": T("Client ID"),
    "domains": T("Allowed domains"),
    "secret": T("Secret"),
    "second_step": T("Second step"),
    "colour": T("Colour"),
    "version": T("Version"),
    "hours": T("Hours"),
    "country": T("Country"),
    "region": T("Region"),
    "is_default": T("Default"),
    "sign_on": T("Sign-on"),
    "kind": T("Kind"),
    "type": T("Kind of ticket"),
    "calendar": T("Calendar"),
    "around_the_clock": T("Around the clock"),
    "targets": T("Targets"),
    "warnings": T("Warnings"),
    "escalations": T("Steps"),
    "valid_from": T("First day"),
    "valid_until": T("Last day"),
    "accepted_by": T("Accepted by"),
    "accepted_at": T("Accepted"),
    "note": T("Note"),
    "absence_note": T("Note"),
    "layers": T("Layers"),
    "position": T("Layer"),
    "starts_at": T("From"),
    "ends_at": T("Until"),
    "cover": T("Cover"),
    "swap": T("Between"),
    "turns": T("Turns"),
    "state": T("State"),
    "rota": T("Rota"),
    "mail": T("Mail"),
    "messages": T("Messages"),
    "channel": T("Channel"),
    "url": T("Address"),
    "rules": T("What it hears"),
    "filters": T("Only of"),
    "is_paused": T("Paused"),
    "mapping": T("How its events are read"),
    "per_minute": T("Calls a minute"),
    "silent_after": T("Alarm after silence of"),
    "former_until": T("The former key counts until"),
    "kinds": T("What it hears"),
    "with_restricted": T("Restricted tickets too"),
    "event": T("Event"),
    "skipped": T("Left out"),
}
ROWS: dict[str, Any] = {  # what an id in this field names
    "organisation": Organisation,
    "organisations": Organisation,
    "manager": User,
    "responsible": User,
    "owner": User,
    "contact": User,
    "approver": User,
    "member": User,
    "depends_on": Service,
    "services": Service,
    "service": Service,
    "support_teams": Team,
    "team": Team,
    "categories": Category,
    "calendar": Calendar,
    "accepted_by": User,
    "cover": User,
    "swap": User,
    "rota": Rota,
}
CHOICES: dict[str, Mapping[str, Any]] = {}  # rooms add theirs: see `say_choices`
INSTANTS = frozenset({"starts_at", "ends_at", "former_until"})
LENGTHS = frozenset({"silent_after", "length"})  # seconds
SILENT = {"turns"}  # what tells nobody anything
NUMBERED: dict[str, str] = {}  # fields whose ids are subjects with a number
TEXTS = set(
    {
        *("name", "email", "phone", "place", "purpose", "description"),
        *("tasks", "note", "absence_note", "reason"),
        *("plan", "test", "way_back"),
    }
)


def say_choices(**words: Mapping[str, Any]) -> None:
    """What the values of these fields are called."""
    CHOICES.update(words)


def know(
    *,
    words: Mapping[str, Any],
    fields: Mapping[str, Any],
    rows: Mapping[str, Any],
    texts: Iterable[str] = (),
    silent: Iterable[str] = (),
    numbered: Mapping[str, str] | None = None,
) -> None:
    """A room's own verbs and fields; what is known already stays as it is."""
    for known, more in ((WORDS, words), (FIELDS, fields), (ROWS, rows)):
        known.update({name: value for name, value in more.items() if name not in known})
    TEXTS.update(texts)
    SILENT.update(silent)
    NUMBERED.update(numbered or {})


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words."""

    at: datetime
    who: str
    what: str
    changes: list[tuple[str, str, str]]  # field, before, after


def of(subject: Any) -> list[Line]:
    """The newest changes of a row, newest first."""
    events = list(
        Event.objects.filter(
            subject_type=subject.subject_type, subject_id=subject.pk
        ).order_by("-id")[:MOST]
    )
    names = _Names(events)
    return [_line(event, names) for event in events]


def _line(event: Event, names: "_Names") -> Line:
    verb = event.kind.partition(".")[2]
    changes = [
        (
            str(FIELDS.get(field, field)),
            names.say(field, old),
            names.say(field, new),
        )
        for field, (old, new) in event.changes.items()
        if field not in SILENT
    ]
    who = names.person(event.actor_id) if event.actor_id else _("Beeline")
    return Line(event.at, who, str(WORDS.get(verb, verb.replace("_", " "))), changes)


class _Names:
    """The names behind the ids of some events."""

    def __init__(self, events: Iterable[Event]) -> None:
        ids: dict[Any, set[int]] = defaultdict(set)
        texts: set[int] = set()
        for event in events:
            if event.actor_id:
                ids[User].add(event.actor_id)
            for field, pair in event.changes.items():
                found = {i for value in pair for i in _ids(value)}
                if field in TEXTS:
                    texts |= found
                elif field in ROWS:
                    ids[ROWS[field]] |= found
        self._rows: dict[Any, Mapping[int, str]] = {
            model: dict(model.objects.filter(pk__in=pks).values_list("pk", "name"))
            for model, pks in ids.items()
        }
        rows = TextVersion.objects.filter(pk__in=texts) if texts else ()
        self._texts = {row.pk: row.body for row in rows}

    def person(self, pk: int) -> str:
        """Who that was."""
        return self._rows.get(User, {}).get(pk, _("Somebody"))

    def say(self, field: str, value: Any) -> str:
        """A value in words; empty for none."""
        if value is None or value == "" or value == []:
            return ""
        if value is True or value is False:
            return _("yes") if value else _("no")
        if field in TEXTS and isinstance(value, int):
            return self._texts.get(value, "")
        if field in CHOICES:
            values = value if isinstance(value, list) else [value]
            return ", ".join(str(CHOICES[field].get(one, one)) for one in values)
        if field in INSTANTS:
            return exact(datetime.fromisoformat(value))
        if field in LENGTHS:
            return duration(timedelta(seconds=value))
        if field in NUMBERED:
            subject = subjects.get(NUMBERED[field])
            return ", ".join(subject.numbers(_ids(value)).values())
        if field in ROWS:
            known = self._rows.get(ROWS[field], {})
            return ", ".join(known.get(pk, "?") for pk in _ids(value))
        if field == "roles":
            return ", ".join(str(r.label) for r in Role if r.value in value)
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return str(value) if not isinstance(value, dict) else _("changed")


def _ids(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
