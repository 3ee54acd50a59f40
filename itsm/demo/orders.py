"""What orders do in the demo: steps without hands, who joined and left, who holds what.

Nothing is called: the other side's answers come from here. One step has failed and
waits for somebody, as one does in every real desk.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from core.sealing import seal
from itsm.demo.cast import Cast
from itsm.demo.simulation import Life, Simulation
from itsm.requests.actions import finish_task, order
from itsm.requests.entitlements import giving, sweep
from itsm.requests.fulfilment import answering, calling, steps
from itsm.requests.models import (
    Automatic,
    Course,
    Entitlement,
    Offering,
    Profile,
    Task,
    Training,
)
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User

ROBOT = "https://automation.linden.example/steps/"
SECRET = "whsec_TGluZGVuSVRzdGVwc2FyZXNpZ25lZHdpdGh0aGlzIQ=="  # noqa: S105 - of nobody
LEAVES = "hugo"  # and orders nothing
BUSY = frozenset({LEAVES, "ines", "rafael", "carol", "mallory"})
ACCOUNT = "VPN access: Enable the account"
DAY = timedelta(days=1)
BUNDLES = 5


def step(title: str, stage: int, team: str, hours: float = 0, **more: Any) -> Any:
    """One step as an offering keeps it."""
    plain = {"title": title, "stage": stage, "team": team, "minutes": int(hours * 60)}
    return plain | more


def robot(title: str, stage: int, team: str, name: str) -> Any:
    """A step without hands. A day to answer: nobody is called in the demo."""
    call = {
        "url": seal(f"{ROBOT}{name}", purpose=steps.PURPOSE),
        "secret": seal(SECRET, purpose=steps.PURPOSE),
        "timeout": 1440,
        "attempts": 3,
    }
    return step(title, stage, team, automatic=call)


# slug: steps, service, role, days
HAPPENS: dict[str, tuple[list[Any], str, str, int]] = {
    "listed-software": (
        [robot("Install it", 1, "workplace", "install")],
        "laptops",
        "listed software",
        0,
    ),
    "guest-wi-fi": ([robot("Send the code", 1, "network", "guest")], "", "", 0),
    "shared-mailbox": (
        [
            robot("Make the mailbox", 1, "platform", "mailbox"),
            step("Add its members", 2, "platform", 2),
        ],
        "e-mail",
        "shared mailbox",
        0,
    ),
    "vpn-access": (
        [
            step("Enable the account", 1, "identity", 2),
            step("Issue the key", 1, "network", 2),
        ],
        "vpn",
        "user",
        365,
    ),
    "application-role": (
        [step("Grant the role", 1, "business-applications", 4)],
        "erp",
        "clerk",
        180,
    ),
    "new-laptop": (
        [
            step("Order it", 1, "workplace", 8),
            step("Set it up", 2, "workplace", 8),
            step("Hand it over", 3, "service-desk", 4),
        ],
        "laptops",
        "laptop",
        0,
    ),
}
JOINER = [
    step("Enter the contract", 1, "business-applications", 4),
    step("Make the account", 2, "identity", 4),
    step("What the job needs", 3, "", profile=True),
    step("Welcome call", 4, "service-desk", 4),
]
PROFILES = {
    "office": ("Office work", ("shared-mailbox", "new-laptop", "listed-software")),
    "field-sales": ("Field sales", ("new-laptop", "vpn-access", "listed-software")),
    "accounting": (
        "Accounting",
        ("shared-mailbox", "new-laptop", "application-role", "vpn-access"),
    ),
}
COURSES = {
    "data-protection": ("Data protection", "Room 2.14, every first Tuesday", 365),
}
HELD = (  # service, role, everybody's turn, days ago it was given, for how many days
    ("e-mail", "mailbox", 1, 200, 0),
    ("files", "own folder", 1, 170, 0),
    ("vpn", "user", 2, 190, 365),
    ("erp", "clerk", 3, 170, 180),
    ("reporting", "reader", 4, 120, 0),
)


def furnish(cast: Cast, *, at: datetime) -> None:
    """Steps, profiles, courses and the bundles, before anything is ordered."""
    _courses(cast, at)
    for slug, (some, service, role, days) in HAPPENS.items():
        row = cast.offerings[slug]
        row.steps, row.gives_role = some, role
        row.gives_service = cast.services[service] if service else None
        row.gives_for = days * DAY if days else None
        row.save()
    for slug, (name, offerings) in PROFILES.items():
        profile = Profile.objects.create(slug=slug, name=name)
        profile.offerings.set([cast.offerings[one] for one in offerings])
    _bundles(cast)


def _courses(cast: Cast, at: datetime) -> None:
    made = {
        slug: Course.objects.create(slug=slug, name=name, where=where, lasts=days * DAY)
        for slug, (name, where, days) in COURSES.items()
    }
    everybody = [u for u in cast.people.values() if u.email[:4] != "hugo"]
    Training.objects.bulk_create(
        Training(
            course=course,
            person=person,
            done_at=at - timedelta(days=number % 60, hours=place),
            noted_by=cast.people["alice"],
        )
        for place, course in enumerate(made.values())
        for number, person in enumerate(everybody)
        if (number + place) % 5
    )


def _bundles(cast: Cast) -> None:
    """The catalogue's one line for all three becomes three."""
    joiner = cast.offerings.pop("joiner")
    joiner.name, joiner.bundle, joiner.tasks = "Somebody joins", "joiner", []
    joiner.steps = JOINER
    joiner.save()
    common = {
        "service": joiner.service,
        "team": joiner.team,
        "approval": joiner.approval,
        "approver": joiner.approver,
        "promise": joiner.promise,
        "category": joiner.category,
    }
    words = {"mover": "Somebody moves to another job", "leaver": "Somebody leaves"}
    for slug, name in words.items():
        Offering.objects.create(slug=slug, name=name, bundle=slug, **common)


