"""How ordinary tickets live, from the report to the close."""

from datetime import datetime, timedelta

from itsm.demo import texts
from itsm.demo.cast import Cast
from itsm.demo.simulation import Life, Simulation
from itsm.requests.actions import finish_task, order
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User


class Lives:
    """Writes the lives of ordinary tickets for one simulation."""

    def __init__(self, sim: Simulation, cast: Cast) -> None:
        self.sim, self.cast = sim, cast
        self.requesters = [
            user for user in cast.people.values() if user.roles == ["requester"]
        ]

    @property
    def _chance(self) -> float:
        return self.sim.random.random()

    def incident(self, service: str | None = None) -> Life:
        """Report, take, talk, perhaps wait or hand over, solve, close."""
        sim, cast, pick = self.sim, self.cast, self.sim.random.choice
        service = service or self._service()
        category, impact, urgency, title, text, answer, solution, code = pick(
            texts.INCIDENTS[service]
        )
        who = pick(self.requesters)
        place = {"place": who.place.split(", ")[-1]}
        agent = pick(cast.members("service-desk"))
        by_phone = self._chance < 0.4
        ticket = actions.open_ticket(
            type="incident",
            title=title.format(**place),
            description=text.format(**place),
            by=agent if by_phone else who,
            requester=who,
            service=cast.services[service],
            category=cast.categories[category],
            impact=impact,
            urgency=urgency,
            channel="phone" if by_phone else "portal",
            team=cast.teams["service-desk"],
            at=sim.now,
        )
        yield sim.minutes(1, 6) if by_phone else sim.minutes(4, 28)
        owner = agent
        if service == "printing" or self._chance < 0.3:
            actions.assign(
                ticket=ticket, by=agent, at=sim.now, team=cast.team_of(service)
            )
            yield sim.minutes(5, 60)
            owner = pick(cast.members(cast.team_of(service).slug))
        actions.take(ticket=ticket, by=owner, at=sim.now)
        yield sim.minutes(1, 4)
        self._say(ticket, owner, answer.format(**place))
        yield from self._work(ticket, owner, who)
        actions.resolve(
            ticket=ticket,
            by=owner,
            at=sim.now,
            resolution=solution.format(**place),
            resolution_code=code,
        )
        yield from self._after(ticket, who, owner, solution.format(**place))

    def _work(self, ticket: Ticket, owner: User, who: User) -> Life:
        """What happens between the first answer and the solution."""
        sim, pick = self.sim, self.sim.random.choice
        if self._chance < 0.35:
            yield sim.minutes(10, 120)
            actions.comment(ticket=ticket, by=owner, at=sim.now, body=pick(texts.NOTES))
        if self._chance < 0.3:
            yield sim.minutes(5, 60)
            asked = self.sim.random.randrange(len(texts.QUESTIONS))
            actions.wait(
                ticket=ticket,
                by=owner,
                at=sim.now,
                reason="requester",
                comment=texts.QUESTIONS[asked],
            )
            yield sim.hours(1, 30)
            actions.comment(
                ticket=ticket, by=who, at=sim.now, body=texts.ANSWERS[asked]
            )
        elif self._chance < 0.1:
            yield sim.minutes(20, 90)
            actions.wait(ticket=ticket, by=owner, at=sim.now, reason="supplier")
            yield sim.days(1, 4)
            actions.resume(ticket=ticket, by=owner, at=sim.now)
        yield self._effort(ticket)

    def _effort(self, ticket: Ticket) -> datetime:
        """How long the solution takes: the urgent ones first, few drag on."""
        if ticket.priority <= 2:
            return self.sim.hours(0.2, 2.5)
        if self._chance < 0.93:
            return self.sim.hours(0.2, 5)
        return self.sim.days(1, 3)

    def _after(self, ticket: Ticket, who: User, owner: User, solution: str) -> Life:
        """Confirmed, not solved after all, or silence."""
        sim, pick = self.sim, self.sim.random.choice
        if self._chance < 0.08:
            yield sim.hours(2, 30)
            actions.reopen(
                ticket=ticket, by=who, at=sim.now, comment=pick(texts.NOT_YET)
            )
            yield sim.hours(1, 20)
            actions.resolve(ticket=ticket, by=owner, at=sim.now, resolution=solution)
        if self._chance < 0.55:
            yield sim.hours(0.5, 40)
            actions.close(ticket=ticket, by=who, at=sim.now)
        else:
            self.leave(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Nobody comes back to it: its timer ends it, where it has one."""
        if ticket.timer_at is not None:
            self.sim.add(self._by_itself(ticket), ticket.timer_at)

    def _by_itself(self, ticket: Ticket) -> Life:
        """What its timer does, where nobody did something before."""
        if ticket.timer_at is not None and ticket.timer_at <= self.sim.now:
            actions.transition(
                ticket=ticket,
                verb=ticket.timer_verb,
                by=None,
                at=self.sim.now,
                given={},
            )
        yield from ()

    def request(self) -> Life:
        """Order, approval where one is needed, tasks, done."""
        sim, cast, pick = self.sim, self.cast, self.sim.random.choice
        offering = cast.offerings[pick(list(cast.offerings))]
        who = pick([user for user in self.requesters if user.manager_id])
        ticket = order(
            offering=offering,
            by=who,
            at=sim.now,
            description="For my work in " + who.place.split(", ")[-1] + ".",
        )
        owner = pick(cast.members(offering.team.slug if offering.team else ""))
        if offering.approval:
            yield sim.hours(1, 50)
            approver = offering.approver or who.manager
            actions.transition(
                ticket=ticket, verb="approve", by=approver, at=sim.now, given={}
            )
        yield sim.minutes(5, 300)
        actions.take(ticket=ticket, by=owner, at=sim.now)
        for task in ticket.tasks.all():
            yield sim.hours(0.2, 14)
            finish_task(ticket=ticket, task=task.pk, by=owner, at=sim.now)
        actions.resolve(
            ticket=ticket,
            by=owner,
            at=sim.now,
            resolution=f"{offering.name}: done. Tell us if anything is missing.",
        )
        yield from self._after(ticket, who, owner, "What was missing is there now.")

    def change(self) -> Life:
        """Plan, approval where the model asks for it, implement, review."""
        pick = self.sim.random.choice
        service, title, model = pick(texts.CHANGES)
        owner = pick(self.cast.members(self.cast.team_of(service).slug))
        ticket = self.open_change(service, title, model, owner)
        yield from self.run_change(ticket, owner, model, days=(0.3, 2.5))

    def open_change(
        self, service: str, title: str, model: str, by: User, *, ahead: int = 6
    ) -> Ticket:
        """A change with its plan, and its window so many days ahead."""
        sim = self.sim
        start = sim.office(timedelta(days=ahead)).replace(hour=20, minute=0, second=0)
        return actions.open_ticket(
            type="change",
            title=title.format(place="Hamburg", week=f"{sim.now:%Y.%W}"),
            description="",
            by=by,
            at=sim.now,
            service=self.cast.services[service],
            team=self.cast.team_of(service),
            detail={
                "model": model,
                "plan": "Announce, take the snapshot, apply, check the list of checks.",
                "test": "The runbook's five checks, from a client and from outside.",
                "way_back": "Back to the snapshot, ten minutes.",
                "window_start": start,
                "window_end": start + timedelta(hours=2),
            },
        )

    def run_change(
        self,
        ticket: Ticket,
        owner: User,
        model: str,
        *,
        days: tuple[float, float],
        result: str = "",
    ) -> Life:
        """Through approval (waiting so many days) and window to the review."""
        sim = self.sim
        step = actions.transition
        yield sim.minutes(10, 120)
        actions.take(ticket=ticket, by=owner, at=sim.now)
        yield sim.minutes(30, 300)
        if model == "standard":
            step(ticket=ticket, verb="schedule", by=owner, at=sim.now, given={})
        else:
            step(ticket=ticket, verb="submit", by=owner, at=sim.now, given={})
            yield sim.days(*days)
            frank = self.cast.people["frank"]
            step(ticket=ticket, verb="approve", by=frank, at=sim.now, given={})
        yield max(ticket.detail_row.window_start, sim.now + timedelta(minutes=30))
        step(ticket=ticket, verb="implement", by=owner, at=sim.now, given={})
        yield timedelta(minutes=sim.random.randint(20, 100))
        step(ticket=ticket, verb="verify", by=owner, at=sim.now, given={})
        yield timedelta(minutes=sim.random.randint(10, 40))
        result = result or ("issues" if self._chance < 0.1 else "success")
        step(
            ticket=ticket,
            verb="resolve",
            by=owner,
            at=sim.now,
            given={"result": result},
        )
        yield sim.days(0.5, 3)
        step(ticket=ticket, verb="close", by=owner, at=sim.now, given={})

    def problem(self, number: int) -> Life:
        """Investigated to a known error; some are still being fixed."""
        sim = self.sim
        service, title, causes, workaround = texts.PROBLEMS[
            number % len(texts.PROBLEMS)
        ]
        owner = sim.random.choice(self.cast.members(self.cast.team_of(service).slug))
        ticket = actions.open_ticket(
            type="problem",
            title=title,
            description="Seen several times; the incidents are linked.",
            by=owner,
            at=sim.now,
            service=self.cast.services[service],
            team=self.cast.team_of(service),
            impact="medium",
        )
        yield sim.hours(1, 20)
        actions.take(ticket=ticket, by=owner, at=sim.now)
        yield sim.days(1, 5)
        step = actions.transition
        given = {"workaround": workaround, "causes": causes}
        step(ticket=ticket, verb="known_error", by=owner, at=sim.now, given=given)
        yield sim.days(4, 11)
        step(ticket=ticket, verb="fix", by=owner, at=sim.now, given={})
        yield sim.days(2, 6)
        done = {"resolution": "The cause is gone; we watch it for thirty days."}
        step(ticket=ticket, verb="monitor", by=owner, at=sim.now, given=done)
        self.leave(ticket)

    def _service(self) -> str:
        names = list(texts.WEIGHTS)
        return self.sim.random.choices(names, list(texts.WEIGHTS.values()))[0]

    def _say(self, ticket: Ticket, by: User, body: str) -> None:
        actions.comment(ticket=ticket, by=by, at=self.sim.now, body=body, public=True)
