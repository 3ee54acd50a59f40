"""How ordinary tickets live, from the report to the close."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from itsm.demo import catalogue, desk, orders, texts, troubles
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
            troubles.INCIDENTS[service]
        )
        who = pick(self.requesters)
        place = {"place": who.place.split(", ")[-1]}
        agent = pick(cast.members("service-desk"))
        by_phone = self._chance < 0.4
        ticket = self.open(
            "incident",
            title.format(**place),
            text.format(**place),
            by=agent if by_phone else who,
            requester=who,
            service=service,
            category=category,
            impact=impact,
            urgency=urgency,
            channel="phone" if by_phone else "portal",
            team="service-desk",
        )
        yield sim.minutes(1, 6) if by_phone else sim.minutes(4, 28)
        owner = agent
        if service == "printing" or self._chance < 0.3:
            self.do(actions.assign, ticket, agent, team=cast.team_of(service))
            yield sim.minutes(5, 60)
            owner = pick(cast.members(cast.team_of(service).slug))
        self.do(actions.take, ticket, owner)
        if slugs := desk.fitting(service, title, text):
            add = [cast.tags[slug] for slug in slugs]
            self.do(actions.tag, ticket, owner, add=add)
        yield sim.minutes(1, 4)
        self._say(ticket, owner, answer.format(**place))
        yield from self._work(ticket, owner, who)
        solution = solution.format(**place)
        done = {"resolution": solution, "resolution_code": code}
        self.do(actions.resolve, ticket, owner, **done)
        yield from self._after(ticket, who, owner, solution)

    def _work(self, ticket: Ticket, owner: User, who: User) -> Life:
        """What happens between the first answer and the solution."""
        sim, pick = self.sim, self.sim.random.choice
        if self._chance < 0.35:
            yield sim.minutes(10, 120)
            self.do(actions.comment, ticket, owner, body=pick(texts.NOTES))
        if self._chance < 0.3:
            yield sim.minutes(5, 60)
            asked = self.sim.random.randrange(len(texts.QUESTIONS))
            question, answer = texts.QUESTIONS[asked], texts.ANSWERS[asked]
            self.do(actions.wait, ticket, owner, reason="requester", comment=question)
            yield sim.hours(1, 30)
            self.do(actions.comment, ticket, who, body=answer)
        elif self._chance < 0.1:
            yield sim.minutes(20, 90)
            self.do(actions.wait, ticket, owner, reason="supplier")
            yield sim.days(1, 4)
            self.do(actions.resume, ticket, owner)
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
            self.do(actions.reopen, ticket, who, comment=pick(texts.NOT_YET))
            yield sim.hours(1, 20)
            self.do(actions.resolve, ticket, owner, resolution=solution)
        if self._chance < 0.55:
            yield sim.hours(0.5, 40)
            self.do(actions.close, ticket, who)
        else:
            self.leave(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Nobody comes back to it: its timer ends it, where it has one."""
        if ticket.timer_at is not None:
            self.sim.add(self._by_itself(ticket), ticket.timer_at)

    def _by_itself(self, ticket: Ticket) -> Life:
        """What its timer does, where nobody did something before."""
        if ticket.timer_at is not None and ticket.timer_at <= self.sim.now:
            self.step(ticket, ticket.timer_verb, None)
        yield from ()

    def request(self) -> Life:
        """Order, approval where one is needed, tasks, done."""
        sim, cast, pick = self.sim, self.cast, self.sim.random.choice
        offering = cast.offerings[pick(list(cast.offerings))]
        who = pick(
            [
                user
                for login, user in cast.people.items()
                if user.manager_id and login != orders.LEAVES
            ]
        )
        who = catalogue.trained(offering, who)
        ticket = order(
            offering=offering,
            by=who,
            at=sim.now,
            description="For my work in " + who.place.split(", ")[-1] + ".",
            answers=catalogue.answers(offering.slug, who, at=sim.now),
        )
        owner = pick(cast.members(offering.team.slug if offering.team else ""))
        if offering.approval:
            yield sim.hours(1, 50)
            self.step(ticket, "approve", offering.approver or who.manager)
        if all("automatic" in one for one in offering.steps) and offering.steps:
            yield from orders.work(sim, cast, ticket)  # and it ends by itself
            yield from self._after(ticket, who, owner, "It works now.")
            return
        yield sim.minutes(5, 300)
        self.do(actions.take, ticket, owner)
        if offering.steps:
            yield from orders.work(sim, cast, ticket)
        else:
            for task in ticket.tasks.all():
                yield sim.hours(0.2, 14)
                self.do(finish_task, ticket, owner, task=task.pk)
        done = f"{offering.name}: done. Tell us if anything is missing."
        self.do(actions.resolve, ticket, owner, resolution=done)
        yield from self._after(ticket, who, owner, "What was missing is there now.")

    def problem(self, number: int) -> Life:
        """Investigated to a known error; some are still being fixed."""
        sim = self.sim
        service, title, causes, workaround = texts.PROBLEMS[
            number % len(texts.PROBLEMS)
        ]
        owner = sim.random.choice(self.cast.members(self.cast.team_of(service).slug))
        ticket = self.open(
            "problem",
            title,
            "Seen several times; the incidents are linked.",
            by=owner,
            service=service,
            impact="medium",
        )
        yield sim.hours(1, 20)
        self.do(actions.take, ticket, owner)
        yield sim.days(1, 5)
        known = {"workaround": workaround, "causes": causes}
        self.step(ticket, "known_error", owner, **known)
        yield sim.days(4, 11)
        self.step(ticket, "fix", owner)
        yield sim.days(2, 6)
        done = "The cause is gone; we watch it for thirty days."
        self.step(ticket, "monitor", owner, resolution=done)
        self.leave(ticket)

    def _service(self) -> str:
        names = list(troubles.WEIGHTS)
        return self.sim.random.choices(names, list(troubles.WEIGHTS.values()))[0]

    def _say(self, ticket: Ticket, by: User, body: str) -> None:
        self.do(actions.comment, ticket, by, body=body, public=True)

    def open(
        self,
        kind: str,
        title: str,
        text: str = "",
        *,
        by: User,
        service: str,
        category: str = "",
        team: str = "",
        **facts: Any,
    ) -> Ticket:
        """Open a ticket, now; the service's own team has it unless one is named."""
        cast = self.cast
        return actions.open_ticket(
            type=kind,
            title=title,
            description=text,
            by=by,
            at=self.sim.now,
            service=cast.services[service],
            category=cast.categories[category] if category else None,
            team=cast.teams[team] if team else cast.team_of(service),
            **facts,
        )

    def do(
        self, verb: Callable[..., Any], ticket: Ticket, by: User, **more: Any
    ) -> None:
        """One action on a ticket, now."""
        verb(ticket=ticket, by=by, at=self.sim.now, **more)

    def step(self, ticket: Ticket, verb: str, by: User | None, **given: Any) -> None:
        """One verb of the ticket's own process, now."""
        actions.transition(
            ticket=ticket, verb=verb, by=by, at=self.sim.now, given=given
        )