def hold(cast: Cast, *, at: datetime) -> None:
    """What people have held since before; some of it waits to be confirmed."""
    given = [
        (at - (ago - number % 25) * DAY, person, service, role, days)
        for place, (service, role, every, ago, days) in enumerate(HELD)
        for number, person in enumerate(cast.people.values())
        if (number + place) % every == 0
    ]
    for moment, person, service, role, days in sorted(given, key=lambda one: one[0]):
        giving.give(
            person=person,
            service=cast.services[service],
            role=role,
            lasts=days * DAY if days else None,
            by=None,
            at=moment,
        )


def settle(task: Task, *, at: datetime, ok: bool = True, note: str = "") -> None:
    """The other side was called and answers."""
    row = Automatic.objects.select_related("task").get(task=task)
    if row.state != Automatic.State.CALLING:
        return
    row.state, row.attempts = Automatic.State.ANSWER, 1
    row.next_at = at + row.timeout
    token = calling.token_of(row)
    row.token_digest = answering.digest(token)
    row.save()
    answering.answer(token=token, ok=ok, note=note, at=at)


def work(sim: Simulation, cast: Cast, ticket: Ticket) -> Iterator[Any]:
    """Everybody does their steps, stage by stage; what needs no hands is quick."""
    while turn := list(_turn(ticket)):
        for task in turn:
            if hasattr(task, "automatic"):
                yield timedelta(seconds=sim.random.uniform(4, 90))
                settle(task, at=sim.now, note="")
            else:
                yield sim.hours(0.3, 9)
                by = _worker(sim, cast, ticket, task)
                finish_task(ticket=ticket, task=task.pk, by=by, at=sim.now)


def _turn(ticket: Ticket) -> Any:
    rows = Task.objects.filter(ticket=ticket, done_at=None, waived_reason="")
    its = rows.filter(begun_at__isnull=False).select_related("automatic", "team")
    return its.exclude(automatic__state=Automatic.State.FAILED)


def _worker(sim: Simulation, cast: Cast, ticket: Ticket, task: Task) -> User:
    slug = task.team.slug if task.team else ""
    slug = slug or (ticket.team.slug if ticket.team else "service-desk")
    return sim.random.choice(cast.members(slug) or cast.members("service-desk"))


