"""What happens to tickets at random: the same for the same seed, through the actions.

A few hundred tickets live at once; each step does one thing with one of them (or with
several), as somebody who may or may not, and time goes on by seconds, hours or days.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from core import jobs
from core.errors import Refused
from core.models import Event
from itsm.sla import actions as agreements
from itsm.sla import sweep
from itsm.sla.models import Agreement
from itsm.sla.replay import differences
from itsm.sla.rules import Looked
from itsm.tickets import timers
from itsm.tickets.bulk import acting
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from itsm.tickets.verbs import verbs_for
from people.calendars import actions as calendars
from people.models import Calendar, User
from tests.cast import AT, Cast
from tests.factories import a_ticket
from tests.itsm.sla.agreeing import a_calendar, an_agreement

TYPES = ("incident",) * 7 + ("request",) * 2 + ("change", "problem")
WAITS = ("requester", "requester", "supplier", "planned", "change")
PEOPLE = ("alice",) * 4 + ("bob",) * 3 + ("erin", "dana", "carol")
HOT = 25  # tickets that most of what happens is about
HOURS = (
    [["09:00", "17:00"]],
    [["08:00", "12:00"], ["13:00", "18:30"]],
    [["22:00", "30:00"]],
    [["00:00", "24:00"]],
)
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ESCALATIONS = [
    {"when": {"before": "PT30M"}, "promise": "any", "who": ["owner"]},
    {"when": {"after": "PT1H"}, "promise": "resolution", "who": ["owner"]},
]
TARGETS = {
    "P1": {"response": "PT15M", "update": "PT1H", "resolution": "PT4H"},
    "P3": {"response": "PT1H", "update": "PT4H", "resolution": "P1D"},
    "P4": {"response": "PT2H", "resolution": "P2D"},
}

MORE = {"P5": {"resolution": "P4D"}}


class Lives:
    """Tickets, the people on them, and what time it is."""

    def __init__(self, cast: Cast, seed: int, tickets: int) -> None:
        self.cast, self.dice, self.at = cast, Random(seed), AT
        self.done: dict[str, int] = {}  # how often what succeeded
        self._agree()
        self.pks = [self._open() for _ in range(tickets)]

    def live(self, steps: int) -> None:
        """Do so many things that come to something."""
        until = sum(self.done.values()) + steps
        while sum(self.done.values()) < until:
            self._pass_time()
            what = self.dice.choices([one for one, _ in DEEDS], WEIGHTS)[0]
            try:
                name = what(self)
            except Refused:
                continue
            self.done[name] = self.done.get(name, 0) + 1

    def differences(self) -> list[str]:
        """Where a clock is not what its ticket's log says, and the first such log."""
        rules, found = Looked(), list(differences(self.pks, Looked()))
        if not found:
            return []
        pk = next(pk for pk in self.pks if any(differences([pk], rules)))
        events = Event.objects.filter(subject_type="ticket", subject_id=pk)
        log = [f"{e.at:%d %T.%f} {e.kind} {e.changes}" for e in events.order_by("pk")]
        return [*found, f"What happened to ticket {pk}:", *log]

    def ticket(self) -> Ticket:
        """Any of them, most often one of the newest."""
        among = self.pks[-HOT:] if self.dice.random() < 0.8 else self.pks
        return Ticket.objects.get(pk=self.dice.choice(among))

    def person(self) -> User:
        """Somebody."""
        return self.cast.people[self.dice.choice(PEOPLE)]

    # What can happen ---------------------------------------------------------------

    def act(self) -> str:
        """Somebody uses a verb that is offered to them."""
        ticket, by = self.ticket(), self.person()
        offers = [o.name for o in verbs_for(ticket, by, at=self.at, ways_back=True)]
        if not offers:
            raise Refused("nothing to do")
        verb = self.dice.choices(offers, [OFTEN.get(name, 1) for name in offers])[0]
        perform(ticket, verb, self._fields(verb), by=by, at=self.at)
        return verb

    def triage(self) -> str:
        """Its priority or its service is another."""
        perform(
            self.ticket(),
            "triage",
            self._fields("triage"),
            by=self.cast.alice,
            at=self.at,
        )
        return "triage"

    def merge(self) -> str:
        """One goes on in another."""
        into = self.ticket().number
        perform(self.ticket(), "merge", {"into": into}, by=self.cast.alice, at=self.at)
        return "merge"

    def convert(self) -> str:
        """It becomes a ticket of another practice."""
        fields = {"type": self.dice.choice(TYPES)}
        perform(self.ticket(), "convert", fields, by=self.cast.alice, at=self.at)
        return "convert"

    def bulk(self) -> str:
        """One verb on several; half of the time it is taken back."""
        by = self.cast.alice
        verb = self.dice.choice(("assign", "triage", "resolve", "wait", "comment"))
        numbers = [self.ticket().number for _ in range(self.dice.randrange(2, 5))]
        bulk = acting.start(
            numbers=numbers,
            verb=verb,
            fields=self._fields(verb),
            by=by,
            at=self.at,
        )
        acting.step(bulk, at=self.at)
        acting.ended(bulk, at=self.at)
        if self.dice.random() < 0.5:
            return "bulk"
        self.at += timedelta(seconds=self.dice.randrange(50))
        if self.dice.random() < 0.3:
            sweep.sweep(at=self.at)
        bulk = acting.undo(bulk, by=by, at=self.at)
        acting.step(bulk, at=self.at)
        acting.ended(bulk, at=self.at)
        return "undo"

    def sweep_clocks(self) -> str:
        """Beat pokes; more often than people look."""
        sweep.sweep(at=self.at)
        return "sweep"

    def sweep_timers(self) -> str:
        """What happens by itself happens."""
        timers.sweep(at=self.at)
        return "timers"

    def open(self) -> str:
        """One more."""
        self.pks.append(self._open())
        return "open"

    def change_calendar(self) -> str:
        """Other hours hold from now on."""
        hours = self.dice.choice(HOURS)
        days = ALL_DAYS[: self.dice.randrange(4, 8)]
        calendars.change_calendar(
            calendar=self.dice.choice(list(Calendar.objects.order_by("pk"))),
            by=self.cast.grace,
            at=self.at,
            hours=dict.fromkeys(days, hours),
        )
        return "calendar"

    def change_agreement(self) -> str:
        """An agreement ends or holds again; what is promised anew follows it."""
        agreement = self.dice.choice(list(Agreement.objects.order_by("pk")))
        agreements.change_agreement(
            agreement=agreement,
            by=self.cast.grace,
            at=self.at,
            is_active=not agreement.is_active,
            targets=dict(self.dice.sample(list(agreement.targets.items()), 1)) | MORE,
        )
        return "agreement"

    def recompute(self) -> str:
        """Workers get to what changed calendars and agreements mean."""
        jobs.work_off(clock=lambda: self.at, seconds=600)
        return "recompute"

    # How --------------------------------------------------------------------------

    def _agree(self) -> None:
        cast, office = self.cast, a_calendar(is_default=True)
        nights = a_calendar("Nights")
        an_agreement(calendar=office, organisation=cast.organisations["acme"])
        an_agreement(
            "VPN",
            service=cast.services["vpn"],
            calendar=nights,
            targets=TARGETS,
            warnings=[50, 90],
            around_the_clock=[1],
            escalations=ESCALATIONS,
        )
        an_agreement(
            "Network team",
            kind="operational",
            team=cast.teams["network"],
            calendar=office,
            targets={p: {"resolution": "PT3H"} for p in ("P1", "P2", "P3")},
        )

    def _open(self) -> int:
        kind = self.dice.choice(TYPES)
        services = [*self.cast.services.values(), None]
        service = self.dice.choice(services)
        given: dict[str, Any] = {} if service is None else {"service": service}
        if kind in {"incident", "problem"}:
            given["impact"] = self.dice.choice(("low", "medium", "high"))
        return a_ticket(self.cast, kind, at=self.at, **given).pk

    def _pass_time(self) -> None:
        span = self.dice.choices((0.0, 60.0, 900.0, 86_400.0), (10, 40, 49, 1))[0]
        self.at += timedelta(seconds=self.dice.random() * span)

    def _fields(self, verb: str) -> Mapping[str, Any]:
        dice = self.dice
        if verb == "wait":
            reason = dice.choice(WAITS)
            told = {"reason": reason}
            if reason == "requester":
                told["comment"] = "Which client is it?"
            if reason == "planned":
                hours = timedelta(hours=dice.randrange(1, 90))
                told["until"] = (self.at + hours).isoformat()
            return told
        if verb == "triage":
            return dice.choice(
                (
                    {"impact": dice.choice(LEVELS), "urgency": dice.choice(LEVELS)},
                    {"priority": f"P{dice.randrange(1, 6)}", "reason": "The board"},
                    {"service": dice.choice(list(self.cast.services))},
                )
            )
        if verb == "assign":
            owner = f"{dice.choice(('alice', 'bob', 'erin'))}@demo.example"
            team = dice.choice(list(self.cast.teams))
            return dice.choice(({"owner": owner}, {"team": team}, {"owner": None}))
        if verb == "promise":
            hours = timedelta(hours=dice.randrange(1, 30))
            return {"until": (self.at + hours).isoformat()}
        if verb == "comment":
            return {"body": "It is known.", "public": dice.random() < 0.8}
        return FIELDS.get(verb, {})


