"""The demo's catalogue: shelves, pictures, prices, questions, who learnt what.

Offerings themselves are made with the cast; a slug that is not there is passed by.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from itsm.demo.cast import Cast
from itsm.requests.models import (
    Course,
    Form,
    Offering,
    OfferingCategory,
    Price,
    Training,
)
from people.models import User

PICTURES = Path(__file__).with_name("pictures")
# slug: name, icon
SHELVES = {
    "devices": ("Devices", "laptop"),
    "software-and-access": ("Software and access", "key"),
    "mail-and-files": ("Mail and files", "mail"),
    "network": ("Network", "globe"),
    "people": ("People", "users"),
}
# slug: shelf, icon, has a picture, what one gets
SAID: dict[str, tuple[str, str, bool, str]] = {
    "new-laptop": (
        "devices",
        "laptop",
        True,
        "A 14-inch laptop with dock, set up with your account and software.",
    ),
    "broken-laptop": (
        "devices",
        "undo",
        True,
        "We lend you one today, repair or replace yours, and move your data.",
    ),
    "second-screen": (
        "devices",
        "image",
        True,
        "A 27-inch screen with cable, brought to your desk.",
    ),
    "toner": (
        "devices",
        "copy",
        True,
        "Black or colour, for the printers on every floor. Can come again by itself.",
    ),
    "listed-software": (
        "software-and-access",
        "cube",
        False,
        "Programs we know and have licences for. They install themselves.",
    ),
    "unlisted-software": (
        "software-and-access",
        "spark",
        False,
        "Anything else. We look at licence and security, then buy and install it.",
    ),
    "application-role": (
        "software-and-access",
        "shield",
        False,
        "Rights in the ERP for your job. They end on the day you name.",
    ),
    "shared-mailbox": (
        "mail-and-files",
        "mail",
        False,
        "One address that several of you read and answer.",
    ),
    "file-restore": (
        "mail-and-files",
        "undo",
        False,
        "Files and folders as they were, up to ninety days back.",
    ),
    "vpn-access": (
        "network",
        "lock",
        False,
        "Work from anywhere as if you sat at your desk.",
    ),
    "guest-wi-fi": (
        "network",
        "globe",
        False,
        "A code for visitors, good for one day.",
    ),
    "joiner": (
        "people",
        "users",
        False,
        "Accounts, devices and roles for whoever comes.",
    ),
}
# beside those of the cast: name, service, promise in working hours, tasks
MORE: dict[str, tuple[str, str, int, list[str]]] = {
    "second-screen": ("Second screen", "laptops", 16, ["Take it out", "Bring it"]),
    "toner": ("Toner", "printing", 16, ["Send it", "Put it in"]),
}
# slug: basis, amount, per cent on it, organisation
PRICES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("new-laptop", "market", "1250.00", None, None),
    ("second-screen", "market", "289.00", None, None),
    ("toner", "cost", "64.50", None, None),
    ("listed-software", "cost", "39.00", None, None),
    ("unlisted-software", "cost_plus", "180.00", "10", None),
    ("application-role", "differential", "12.00", None, None),
    ("application-role", "differential", "9.50", None, "acme"),
)
LANGUAGES = ["German", "English", "French", "Polish"]


def _choice(slug: str, label: str, *choices: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "label": label,
        "type": "choice",
        "choices": list(choices),
        **more,
    }


def _ask(slug: str, label: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    return {"slug": slug, "label": label, "type": type_, **more}


PAYS = _ask("cost_centre", "Who pays? The cost centre", takes="cost_centre")
FORMS: dict[str, list[dict[str, Any]]] = {
    "new-laptop": [
        _choice("why", "Why a new one?", "First one", "Too old", "Lost", required=True),
        _ask(
            "old",
            "The number on the old one",
            help="On the sticker below: LT and five digits.",
            required=True,
            when={"field": "why", "is": ["Too old"]},
        ),
        _ask(
            "since",
            "Since when is it missing?",
            "date",
            most=0,
            required=True,
            when={"field": "why", "is": ["Lost"]},
        ),
        _choice("keys", "Keyboard", *LANGUAGES, default="German", required=True),
        _ask("place", "Where shall we bring it?", required=True, takes="place"),
        PAYS,
    ],
    "broken-laptop": [
        _choice(
            *("what", "What is broken?", "Screen", "Keyboard", "Battery", "It is wet"),
            required=True,
        ),
        _ask("picture", "A picture of it", "file", most=3),
        _ask("place", "Where are you?", required=True, takes="place"),
    ],
    "second-screen": [
        _ask("place", "Which desk?", required=True, takes="place"),
        PAYS,
    ],
    "toner": [
        _choice(
            "colour", "Which?", "Black", "Cyan", "Magenta", "Yellow", required=True
        ),
        _ask("how_many", "How many?", "number", least=1, most=10, default="1"),
        _ask("printer", "Which printer?", required=True, takes="place"),
        PAYS,
    ],
    "listed-software": [
        _choice(
            "program",
            "Which program?",
            *("Acrobat", "Inkscape", "Notepad++", "Project", "Visio", "7-Zip"),
            required=True,
        ),
        PAYS,
    ],
    "unlisted-software": [
        _ask("program", "Which program, and which version?", required=True),
        _ask("what_for", "What can you do with it?", "long_text", required=True),
        _ask("seats", "For how many people?", "number", least=1, most=500, default="1"),
        PAYS,
    ],
    "application-role": [
        _choice("role", "Role", "Reader", "Clerk", "Approver", required=True),
        _ask("until", "Until when?", "date", least=1, most=365, required=True),
        _ask(
            "limit",
            "Approves up to, in euro",
            "number",
            least=0,
            most=50000,
            required=True,
            when={"field": "role", "is": ["Approver"]},
        ),
        PAYS,
    ],
    "shared-mailbox": [
        _ask("address", "Address", help="Before the @, such as orders.leeds."),
        _ask(
            "members",
            "Who may use it?",
            "table",
            most=20,
            required=True,
            columns=[
                {"slug": "who", "label": "Work email", "required": True},
                _choice("may", "May", "Read", "Read and answer"),
            ],
        ),
        _ask("owner", "Who answers for it?", "person", takes="requester"),
    ],
    "file-restore": [
        _ask("path", "Which file or folder?", required=True),
        _ask("day", "As it was on", "date", least=-90, most=0, required=True),
        _ask("overwrite", "What may be overwritten?", "long_text"),
    ],
    "guest-wi-fi": [
        _ask("guest", "Who visits?", required=True),
        _ask("day", "When?", "date", least=0, most=30, required=True),
    ],
}
UNTRAINED = frozenset({"mallory"})  # orders VPN access, and is told where to learn


def furnish(cast: Cast, *, at: datetime) -> None:
    """Fill the shelves; a few statements."""
    rows = {
        slug: OfferingCategory(slug=slug, name=name, icon=icon, position=n)
        for n, (slug, (name, icon)) in enumerate(SHELVES.items())
    }
    OfferingCategory.objects.bulk_create(rows.values())
    offerings = {**cast.offerings, **_more(cast)}
    for slug, (shelf, icon, has_picture, says) in SAID.items():
        if (row := offerings.get(slug)) is None:
            continue
        row.category, row.icon, row.description = rows[shelf], icon, says
        if has_picture:
            row.picture = _picture(slug)
    offerings["new-laptop"].asks_manager_over = Decimal(500)
    offerings["toner"].can_recur = True
    _train(cast, offerings["vpn-access"], at)
    names = ["category", "icon", "description", "picture", "needs", "can_recur"]
    Offering.objects.bulk_update(offerings.values(), [*names, "asks_manager_over"])
    _price(cast, offerings, at)
    Form.objects.bulk_create(
        Form(
            offering=offerings[slug],
            number=1,
            fields=fields,
            created_at=at,
            created_by=cast.people["grace"],
            released_at=at,
        )
        for slug, fields in FORMS.items()
        if slug in offerings
    )
    _pay(cast)


def _more(cast: Cast) -> dict[str, Offering]:
    found = {
        slug: Offering(
            slug=slug,
            name=name,
            service=cast.services[service],
            team=cast.team_of(service),
            promise=timedelta(hours=hours),
            tasks=tasks,
        )
        for slug, (name, service, hours, tasks) in MORE.items()
    }
    Offering.objects.bulk_create(found.values())
    return found


def _picture(slug: str) -> str:
    """Put into the media folder what lies beside us, once."""
    name = f"offerings/demo-{slug}.png"
    if not default_storage.exists(name):
        data = (PICTURES / f"{slug}.png").read_bytes()
        return str(default_storage.save(name, ContentFile(data)))
    return name


def _price(cast: Cast, offerings: dict[str, Offering], at: datetime) -> None:
    Price.objects.bulk_create(
        Price(
            offering=offerings[slug],
            basis=basis,
            amount=Decimal(amount),
            plus_percent=Decimal(plus) if plus else None,
            organisation=cast.organisations[whose] if whose else None,
            valid_from=date(at.year, 1, 1),
        )
        for slug, basis, amount, plus, whose in PRICES
        if slug in offerings
    )


def _pay(cast: Cast) -> None:
    """Everybody belongs to a cost centre, by organisation and place."""
    places = {"acme": "41", "globex": "52", "linden": "10"}
    users = list(cast.people.values())
    for user in users:
        whose = user.organisation.slug if user.organisation else ""
        near = crc32(user.place.encode()) % 4
        user.cost_centre = f"{places.get(whose, '99')}{near}0"
    User.objects.bulk_update(users, ["cost_centre"])


def _train(cast: Cast, vpn: Offering, at: datetime) -> None:
    """Working from elsewhere has to be learnt, once in two years."""
    vpn.needs = Course.objects.create(
        slug="safe-from-elsewhere",
        name="Working safely from elsewhere",
        where="https://learning.demo.example/safe-from-elsewhere",
        lasts=timedelta(days=730),
    )
    Training.objects.bulk_create(
        Training(course=vpn.needs, person=user, done_at=at - timedelta(days=30))
        for login, user in cast.people.items()
        if login not in UNTRAINED
    )


def trained(offering: Offering, who: User) -> User:
    """Who orders it: their manager for somebody who must learn something first."""
    is_untrained = who.email.partition("@")[0] in UNTRAINED
    return who.manager if offering.needs_id and is_untrained and who.manager else who


def answers(slug: str, who: User, *, at: datetime) -> dict[str, Any]:
    """What somebody answers: the same for the same person and thing."""
    chance = crc32(f"{slug} {who.email}".encode())
    today = timezone.localdate(at)
    known = {"place": who.place, "cost_centre": who.cost_centre}
    given: dict[str, Any] = {}
    for one in FORMS.get(slug, ()):
        if "when" in one and given.get(one["when"]["field"]) not in one["when"]["is"]:
            continue
        value = _answer(one, known, who, chance, today)
        if value is not None:
            given[one["slug"]] = value
    return given


def _answer(
    one: dict[str, Any], known: dict[str, str], who: User, chance: int, today: date
) -> Any:
    match one["type"]:
        case "choice":
            return one["choices"][chance % len(one["choices"])]
        case "number":
            return max(1, chance % 3)
        case "date":
            back = int(one.get("most", 1)) <= 0
            days = -1 - chance % 5 if back else 3 + chance % 10
            return (today + timedelta(days=days)).isoformat()
        case "table":
            return [{"who": who.email, "may": "Read and answer"}]
        case "person":
            return who.email
        case "text" | "long_text":
            return known.get(one.get("takes", "")) or WRITTEN.get(one["slug"])
    return None


WRITTEN = {
    "old": "LT20417",
    "program": "Obsidian 1.7",
    "what_for": "Notes that link to each other, for the project handbook.",
    "address": "orders.leeds",
    "path": "Finance/2026/Budget.xlsx",
    "guest": "An auditor",
}