class Bundles:
    """People who joined, move and left."""

    def __init__(self, sim: Simulation, cast: Cast) -> None:
        self.sim, self.cast = sim, cast

    def lives(self) -> Iterator[tuple[Life, datetime]]:
        """Two are done, one leaves, one joins just now with a step that failed."""
        end = self.sim.end
        yield self.whole("joiner", "ines", "field-sales"), end - 44 * DAY
        yield self.whole("joiner", "rafael", "office"), end - 30 * DAY
        yield self.whole("mover", "ines", "accounting"), end - 16 * DAY
        yield self.whole("leaver", LEAVES, ""), end - 9 * DAY
        yield self.stuck("accounting"), end - 2 * DAY

    def begun(self, slug: str, login: str, profile: str) -> Ticket:
        """Ordered by the desk; human resources agree."""
        cast, sim = self.cast, self.sim
        offering = Offering.objects.get(slug=slug)
        person = cast.people[login]
        return order(
            offering=offering,
            by=cast.people["alice"],
            requester=person,
            title=f"{offering.name}: {person.name}",
            description="By the first of the month.",
            profile=Profile.objects.get(slug=profile) if profile else None,
            at=sim.now,
        )

    def agree(self, ticket: Ticket) -> None:
        """Hanna of human resources says yes."""
        by = self.cast.people["hanna"]
        actions.transition(
            ticket=ticket, verb="approve", by=by, at=self.sim.now, given={}
        )

    def whole(self, slug: str, login: str, profile: str) -> Life:
        """From the order to the end."""
        sim = self.sim
        ticket = self.begun(slug, login, profile)
        yield sim.hours(1, 6)
        self.agree(ticket)
        yield sim.hours(0.2, 1)
        owner = self.cast.people["samira"]
        actions.take(ticket=ticket, by=owner, at=sim.now)
        yield from work(sim, self.cast, ticket)
        yield sim.hours(0.2, 1)
        words = {"resolution": "Every step is done; all teams have confirmed."}
        actions.resolve(ticket=ticket, by=owner, at=sim.now, **words)
        self._write(ticket)
        if ticket.timer_at is not None:
            sim.add(self._by_itself(ticket), ticket.timer_at)

    def _by_itself(self, ticket: Ticket) -> Life:
        """Nobody says anything more; it closes."""
        actions.close(ticket=ticket, by=None, at=self.sim.now)
        yield from ()

    def _write(self, ticket: Ticket) -> None:
        """The story is one action, and its tickets are written when it ends; the next
        order for the same person looks for this one."""
        names = ("state", "state_category", "resolved_at")
        told = {name: getattr(ticket, name) for name in names}
        Ticket.objects.filter(pk=ticket.pk).update(**told)

    def stuck(self, profile: str) -> Life:
        """The mailbox cannot be made: it waits, visibly, beside what runs."""
        sim, cast = self.sim, self.cast
        ticket = self.begun("joiner", self._somebody_new(), profile)
        yield timedelta(hours=2)
        self.agree(ticket)
        yield timedelta(hours=1)
        actions.take(ticket=ticket, by=cast.people["samira"], at=sim.now)
        for title, login_, hours in (
            ("Enter the contract", "hanna", 3),
            ("Make the account", "ingrid", 5),
        ):
            yield timedelta(hours=hours)
            self._finish(ticket, title, login_)
        yield timedelta(minutes=2)
        task = Task.objects.get(ticket=ticket, title__endswith="Make the mailbox")
        said = "No licence is left: 250 of 250 mailboxes are taken."
        settle(task, at=sim.now, ok=False, note=said)
        yield timedelta(hours=2)
        if Task.objects.filter(ticket=ticket, title=ACCOUNT).exists():
            self._finish(ticket, ACCOUNT, "pavel")

    def _somebody_new(self) -> str:
        """Somebody without a shared mailbox; the first of the cast."""
        mailbox = Entitlement.objects.filter(offering__slug="shared-mailbox")
        have = set(mailbox.values_list("person_id", flat=True))
        return next(
            login
            for login, user in self.cast.people.items()
            if user.manager_id and user.pk not in have and login not in BUSY
        )

    def _finish(self, ticket: Ticket, title: str, login: str) -> None:
        task = Task.objects.get(ticket=ticket, title=title)
        by = self.cast.people[login]
        finish_task(ticket=ticket, task=task.pk, by=by, at=self.sim.now)


def leave(*, at: datetime) -> None:
    """Nothing is called, and nothing told anew, in the first minutes of the demo."""
    calls = Automatic.objects.filter(state=Automatic.State.CALLING)
    calls.exclude(next_at=None).update(
        state=Automatic.State.ANSWER, attempts=1, next_at=at + DAY
    )
    Task.objects.filter(due_at__lte=at).update(told_late_at=at)
    held = Entitlement.objects.filter(ended_at=None)
    held.filter(expires_at__lte=at + sweep.WARNS).update(warned_at=at)
    held.filter(confirm_by__lte=at + sweep.ASKS).update(asked_at=at)
    held.filter(confirm_by__lte=at).update(overdue_at=at)