LEVELS = ("low", "medium", "high")
OFTEN = {  # 0: of no interest to promises, or it needs more than a word
    **dict.fromkeys(("wait", "resume"), 12),
    **dict.fromkeys(("take", "start", "resolve", "reopen"), 6),
    **dict.fromkeys(("comment", "assign", "unmerge", "promise", "submit"), 4),
    **dict.fromkeys(("redact", "copy", "grant", "keep", "tag", "link"), 0),
    **dict.fromkeys(("watch", "unwatch", "restrict"), 0),
}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "take": {"service": "vpn"},
    "start": {"service": "vpn"},
    "resolve": {"resolution": "Restarted."},
    "cancel": {"comment": "Not needed."},
    "reopen": {"comment": "It is back."},
    "decline": {"comment": "Not mine."},
    "submit": {"service": "vpn"},
    "split": {"title": "The other half"},
}
DEEDS: tuple[tuple[Callable[[Lives], str], int], ...] = (
    (Lives.act, 64),
    (Lives.triage, 8),
    (Lives.merge, 3),
    (Lives.convert, 3),
    (Lives.bulk, 4),
    (Lives.sweep_clocks, 6),
    (Lives.sweep_timers, 3),
    (Lives.open, 7),
    (Lives.change_calendar, 1),
    (Lives.change_agreement, 1),
    (Lives.recompute, 3),
)
WEIGHTS = [weight for _, weight in DEEDS]
