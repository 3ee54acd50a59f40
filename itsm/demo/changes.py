"""How changes live in the demo: by their kinds, with their waits and their results."""

from datetime import datetime, timedelta
from typing import Any

from itsm.changes.actions import open_change
from itsm.changes.kinds.actions import change_kind, create_kind
from itsm.changes.kinds.standing import set_standing
from itsm.changes.models import Change, Kind
from itsm.demo import change_texts as texts
from itsm.demo.cast import Cast
from itsm.demo.lives import Lives
from itsm.demo.simulation import Life, Simulation
from itsm.tickets import actions
from itsm.tickets.models import Approval, Ticket
from people.models import User

RELEASE = "shop-release-with-green-canary"
MEETING = "As agreed with the change authority."
SPARED = "Nine days of waiting for twenty minutes of work, and none of them failed."
Window = tuple[datetime, datetime]


def furnish(cast: Cast, *, at: datetime) -> dict[str, Kind]:
    """The kinds of change, those of old with their standing; by slug."""
    made = {}
    for slug, kind in texts.KINDS.items():
        team = cast.team_of(kind.service)
        made[slug] = create_kind(
            by=cast.members(team.slug)[0],
            at=at,
            name=kind.name,
            description=kind.description,
            service=cast.services[kind.service],
            team=team,
            plan=kind.plan,
            test=kind.test,
            way_back=kind.way_back,
            length=timedelta(minutes=kind.minutes),
            answers=kind.answers,
            tasks=list(kind.tasks),
        )
        if kind.is_standard:
            made[slug] = set_standing(
                kind=made[slug],
                by=cast.people["dana"],
                at=at,
                to=Kind.Standing.STANDARD,
                reason=MEETING,
            )
    return made


