"""Who works at Linden IT, who they serve, and with what."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects

from itsm.requests.models import Offering
from itsm.tickets.tags.models import Tag
from people.models import Category, Membership, Organisation, Service, Team, User
from people.roles import Role

PASSWORD = "beeline"  # noqa: S105 - the demo's, loaded on loopback only
DOMAIN = "demo.example"

TEAMS = {
    "service-desk": ("Service Desk", "First to hear, most often the one to solve"),
    "workplace": ("Workplace", "Laptops, files, printing, telephony"),
    "identity": ("Identity", "Sign-in, accounts and access"),
    "network": ("Network", "Network, VPN, guest Wi-Fi"),
    "platform": ("Platform", "Servers, mail, backups"),
    "business-applications": ("Business Applications", "ERP, HR portal, reporting"),
    "digital-products": ("Digital Products", "The web shop"),
    "security": ("Security", "Security incidents and advice"),
}
SUPPLIERS = {"nordtel": "Nordtel", "printworks": "Printworks"}

A, E, D = Role.AGENT, Role.EXPERT, Role.DISPATCHER
# login, name, team, roles; the first of each team leads it
STAFF = (
    ("alice", "Alice Lindqvist", "service-desk", (A, D)),
    ("bob", "Bob Hartmann", "service-desk", (A,)),
    ("samira", "Samira Haddad", "service-desk", (A, D)),
    ("leo", "Leo Brandt", "service-desk", (A,)),
    ("noor", "Noor Jansen", "service-desk", (A,)),
    ("mateo", "Mateo Cruz", "service-desk", (A,)),
    ("henrik", "Henrik Dahl", "workplace", (A,)),
    ("olga", "Olga Petrenko", "workplace", (A, E)),
    ("tom", "Tom Becker", "workplace", (A,)),
    ("yara", "Yara Okafor", "workplace", (A,)),
    ("ingrid", "Ingrid Solberg", "identity", (A, E)),
    ("pavel", "Pavel Novak", "identity", (A,)),
    ("maya", "Maya Fischer", "identity", (A,)),
    ("viktor", "Viktor Lang", "network", (A, E)),
    ("erin", "Erin Walsh", "network", (E, A)),
    ("jonas", "Jonas Weber", "network", (A,)),
    ("lucia", "Lucia Romano", "platform", (A, E)),
    ("deniz", "Deniz Kaya", "platform", (A,)),
    ("ruth", "Ruth Adeyemi", "platform", (A,)),
    ("stefan", "Stefan Vogel", "business-applications", (A, E)),
    ("hanna", "Hanna Virtanen", "business-applications", (A,)),
    ("carlos", "Carlos Medina", "business-applications", (A,)),
    ("priya", "Priya Raman", "digital-products", (A, E)),
    ("finn", "Finn O'Brien", "digital-products", (A,)),
    ("sofia", "Sofia Marin", "digital-products", (A, Role.SERVICE_OWNER)),
    ("nadia", "Nadia Rahmani", "security", (A, E)),
    ("kofi", "Kofi Mensah", "security", (A,)),
    ("dana", "Dana Keller", "service-desk", (Role.PROCESS_OWNER,)),
    ("frank", "Frank Osterberg", "platform", (Role.CHANGE_AUTHORITY,)),
    ("grace", "Grace Holm", "service-desk", (Role.ADMINISTRATOR,)),
)
# login, name, organisation, manager's login, place
REQUESTERS = (
    ("marta", "Marta Engel", "acme", "", "Acme, Hamburg"),
    ("carol", "Carol Jensen", "acme", "marta", "Acme, Hamburg"),
    ("peter", "Peter Aalto", "acme", "marta", "Acme, Leeds"),
    ("ines", "Ines Carvalho", "acme", "marta", "Acme, Leeds"),
    ("george", "George Mbeki", "acme", "marta", "Acme, Hamburg"),
    ("lena", "Lena Vogt", "acme", "marta", "Acme, Gdansk"),
    ("omar", "Omar Farouk", "acme", "marta", "Acme, Gdansk"),
    ("wilma", "Wilma Roth", "acme", "marta", "Acme, Hamburg"),
    ("victor", "Victor Stone", "globex", "", "Globex, Utrecht"),
    ("mallory", "Mallory Reed", "globex", "victor", "Globex, Utrecht"),
    ("tess", "Tess de Boer", "globex", "victor", "Globex, Utrecht"),
    ("anton", "Anton Kowal", "globex", "victor", "Globex, Lyon"),
    ("claire", "Claire Dubois", "globex", "victor", "Globex, Lyon"),
    ("rafael", "Rafael Lima", "globex", "victor", "Globex, Porto"),
    ("greta", "Greta Nilsen", "globex", "victor", "Globex, Porto"),
    ("hugo", "Hugo Maas", "globex", "victor", "Globex, Utrecht"),
)
CRITICAL, HIGH, NORMAL = Service.Criticality
# slug: name, criticality, team, owner, description
SERVICES = {
    "sign-in": (
        "Sign-in",
        CRITICAL,
        "identity",
        "ingrid",
        "One account for everything",
    ),
    "network": (
        "Network",
        CRITICAL,
        "network",
        "viktor",
        "Cable and wireless, all sites",
    ),
    "web-shop": (
        "Web shop",
        CRITICAL,
        "digital-products",
        "sofia",
        "Where customers buy",
    ),
    "vpn": ("VPN", HIGH, "network", "viktor", "Working from elsewhere"),
    "e-mail": ("E-mail", HIGH, "platform", "lucia", "Mail and calendars"),
    "erp": (
        "ERP",
        HIGH,
        "business-applications",
        "stefan",
        "Orders, stock and accounts",
    ),
    "laptops": ("Laptops", NORMAL, "workplace", "henrik", "Computers for everybody"),
    "files": ("Files", NORMAL, "workplace", "henrik", "Shared folders and restores"),
    "telephony": ("Telephony", NORMAL, "workplace", "olga", "Phones and conferences"),
    "hr-portal": (
        "HR portal",
        NORMAL,
        "business-applications",
        "stefan",
        "Payslips, leave and contracts",
    ),
    "reporting": (
        "Reporting",
        NORMAL,
        "business-applications",
        "stefan",
        "Figures for everybody who decides",
    ),
    "printing": ("Printing", NORMAL, "workplace", "henrik", "Printers on every floor"),
}
DEPENDS_ON = dict.fromkeys(("web-shop", "erp", "e-mail", "vpn"), ("sign-in", "network"))
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
HOUR, DAY = timedelta(hours=1), timedelta(hours=8)  # a promise's day: working hours
# slug: name, service, approval, approver, promise, tasks
OFFERINGS = {
    "listed-software": ("Listed software", "laptops", "", "", HOUR, ("Install it",)),
    "unlisted-software": (
        "Unlisted software",
        "laptops",
        "manager",
        "",
        5 * DAY,
        ("Check licence and security", "Buy it", "Install it"),
    ),
    "broken-laptop": (
        "Broken laptop",
        "laptops",
        "",
        "",
        DAY,
        ("Lend a laptop", "Repair or replace", "Move the data"),
    ),
    "new-laptop": (
        "New laptop",
        "laptops",
        "manager",
        "",
        5 * DAY,
        ("Order it", "Set it up", "Hand it over"),
    ),
    "application-role": (
        "Application role",
        "erp",
        "data_owner",
        "stefan",
        DAY,
        ("Grant the role", "Note when it expires"),
    ),
    "shared-mailbox": (
        "Shared mailbox",
        "e-mail",
        "",
        "",
        4 * HOUR,
        ("Make the mailbox", "Add its members"),
    ),
    "vpn-access": (
        "VPN access",
        "vpn",
        "",
        "",
        4 * HOUR,
        ("See that the training is done", "Enable the account"),
    ),
    "file-restore": ("File restore", "files", "", "", 4 * HOUR, ("Restore it",)),
    "guest-wi-fi": ("Guest Wi-Fi", "network", "", "", HOUR / 12, ("Send the code",)),
    "joiner": (
        "Somebody joins, moves or leaves",
        "sign-in",
        "hr",
        "hanna",
        5 * DAY,
        ("Account", "Laptop", "Roles", "Welcome call"),
    ),
}


@dataclass
class Cast:
    """Everybody and everything by its short name."""

    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    offerings: dict[str, Offering] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)

    def team_of(self, service: str) -> Team:
        """The team that supports a service."""
        return self.teams[SERVICES[service][2]]

    def members(self, team: str) -> list[User]:
        """Who works in a team, by the order of the cast."""
        able = (Role.AGENT, Role.EXPERT)
        return [
            self.people[login]
            for login, _name, of, roles in STAFF
            if of == team and any(role in roles for role in able)
        ]


def create(*, at: datetime) -> Cast:
    """Make all of it, in a few statements."""
    cast = Cast()
    _organisations(cast)
    _people(cast, at)
    _teams(cast)
    _services(cast)
    _offerings(cast)
    return cast


def _organisations(cast: Cast) -> None:
    for slug, name, shares in (
        ("linden", "Linden IT", False),
        ("acme", "Acme", True),
        ("globex", "Globex", False),
    ):
        cast.organisations[slug] = Organisation.objects.create(
            slug=slug, name=name, shares_tickets=shares
        )


def _people(cast: Cast, at: datetime) -> None:
    linden = cast.organisations["linden"]

    def person(login: str, name: str, roles: list[Role], **more: object) -> User:
        return User(
            email=f"{login}@{DOMAIN}",
            name=name,
            roles=[role.value for role in roles],
            created_at=at,
            **more,
        )

    users = {
        login: person(login, name, list(roles), organisation=linden)
        for login, name, _team, roles in STAFF
    }
    for number, (login, name, organisation, _manager, place) in enumerate(REQUESTERS):
        users[login] = person(
            login,
            name,
            [Role.REQUESTER],
            organisation=cast.organisations[organisation],
            place=place,
            phone=f"+49 40 555 {100 + number}",
            is_vip=login in {"marta", "victor"},
        )
    User.objects.bulk_create(users.values())
    cast.people = users
    for login, _name, _organisation, manager, _place in REQUESTERS:
        if manager:
            users[login].manager = users[manager]
    User.objects.bulk_update(users.values(), ["manager"])


def _teams(cast: Cast) -> None:
    rows = {
        slug: Team(slug=slug, name=name, purpose=purpose)
        for slug, (name, purpose) in TEAMS.items()
    }
    rows |= {
        slug: Team(slug=slug, name=name, is_supplier=True)
        for slug, name in SUPPLIERS.items()
    }
    Team.objects.bulk_create(rows.values())
    cast.teams = rows
    led: set[str] = set()
    memberships = []
    for login, _name, team, _roles in STAFF:
        memberships.append(
            Membership(
                team=rows[team], user=cast.people[login], is_lead=team not in led
            )
        )
        led.add(team)
    Membership.objects.bulk_create(memberships)


def _services(cast: Cast) -> None:
    for slug, (name, criticality, team, owner, description) in SERVICES.items():
        service = Service.objects.create(
            slug=slug,
            name=name,
            description=description,
            criticality=criticality,
            owner=cast.people[owner],
            always_on=criticality == CRITICAL,
            is_restricted=slug == "hr-portal",
            support_model="tiers" if slug == "printing" else "swarm",
        )
        service.support_teams.add(cast.teams[team])
        cast.services[slug] = service
    cast.services["network"].support_teams.add(cast.teams["nordtel"])
    cast.services["printing"].support_teams.add(cast.teams["printworks"])
    for slug, others in DEPENDS_ON.items():
        cast.services[slug].depends_on.add(*(cast.services[o] for o in others))
    for slug in CATEGORIES:
        cast.categories[slug] = Category.objects.create(
            slug=slug, name=slug.capitalize()
        )
    cast.categories["print"].services.add(cast.services["printing"])
    cast.categories["mail"].services.add(cast.services["e-mail"])
    prefetch_related_objects(list(cast.categories.values()), "services")


def _offerings(cast: Cast) -> None:
    for slug, (name, service, approval, by, promise, tasks) in OFFERINGS.items():
        cast.offerings[slug] = Offering.objects.create(
            slug=slug,
            name=name,
            service=cast.services[service],
            team=cast.team_of(service),
            approval=approval,
            approver=cast.people[by] if by else None,
            promise=promise,
            tasks=list(tasks),
        )
