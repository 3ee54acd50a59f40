"""One of each of what changes, decisions and the catalogue hold, and who sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from itsm.changes.freezes.actions import create_freeze
from itsm.changes.models import Proposal
from itsm.requests.catalogue.prices import add_price
from itsm.requests.catalogue.shelves import create_shelf
from itsm.requests.entitlements.giving import grant
from itsm.requests.entitlements.trainings import create_course, note_training
from itsm.requests.fulfilment.profiles import create_profile
from itsm.requests.models import Charge, Price, Recurring
from itsm.tickets.approving.delegating import delegate
from itsm.tickets.approving.groups import create_authority
from itsm.tickets.approving.models import Approval
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import Cast
from tests.factories import a_kind

STAFF = frozenset({"bob", "frank", "grace"})
# Of the one row there is of each; everybody signed in sees the other collections.
SEEN_BY = {
    "approvals": frozenset({"grace"}),  # of a restricted ticket
    "authorities": STAFF,
    "change-kinds": STAFF,
    "change-proposals": STAFF,
    "charges": frozenset({"grace"}),
    "delegations": frozenset({"frank", "grace"}),  # given by Frank
    "entitlements": STAFF | {"mallory"},  # hers
    "freezes": STAFF,
    "recurring": frozenset({"mallory", "grace"}),  # hers
    "tasks": frozenset({"grace"}),  # of a restricted ticket
    "trainings": STAFF | {"mallory"},  # hers
}


@dataclass(frozen=True)
class Control:
    """The keys of those rows, by collection."""

    keys: dict[str, str]
    price: int


def control(cast: Cast, *, hidden: Ticket, at: datetime) -> Control:
    """Make them; the decision and the task are of the hidden ticket."""
    vpn, laptop = cast.services["vpn"], cast.offerings["new-laptop"]
    hers, grace = cast.mallory, cast.grace
    until = {"starts_at": at, "ends_at": at + timedelta(days=1)}
    course = create_course(by=grace, at=at, name="First aid")
    kind = a_kind(cast, service=vpn)
    made = {
        "approvals": Approval.objects.create(
            ticket=hidden, name="manager", authority="manager", asked_at=at
        ),
        "change-proposals": Proposal.objects.create(
            kind=kind,
            to=Proposal.To.STANDARD,
            evidence={"ended": 80, "failed": 0},
            former="normal",
            proposed_at=at,
        ),
        "charges": _charge(cast, hidden, at),
        "delegations": delegate(
            giver=cast.frank, to=cast.erin, by=cast.frank, at=at, **until
        ),
        "entitlements": grant(person=hers, service=vpn, by=grace, at=at),
        "freezes": create_freeze(
            by=cast.frank, at=at, name="Month end", time_zone="UTC", **until
        ),
        "recurring": _recurring(cast, hers, at),
        "tasks": Task.objects.create(ticket=hidden, position=1, title="Call them"),
        "trainings": note_training(
            course=course, person=hers, by=grace, at=at, done_at=at
        ),
    }
    named = {
        "authorities": create_authority(
            by=grace, at=at, name="Network board", members=[cast.frank]
        ),
        "change-kinds": kind,
        "courses": course,
        "profiles": create_profile(by=grace, at=at, name="Sales"),
        "shelves": create_shelf(by=grace, at=at, name="Devices"),
    }
    price = add_price(
        offering=laptop,
        by=grace,
        at=at,
        basis=Price.Basis.COST,
        amount=Decimal(900),
        valid_from=at.date(),
    )
    keys = {name: str(row.pk) for name, row in made.items()}
    return Control(keys | {name: row.slug for name, row in named.items()}, price.pk)


def _charge(cast: Cast, ticket: Ticket, at: datetime) -> Charge:
    return Charge.objects.create(
        ticket=ticket,
        offering=cast.offerings["new-laptop"],
        amount=Decimal(900),
        currency="EUR",
        basis=Price.Basis.COST,
        at=at,
    )


def _recurring(cast: Cast, person: User, at: datetime) -> Recurring:
    return Recurring.objects.create(
        offering=cast.offerings["new-laptop"],
        requester=person,
        by=person,
        months=6,
        first_on=at.date(),
        next_on=at.date() + timedelta(days=180),
        created_at=at,
    )
