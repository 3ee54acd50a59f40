"""What the desk of Linden IT keeps at hand: its tags, and its ready answers."""

from datetime import datetime

from itsm.demo.cast import Cast
from itsm.tickets.replies.actions import create_reply_template
from itsm.tickets.tags.actions import create_tag
from itsm.tickets.tags.models import Tag

Colour = Tag.Colour
# slug: name, colour, and the words or the service by which a ticket gets it
TAGS: dict[str, tuple[str, Colour, tuple[str, ...]]] = {
    "customer-waits": ("Customer waits", Colour.RED, ("customer", "voucher", "stock")),
    "home-office": ("Home office", Colour.BLUE, ("at home", "from home", "vpn")),
    "on-site": ("On site", Colour.VIOLET, ("meeting room", "prints", "labels")),
    "new-phone": ("New phone", Colour.PLAIN, ("new phone",)),
    "laptop-exchange": ("Laptop exchange", Colour.GREEN, ("laptops", "new laptop")),
    "month-end": ("Month end", Colour.ORANGE, ("invoices", "goods receipt", "report")),
    "phishing": ("Phishing", Colour.RED, ("suspicious mail",)),
}
MOST = 2  # on one ticket

# whose: a team's, written by who leads it, or one person's own; name, text
ANSWERS: tuple[tuple[str, str, str, str], ...] = (
    (
        "alice",
        "service-desk",
        "We are on it",
        "Hello {first_name},\n\nthank you, {number} is with us and I look at it now. "
        "You hear from me by {next_promise}.\n\nKind regards\n{my_first_name}",
    ),
    (
        "alice",
        "service-desk",
        "Send us a picture",
        "Hello {first_name},\n\ncould you send a picture of the whole screen with the "
        "message on it? One taken with the phone is fine. And tell us:\n\n- when it "
        "happened the last time\n- whether a colleague has it too\n\nKind regards\n"
        "{my_first_name}",
    ),
    (
        "alice",
        "service-desk",
        "Does it work now?",
        "Hello {first_name},\n\nplease try once more and tell us whether it works. If "
        "it does, close {number} yourself with one tap on *Yes, it works*; if not, "
        "write here and I look again.\n\nKind regards\n{my_first_name}",
    ),
    (
        "alice",
        "service-desk",
        "Unlocked: sign in once more",
        "Hello {first_name},\n\nyour account is unlocked.\n\n1. Sign in on the "
        "computer first.\n2. Then type the new password on the phone, under "
        "**Settings, Accounts**.\n\nLocked again within the hour? Something else "
        "still knows the old password; write here.\n\nKind regards\n{my_first_name}",
    ),
    (
        "viktor",
        "network",
        "Choose another gateway",
        "Hello {first_name},\n\nplease choose *gateway 1* in the client, under "
        "**Preferences, Gateway**, and connect again. Your drives come back by "
        "themselves. We stay with it until it holds.\n\nKind regards\n{my_first_name}",
    ),
    (
        "bob",
        "",
        "Calling you at ten",
        "Hello {first_name},\n\nI call you tomorrow at ten about {title}. Is that a "
        "good moment?\n\n{my_first_name}",
    ),
)


def furnish(cast: Cast, *, at: datetime) -> dict[str, Tag]:
    """Make all of it; the tags by their slug."""
    made = {}
    for slug, (name, colour, _words) in TAGS.items():
        by = cast.people["grace"]
        made[slug] = create_tag(by=by, at=at, name=name, colour=colour)
    for login, team, name, body in ANSWERS:
        create_reply_template(
            by=cast.people[login],
            at=at,
            name=name,
            body=body,
            team=cast.teams[team] if team else None,
        )
    return made


def fitting(*texts: str) -> list[str]:
    """The tags that the desk puts on a ticket with these words, at most two."""
    said = " ".join(texts).lower()
    found = [s for s, (_n, _c, words) in TAGS.items() if any(w in said for w in words)]
    return found[:MOST]
