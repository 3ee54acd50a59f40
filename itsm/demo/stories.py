"""The stories of the demo, told through the same actions as all other work."""

from datetime import timedelta

from itsm.demo.lives import Lives
from itsm.demo.simulation import Life
from itsm.tickets import actions
from itsm.tickets.models import Ticket

STEP = actions.transition
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


class Stories(Lives):
    """Six stories; each is one life of one or several tickets."""

    def vpn(self) -> Life:
        """Nine drops, a problem, a firmware change, silence afterwards."""
        sim, cast = self.sim, self.cast
        erin, jonas = cast.people["erin"], cast.people["jonas"]
        drops: list[Ticket] = []
        problem: Ticket | None = None
        for count, (login, title) in enumerate(VPN_DROPS, 1):
            who = cast.people[login]
            drop = actions.open_ticket(
                type="incident",
                title=title,
                description="It works for a while, then the tunnel is gone.",
                by=who,
                at=sim.now,
                service=cast.services["vpn"],
                category=cast.categories["connectivity"],
                impact="medium",
                urgency="medium",
                team=cast.teams["network"],
            )
            drops.append(drop)
            yield sim.minutes(10, 60)
            actions.take(ticket=drop, by=jonas, at=sim.now)
            self._say(drop, jonas, "I see your tunnel renewing its key and failing.")
            if count == 4:
                problem = actions.open_ticket(
                    type="problem",
                    title="VPN tunnels drop at key renewal",
                    description="Four drops in a week, all on gateway 2.",
                    by=erin,
                    at=sim.now,
                    service=cast.services["vpn"],
                    team=cast.teams["network"],
                    impact="medium",
                    urgency="high",
                )
                actions.take(ticket=problem, by=erin, at=sim.now)
            if problem is not None:
                for each in drops:
                    actions.link(
                        ticket=each, by=erin, at=sim.now, kind="caused_by", to=problem
                    )
            if count == 6 and problem is not None:
                known = {
                    "causes": "Gateway firmware 7.2 loses the old key too early.",
                    "workaround": "Choose gateway 1 in the client until Sunday.",
                }
                STEP(
                    ticket=problem,
                    verb="known_error",
                    by=erin,
                    at=sim.now,
                    given=known,
                )
            yield sim.hours(1, 6)
            actions.resolve(
                ticket=drop,
                by=jonas,
                at=sim.now,
                resolution="Please use gateway 1 until the firmware is changed.",
                resolution_code="workaround",
            )
            self.leave(drop)
            yield sim.days(0.6, 1.6)
        yield from self._firmware(problem, drops)

    def _firmware(self, problem: Ticket | None, drops: list[Ticket]) -> Life:
        sim = self.sim
        erin = self.cast.people["erin"]
        change = self.open_change("vpn", "VPN gateways to firmware 7.4", "normal", erin)
        if problem is None:
            return
        actions.link(
            ticket=problem, by=erin, at=sim.now, kind="fixed_by_change", to=change
        )
        STEP(ticket=problem, verb="fix", by=erin, at=sim.now, given={})
        yield from self.run_change(
            change, erin, "normal", days=(0.5, 1), result="success"
        )
        done = "Firmware 7.4 keeps both keys; no drop since."
        STEP(
            ticket=problem,
            verb="monitor",
            by=erin,
            at=sim.now,
            given={"resolution": done},
        )
        self.leave(problem)
        for drop in drops:
            yield sim.hours(0.2, 3)
            if drop.state == "resolved" and drop.requester:
                actions.close(ticket=drop, by=drop.requester, at=sim.now)

    def shop(self) -> Life:
        """Checkout answers 502 a quarter of an hour after a shop release."""
        sim, cast = self.sim, self.cast
        priya, finn = cast.people["priya"], cast.people["finn"]
        release = self.open_change("web-shop", "Shop release {week}", "standard", finn)
        yield sim.minutes(10, 60)
        actions.take(ticket=release, by=finn, at=sim.now)
        STEP(ticket=release, verb="schedule", by=finn, at=sim.now, given={})
        yield release.detail_row.window_start
        STEP(ticket=release, verb="implement", by=finn, at=sim.now, given={})
        yield timedelta(minutes=14)
        outage = actions.open_ticket(
            type="incident",
            title="Checkout answers 502",
            description="Every payment fails since a few minutes.",
            by=cast.people["claire"],
            at=sim.now,
            service=cast.services["web-shop"],
            category=cast.categories["outage"],
            impact="high",
            urgency="high",
            affected=400,
            team=cast.teams["digital-products"],
        )
        yield timedelta(minutes=3)
        actions.take(ticket=outage, by=priya, at=sim.now)
        self._say(outage, priya, "We see it too. The release of today is suspected.")
        yield timedelta(minutes=9)
        actions.link(
            ticket=outage, by=priya, at=sim.now, kind="caused_by_change", to=release
        )
        actions.comment(
            ticket=outage,
            by=priya,
            at=sim.now,
            body="The new pool size is 5 instead of 50. Rolling back.",
        )
        yield timedelta(minutes=17)
        actions.resolve(
            ticket=outage,
            by=priya,
            at=sim.now,
            resolution="Release rolled back, payments work. Cause: a pool size of 5.",
            resolution_code="fixed",
        )
        result = {"result": "rolled_back"}
        STEP(ticket=release, verb="resolve", by=finn, at=sim.now, given=result)
        yield timedelta(hours=1)
        actions.close(ticket=outage, by=cast.people["claire"], at=sim.now)
        yield sim.days(0.5, 2)
        STEP(ticket=release, verb="close", by=finn, at=sim.now, given={})

    def dns(self, spared: bool) -> Life:
        """A DNS record: nine days of approval, or none since it is standard."""
        ruth = self.cast.people["ruth"]
        name = self.sim.random.choice(("mail", "shop", "vpn2", "status", "partner"))
        model = "standard" if spared else "normal"
        ahead = 3 if spared else 13
        change = self.open_change(
            "network", f"DNS record for {name}", model, ruth, ahead=ahead
        )
        yield from self.run_change(change, ruth, model, days=(8.4, 9.4))

    def lockout(self) -> Life:
        """A lockout, solved at dispatch in 45 seconds."""
        sim, cast = self.sim, self.cast
        alice, carol = cast.people["alice"], cast.people["carol"]
        ticket = actions.open_ticket(
            type="incident",
            title="Locked out before a customer call",
            description="Too many tries, I have four minutes.",
            by=carol,
            at=sim.now,
            service=cast.services["sign-in"],
            category=cast.categories["access"],
            urgency="high",
            team=cast.teams["service-desk"],
        )
        yield timedelta(seconds=20)
        actions.take(ticket=ticket, by=alice, at=sim.now)
        yield timedelta(seconds=25)
        actions.resolve(
            ticket=ticket,
            by=alice,
            at=sim.now,
            resolution="Unlocked. Good luck with the call.",
            resolution_code="fixed",
        )
        yield timedelta(minutes=40)
        actions.close(ticket=ticket, by=carol, at=sim.now)

    def erp(self) -> Life:
        """A stuck ERP ticket that bounced four times until three people met on it."""
        sim, cast = self.sim, self.cast
        people, alice = cast.people, cast.people["alice"]
        ticket = actions.open_ticket(
            type="incident",
            title="Delivery notes print without the second page",
            description="Only for orders with more than twenty lines. Drivers wait.",
            by=people["george"],
            at=sim.now,
            service=cast.services["erp"],
            category=cast.categories["software"],
            impact="medium",
            urgency="high",
            affected=12,
            team=cast.teams["service-desk"],
        )
        tour = (
            ("business-applications", "hanna", "The ERP sends both pages. Printing?"),
            ("workplace", "tom", "The queue gets one page. Platform?"),
            ("platform", "deniz", "The server passes on what it gets. Back to ERP."),
            ("business-applications", "carlos", "I cannot see it here either."),
        )
        yield sim.minutes(20, 60)
        actions.take(ticket=ticket, by=people["bob"], at=sim.now)
        for team, login, note in tour:
            yield sim.hours(4, 20)
            actions.assign(
                ticket=ticket,
                by=alice,
                at=sim.now,
                owner=people[login],
                team=cast.teams[team],
            )
            yield sim.hours(3, 20)
            actions.comment(ticket=ticket, by=people[login], at=sim.now, body=note)
        yield sim.hours(2, 6)
        for login, note in (
            ("stefan", "Three of us on one call now: ERP, print server, printers."),
            ("lucia", "Found it: the filter cuts jobs above 64 KB."),
            ("olga", "Limit raised, twenty-two lines printed on two pages."),
        ):
            actions.comment(ticket=ticket, by=people[login], at=sim.now, body=note)
            yield sim.minutes(6, 15)
        actions.resolve(
            ticket=ticket,
            by=people["carlos"],
            at=sim.now,
            resolution="The print filter cut jobs above 64 KB; the limit is gone.",
            resolution_code="fixed",
        )
        yield sim.hours(2, 5)
        actions.close(ticket=ticket, by=people["george"], at=sim.now)
