"""The stories of the demo, told through the same actions as all other work."""

from datetime import timedelta

from itsm.demo.changes import Changes
from itsm.demo.simulation import Life
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User

VPN_DROPS = (
    ("carol", "VPN drops every twenty minutes"),
    ("peter", "Connection lost in the middle of the month end"),
    ("tess", "VPN drops when a call starts"),
    ("ines", "Cannot stay connected from home"),
    ("anton", "VPN gone again"),
    ("greta", "VPN reconnects all morning"),
    ("omar", "VPN drops, files half saved"),
    ("hugo", "Thrown out of the VPN four times"),
    ("lena", "VPN drops every twenty minutes, like Carol's"),
)
ERP_TOUR = (
    ("business-applications", "hanna", "The ERP sends both pages. Printing?"),
    ("workplace", "tom", "The queue gets one page. Platform?"),
    ("platform", "deniz", "The server passes on what it gets. Back to ERP."),
    ("business-applications", "carlos", "I cannot see it here either."),
)
ERP_TOGETHER = (
    ("stefan", "Three of us on one call now: ERP, print server, printers."),
    ("lucia", "Found it: the filter cuts jobs above 64 KB."),
    ("olga", "Limit raised, twenty-two lines printed on two pages."),
)


class Stories(Changes):
    """Six stories; each is one life of one or several tickets."""

    def vpn(self) -> Life:
        """Nine drops, a problem, a firmware change, silence afterwards."""
        sim = self.sim
        jonas = self.cast.people["jonas"]
        drops: list[Ticket] = []
        problem: Ticket | None = None
        for count, (login, title) in enumerate(VPN_DROPS, 1):
            drop = self._drop(title, self.cast.people[login])
            drops.append(drop)
            yield sim.minutes(10, 60)
            self.do(actions.take, drop, jonas)
            self._say(drop, jonas, "I see your tunnel renewing its key and failing.")
            if count == 4:
                problem = self._vpn_problem()
            if problem is not None:
                self._vpn_seen(problem, drops)
            yield sim.hours(1, 6)
            way_round = "Please use gateway 1 until the firmware is changed."
            self._solve(drop, jonas, way_round, "workaround")
            self.leave(drop)
            yield sim.days(0.6, 1.6)
        if problem is not None:
            yield from self._firmware(problem, drops)

    def _drop(self, title: str, who: User) -> Ticket:
        return self.open(
            "incident",
            title,
            "It works for a while, then the tunnel is gone.",
            by=who,
            service="vpn",
            category="connectivity",
            impact="medium",
            urgency="medium",
        )

    def _vpn_problem(self) -> Ticket:
        erin = self.cast.people["erin"]
        problem = self.open(
            "problem",
            "VPN tunnels drop at key renewal",
            "Four drops in a week, all on gateway 2.",
            by=erin,
            service="vpn",
            impact="medium",
            urgency="high",
        )
        self.do(actions.take, problem, erin)
        return problem

    def _vpn_seen(self, problem: Ticket, drops: list[Ticket]) -> None:
        """Each drop is linked; with the sixth the cause is known."""
        erin = self.cast.people["erin"]
        for drop in drops:
            self.do(actions.link, drop, erin, kind="caused_by", to=problem)
        if len(drops) == 6:
            self.step(
                problem,
                "known_error",
                erin,
                causes="Gateway firmware 7.2 loses the old key too early.",
                workaround="Choose gateway 1 in the client until Sunday.",
            )

    def _firmware(self, problem: Ticket, drops: list[Ticket]) -> Life:
        erin = self.cast.people["erin"]
        answers = {"way_back": "written", "noticed": "down", "done_before": "once"}
        change = self.open_change(
            "vpn", "VPN gateways to firmware 7.4", erin, affected=120, answers=answers
        )
        self.do(actions.link, problem, erin, kind="fixed_by_change", to=change)
        self.step(problem, "fix", erin)
        yield from self.run_change(change, erin, days=(0.5, 1), result="success")
        done = "Firmware 7.4 keeps both keys; no drop since."
        self.step(problem, "monitor", erin, resolution=done)
        self.leave(problem)
        for drop in drops:
            yield self.sim.hours(0.2, 3)
            if drop.state == "resolved" and drop.requester:
                self.do(actions.close, drop, drop.requester)

    def shop(self) -> Life:
        """Checkout answers 502 a quarter of an hour after a shop release."""
        sim, people = self.sim, self.cast.people
        finn = people["finn"]
        kind = self.kinds["shop-release-with-green-canary"]
        release = self.open_of_kind(kind, finn, ahead=1)
        yield sim.minutes(10, 60)
        self.step(release, "schedule", finn)
        yield release.detail_row.window_start
        self.step(release, "implement", finn)
        yield timedelta(minutes=14)
        outage = self._outage()
        yield from self._roll_back(outage, release)
        self.step(release, "resolve", finn, result="rolled_back")
        yield timedelta(hours=1)
        self.do(actions.close, outage, people["claire"])
        yield sim.days(0.5, 2)
        self.step(release, "close", finn)

    def _outage(self) -> Ticket:
        return self.open(
            "incident",
            "Checkout answers 502",
            "Every payment fails since a few minutes.",
            by=self.cast.people["claire"],
            service="web-shop",
            category="outage",
            impact="high",
            urgency="high",
            affected=400,
        )

    def _roll_back(self, outage: Ticket, release: Ticket) -> Life:
        priya = self.cast.people["priya"]
        yield timedelta(minutes=3)
        self.do(actions.take, outage, priya)
        self._say(outage, priya, "We see it too. The release of today is suspected.")
        yield timedelta(minutes=9)
        self.do(actions.link, outage, priya, kind="caused_by_change", to=release)
        found = "The new pool size is 5 instead of 50. Rolling back."
        self.do(actions.comment, outage, priya, body=found)
        yield timedelta(minutes=17)
        done = "Release rolled back, payments work. Cause: a pool size of 5."
        self._solve(outage, priya, done)

    def lockout(self) -> Life:
        """A lockout, solved at dispatch in 45 seconds."""
        alice, carol = self.cast.people["alice"], self.cast.people["carol"]
        ticket = self.open(
            "incident",
            "Locked out before a customer call",
            "Too many tries, I have four minutes.",
            by=carol,
            service="sign-in",
            category="access",
            urgency="high",
            team="service-desk",
        )
        yield timedelta(seconds=20)
        self.do(actions.take, ticket, alice)
        yield timedelta(seconds=25)
        self._solve(ticket, alice, "Unlocked. Good luck with the call.")
        yield timedelta(minutes=40)
        self.do(actions.close, ticket, carol)

    def erp(self) -> Life:
        """A stuck ERP ticket that bounced four times until three people met on it."""
        sim, people = self.sim, self.cast.people
        ticket = self._delivery_notes()
        yield sim.minutes(20, 60)
        self.do(actions.take, ticket, people["bob"])
        for team, login, note in ERP_TOUR:
            yield sim.hours(4, 20)
            next_one = {"owner": people[login], "team": self.cast.teams[team]}
            self.do(actions.assign, ticket, people["alice"], **next_one)
            yield sim.hours(3, 20)
            self.do(actions.comment, ticket, people[login], body=note)
        yield sim.hours(2, 6)
        for login, note in ERP_TOGETHER:
            self.do(actions.comment, ticket, people[login], body=note)
            yield sim.minutes(6, 15)
        done = "The print filter cut jobs above 64 KB; the limit is gone."
        self._solve(ticket, people["carlos"], done)
        yield sim.hours(2, 5)
        self.do(actions.close, ticket, people["george"])

    def _delivery_notes(self) -> Ticket:
        return self.open(
            "incident",
            "Delivery notes print without the second page",
            "Only for orders with more than twenty lines. Drivers wait.",
            by=self.cast.people["george"],
            service="erp",
            category="software",
            impact="medium",
            urgency="high",
            affected=12,
            team="service-desk",
        )

    def _solve(self, ticket: Ticket, by: User, text: str, code: str = "fixed") -> None:
        self.do(actions.resolve, ticket, by, resolution=text, resolution_code=code)