class Changes(Lives):
    """Writes the lives of changes for one simulation."""

    def __init__(
        self, sim: Simulation, cast: Cast, kinds: dict[str, Kind] | None = None
    ) -> None:
        super().__init__(sim, cast)
        self.kinds = kinds or {}

    def _evening(self, days: float) -> datetime:
        """Eight in the evening of the working day that is so many days ahead."""
        at = self.sim.office(timedelta(days=days))
        return at.replace(hour=20, minute=0, second=0, microsecond=0)

    def of_kind(self, slug: str, *, ahead: float = 2, result: str = "") -> Life:
        """One more of a kind; low risk is looked at by a colleague within hours."""
        kind = self.kinds[slug]
        owner = self.sim.random.choice(self.cast.members(texts.team_of(slug)))
        change = self.open_of_kind(kind, owner, ahead=ahead)
        yield from self.run_change(change, owner, days=(0.05, 0.3), result=result)

    def open_of_kind(self, kind: Kind, by: User, *, ahead: float) -> Ticket:
        """A change that its kind fills in, its window so many days ahead."""
        title = self.sim.random.choice(texts.KINDS[kind.slug].titles)
        at = self.sim.now
        detail: dict[str, Any] = {"window_start": self._evening(ahead)}
        if kind.slug == RELEASE:  # what is built says when it was committed
            committed_at = at - timedelta(hours=2 + at.day * 7 % 30)
            detail |= {"release": f"{at:%Y.%W}", "committed_at": committed_at}
        return open_change(
            by=by,
            at=at,
            kind=kind,
            owner=by,
            title=title.format(week=f"{at:%Y.%W}"),
            detail=detail,
        )

    def change(self) -> Life:
        """One of no kind: planned, decided by its risk, done, its result recorded."""
        sim = self.sim
        service, title, affected, answers = sim.random.choice(texts.CHANGES)
        team = self.cast.team_of(service)
        owner = sim.random.choice(self.cast.members(team.slug))
        ticket = self.open_change(
            service, title, owner, affected=affected, answers=answers
        )
        yield from self.run_change(ticket, owner, days=(0.3, 4))

    def open_change(
        self,
        service: str,
        title: str,
        by: User,
        *,
        affected: int = 1,
        answers: dict[str, str] | None = None,
        ahead: float = 6,
    ) -> Ticket:
        """A change with its plan, and its window so many days ahead."""
        start = self._evening(ahead)
        return self.open(
            "change",
            title.format(place="Hamburg"),
            by=by,
            service=service,
            affected=affected,
            detail={
                "plan": texts.PLAN,
                "test": texts.TEST,
                "way_back": texts.WAY_BACK,
                "answers": answers or {},
                "window_start": start,
                "window_end": start + timedelta(hours=2),
            },
        )

    def run_change(
        self,
        ticket: Ticket,
        owner: User,
        *,
        days: tuple[float, float],
        result: str = "",
    ) -> Life:
        """Through the decision (waiting so many days) and the window to its result."""
        sim, step = self.sim, self.step
        if ticket.owner_id is None:
            yield sim.minutes(10, 120)
            self.do(actions.take, ticket, owner)
        yield sim.minutes(30, 300)
        if ticket.detail_row.model == Change.Model.STANDARD:
            step(ticket, "schedule", owner)
        else:
            step(ticket, "submit", owner)
            yield sim.days(*days)
            self._approve(ticket, owner)
        yield max(ticket.detail_row.window_start, sim.now + timedelta(minutes=30))
        step(ticket, "implement", owner)
        yield from self._done(ticket, owner, result)

    def _done(self, ticket: Ticket, owner: User, result: str = "") -> Life:
        """Done and tested; what went wrong is looked at again."""
        sim, step = self.sim, self.step
        yield timedelta(minutes=sim.random.randint(15, 70))
        for task in ticket.tasks.all():
            self.do(texts.finish, ticket, owner, task=task.pk)
        result = result or ("issues" if self._chance < 0.05 else "success")
        step(ticket, "resolve", owner, result=result)
        if ticket.state == "review":
            yield sim.days(0.5, 3)
            by = owner
            if ticket.detail_row.model == Change.Model.EMERGENCY:
                by = self.cast.people["frank"]
            step(ticket, "close", by)

    def _approve(self, ticket: Ticket, owner: User) -> None:
        """By a colleague where its process asks a peer, else by the authority."""
        asked = Approval.objects.filter(ticket=ticket, decision="").first()
        by = self.cast.people["frank"]
        if asked is not None and asked.authority == "peer" and ticket.team:
            team = self.cast.members(ticket.team.slug)
            others = (one for one in team if one not in (owner, ticket.requester))
            by = next(others, by)
        self.step(ticket, "approve", by)

    def emergency(self, number: int) -> Life:
        """Something burns: act now, be looked at afterwards."""
        service, title, threat, result = texts.EMERGENCIES[number]
        team = self.cast.team_of(service)
        owner = self.sim.random.choice(self.cast.members(team.slug))
        ticket = self.open("change", title, by=owner, service=service)
        yield self.sim.minutes(2, 9)
        self.do(actions.take, ticket, owner)
        self.step(ticket, "emergency", owner, threat=threat)
        yield from self._done(ticket, owner, result)

    def undecided(self) -> Life:
        """Of high risk, planned since yesterday: it waits for the change authority."""
        service, title, affected, answers = texts.CHANGES[0]
        owner = self.cast.members(self.cast.team_of(service).slug)[0]
        ticket = self.open_change(
            service, title, owner, affected=affected, answers=answers, ahead=4
        )
        yield self.sim.minutes(10, 40)
        self.do(actions.take, ticket, owner)
        yield self.sim.minutes(30, 120)
        self.step(ticket, "submit", owner)

    def dns(self) -> Life:
        """A DNS record: nine days of approval, until an increment spares them."""
        ruth, kind = self.cast.people["ruth"], self.kinds["dns-record"]
        is_spared = kind.standing == Kind.Standing.STANDARD
        change = self.open_of_kind(kind, ruth, ahead=3 if is_spared else 13)
        yield from self.run_change(change, ruth, days=(8.4, 9.4), result="success")

    def spare_dns(self) -> Life:
        """The way back is tried, and the process owner gives standard status."""
        kind, people = self.kinds["dns-record"], self.cast.people
        answers = {**texts.KINDS["dns-record"].answers, "way_back": "tried"}
        self.kinds["dns-record"] = change_kind(
            kind=kind, by=people["viktor"], at=self.sim.now, answers=answers
        )
        yield self.sim.days(1, 2)
        self.kinds["dns-record"] = set_standing(
            kind=kind,
            by=people["dana"],
            at=self.sim.now,
            to=Kind.Standing.STANDARD,
            reason=SPARED,
        )
