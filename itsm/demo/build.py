"""Building the demo: who, when, how many."""

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from core import slots
from core.context import Door, through
from core.log import act
from itsm.demo import (
    agreements,
    alerts,
    articles,
    catalogue,
    changes,
    desk,
    duty,
    freezes,
    gossip,
    inboxes,
    orders,
    topics,
    voices,
)
from itsm.demo import cast as casting
from itsm.demo.hours import office_hours
from itsm.demo.simulation import TODAY, Simulation
from itsm.demo.stories import Stories
from itsm.tickets.models import Ticket
from people.models import User
from processes.models import Process

DAYS = 90
TICKETS = 480
REQUESTS, PROBLEMS = 58, 6
CHANGES = 16  # of no kind
# of each kind so many, evenly over the ninety days; that of the story comes besides
KINDS = {
    "patch-ring": 6,
    "certificate-renewal": 4,
    "templated-firewall-rule": 5,
    "disk-up-to-500-gb": 4,
    "vlan-port": 61,  # enough to earn standard status
    "shop-release-with-green-canary": 16,
}
LATE, JUST_NOW = 34, 14  # incidents of today, so that the queue has work
OWNERS = {"incident": "dana", "request": "dana", "change": "dana", "problem": "dana"}


def build(*, at: datetime) -> int:
    """Make the demo organisation and its ninety days up to `at`; how many tickets.

    One transaction: all of it or nothing. The events of the ninety days are in order of
    time, then come those of what people said. Their password is hashed meanwhile, which
    takes a core a quarter of a second.
    """
    start = at - timedelta(days=DAYS)
    with (
        ThreadPoolExecutor(1, "", _anywhere) as beside,
        through(Door.SEED),
        transaction.atomic(),
    ):
        secret = beside.submit(make_password, casting.PASSWORD)
        with act():
            cast = casting.create(at=start)
            office_hours(by=cast.people["grace"], at=start)
            agreements.create(cast, at=start)
            freezes.create(cast, at=start)
            catalogue.furnish(cast, at=start)
            for slug, login in OWNERS.items():
                Process.objects.filter(slug=slug).update(owner=cast.people[login])
            orders.furnish(cast, at=start)
            orders.hold(cast, at=at)
            sim = Simulation(start=start, end=at)
            cast.tags = desk.furnish(cast, at=start)
            duty.furnish(cast, start=start, end=at)
            kinds = changes.furnish(cast, at=start)
            _schedule(sim, Stories(sim, cast, kinds))
            for life, begins in articles.lives(sim, cast):
                sim.add(life, begins)
            for life, begins in orders.Bundles(sim, cast).lives():
                sim.add(life, begins)
            sim.add(gossip.life(sim, cast), at - gossip.BEGINS)
            watching = alerts.Watching(sim, cast)
            for life, begins in watching.lives():
                sim.add(life, begins)
            sim.run()
            watching.finish()
        with act():
            orders.leave(at=at)
        with act():  # an action's tickets are written when it ends; these look for them
            voices.say(sim, cast)
            duty.leave(cast, at=at)
        inboxes.fill(at=at)
        slots.filled("demo.after", at=at, topics=topics.found())
        User.objects.filter(email__endswith=casting.DOMAIN).update(
            password=secret.result()
        )
    return Ticket.objects.count()


def _anywhere() -> None:
    """Leave the core that this process may have been given (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _schedule(sim: Simulation, stories: Stories) -> None:
    """Spread the lives over the days; the numbers add up to `TICKETS`."""
    day = timedelta(days=1)

    def moment(last: float = DAYS) -> datetime:
        """A working moment of the ninety days; what falls behind the end is today."""
        sim.now = sim.start + sim.random.uniform(0, last) * day
        at = sim.office(timedelta(0))
        return at if at < sim.end - TODAY else today()

    def today() -> datetime:
        return sim.end - sim.random.uniform(0.005, 0.9) * TODAY

    def workday(number: float) -> datetime:
        sim.now = sim.start + number * day
        return sim.office(timedelta(0))

    told = 0
    sim.add(stories.vpn(), workday(22))
    sim.add(stories.shop(), workday(61))
    sim.add(stories.lockout(), workday(83))
    sim.add(stories.erp(), workday(47))
    told += 9 + 2 + 2 + 1 + 1
    for number in (3, 11, 19, 28, 36, 45, 54, 64, 71, 78, 85):
        sim.add(stories.dns(), workday(number))
    sim.add(stories.spare_dns(), workday(60))
    sim.add(stories.undecided(), sim.end - 1.1 * day)
    told += 12 + _schedule_kinds(sim, stories, workday)
    for number in range(PROBLEMS):
        sim.add(stories.problem(number), workday(10 + 15 * number))
    for _number in range(CHANGES):
        sim.add(stories.change(), moment(DAYS - 1))
    for _number in range(REQUESTS):
        sim.add(stories.request(), moment())
    told += PROBLEMS + CHANGES + REQUESTS + orders.BUNDLES + alerts.INCIDENTS
    for _number in range(LATE):
        sim.add(stories.incident(), today())
    for _number in range(JUST_NOW):
        at = sim.end - sim.random.uniform(0.02, 0.6) * timedelta(hours=1)
        sim.add(stories.incident(), at)
    for _number in range(TICKETS - told - LATE - JUST_NOW):
        sim.add(stories.incident(), moment(DAYS - 2))


def _schedule_kinds(
    sim: Simulation, stories: Stories, workday: Callable[[float], datetime]
) -> int:
    """Spread the changes of each kind evenly, and the emergencies; how many."""
    for slug, many in KINDS.items():
        for number in range(many):
            when = workday(0.5 + number * (DAYS - 1) / many)
            sim.add(stories.of_kind(slug, ahead=2, result="success"), when)
    for number, day in enumerate((14, 39, 74)):
        sim.add(stories.emergency(number), workday(day))
    return sum(KINDS.values()) + 3
