"""The one cast of all tests: who they are, what they use, and the processes they run.

`cast` holds everything; each person is a fixture too. Alice leads the service desk and
dispatches, Bob works on it, Erin knows the network, Dana owns processes, Frank
approves changes, Grace administers, Carol (Acme) asks and Mallory (Globex) tries.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password

from itsm.requests.models import Offering
from people.models import Category, Membership, Organisation, Service, Team, User
from people.roles import Role
from processes import queries, shipping
from processes.models import Process, ProcessVersion, Rollout

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning
PASSWORD = "beeline"
CATEGORIES = [
    "access",
    "device",
    "software",
    "connectivity",
    "mail",
    "print",
    "data",
    "performance",
    "outage",
    "security",
]
ROLES = {
    "alice": (Role.AGENT, Role.DISPATCHER),
    "bob": (Role.AGENT,),
    "erin": (Role.AGENT, Role.EXPERT),
    "dana": (Role.AGENT, Role.PROCESS_OWNER),
    "frank": (Role.CHANGE_AUTHORITY,),
    "grace": (Role.ADMINISTRATOR,),
    "carol": (Role.REQUESTER,),
    "mallory": (Role.REQUESTER,),
}
MEMBERS = {"desk": ("alice", "bob"), "network": ("erin",), "platform": ("dana",)}
LEADS = {("desk", "alice"), ("network", "erin")}


@dataclass(frozen=True)
class Cast:
    """Everybody and everything, by the slug or first name they go by."""

    people: dict[str, User]
    teams: dict[str, Team]
    services: dict[str, Service]
    categories: dict[str, Category]
    organisations: dict[str, Organisation]
    offerings: dict[str, Offering]
    processes: dict[str, Process]

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.fixture
def cast(db: None) -> Cast:
    """The whole cast, made anew in about twenty milliseconds."""
    return make_cast()


def make_cast() -> Cast:
    """Make everybody and everything in the database."""
    organisations = _by_slug(
        Organisation.objects.bulk_create(
            Organisation(slug=slug, name=slug.title()) for slug in ("acme", "globex")
        )
    )
    people = _people(organisations)
    teams = _teams(people)
    services = _services(people, teams)
    categories = _by_slug(
        Category.objects.bulk_create(
            Category(slug=slug, name=slug.title()) for slug in CATEGORIES
        )
    )
    return Cast(
        people=people,
        teams=teams,
        services=services,
        categories=categories,
        organisations=organisations,
        offerings=_offerings(people, teams, services),
        processes=load_processes(people["dana"]),
    )


@cache
def hashed_password() -> str:
    """Hashing is slow by design; once is enough."""
    return make_password(PASSWORD)


def _by_slug(rows):
    return {row.slug: row for row in rows}


def _people(organisations: dict[str, Organisation]) -> dict[str, User]:
    at_customers = {"carol": "acme", "mallory": "globex"}
    made = User.objects.bulk_create(
        User(
            email=f"{name}@demo.example",
            name=name.title(),
            roles=[role.value for role in roles],
            organisation=organisations.get(at_customers.get(name, "")),
            password=hashed_password(),
            created_at=AT,
            tour=5,  # seen; tests/browser/test_tour.py begins it
        )
        for name, roles in ROLES.items()
    )
    people = dict(zip(ROLES, made, strict=True))
    carol = people["carol"]
    carol.manager = people["frank"]
    carol.save(update_fields=["manager"])
    return people


def _teams(people: dict[str, User]) -> dict[str, Team]:
    names = {"desk": "Service Desk", "network": "Network", "platform": "Platform"}
    teams = _by_slug(
        Team.objects.bulk_create(Team(slug=s, name=n) for s, n in names.items())
    )
    Membership.objects.bulk_create(
        Membership(team=teams[slug], user=people[name], is_lead=(slug, name) in LEADS)
        for slug, members in MEMBERS.items()
        for name in members
    )
    return teams


def _services(people: dict[str, User], teams: dict[str, Team]) -> dict[str, Service]:
    critical, high = Service.Criticality.CRITICAL, Service.Criticality.HIGH
    services = _by_slug(
        Service.objects.bulk_create(
            [
                Service(slug="sign-in", name="Sign-in", criticality=critical),
                Service(slug="vpn", name="VPN", criticality=high, owner=people["erin"]),
                Service(slug="e-mail", name="E-mail", criticality=high),
                Service(slug="printing", name="Printing", support_model="tiers"),
                Service(slug="hr-portal", name="HR portal", is_restricted=True),
            ]
        )
    )
    services["vpn"].support_teams.add(teams["network"])
    services["vpn"].depends_on.add(services["sign-in"])
    return services


def _offerings(
    people: dict[str, User], teams: dict[str, Team], services: dict[str, Service]
) -> dict[str, Offering]:
    vpn, desk = services["vpn"], teams["desk"]
    return _by_slug(
        Offering.objects.bulk_create(
            [
                Offering(
                    slug="vpn-access",
                    name="VPN access",
                    service=vpn,
                    team=desk,
                    promise=timedelta(hours=4),
                ),
                Offering(
                    slug="new-laptop",
                    name="New laptop",
                    team=desk,
                    approval=Offering.Approval.MANAGER,
                    promise=timedelta(days=5),
                    tasks=["Order it", "Set it up"],
                ),
                Offering(
                    slug="application-role",
                    name="Application role",
                    approval=Offering.Approval.DATA_OWNER,
                    approver=people["dana"],
                    promise=timedelta(days=1),
                ),
            ]
        )
    )


_shipped: dict[type, list] = {}


def load_processes(owner: User | None = None) -> dict[str, Process]:
    """The four shipped processes, version 1 released to all.

    The first test of a run loads them as the product does; later ones insert the same
    rows, so that definitions parsed once stay parsed.
    """
    if Process.objects.filter(slug="incident").exists():
        shipping.load_all(at=AT)
    elif not _shipped:
        shipping.load_all(at=AT)
        for model in (Process, ProcessVersion, Rollout):
            _shipped[model] = list(model.objects.all())
    else:
        for model in (Process, ProcessVersion, Rollout):
            model.objects.bulk_create(_shipped[model])
    if owner is not None:
        Process.objects.update(owner=owner)
    queries.forget()
    return {process.slug: process for process in Process.objects.all()}


def _person(name: str):
    def fixture(cast: Cast) -> User:
        return cast.people[name]

    fixture.__doc__ = f"{name.title()}; see the module."
    return pytest.fixture(name=name)(fixture)


alice, bob, erin, dana = (_person(name) for name in ("alice", "bob", "erin", "dana"))
frank, grace, carol, mallory = (
    _person(name) for name in ("frank", "grace", "carol", "mallory")
)
