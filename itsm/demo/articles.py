"""The demo's articles: what the desk of Linden IT has learned to write down."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from itsm.demo.cast import Cast
from itsm.demo.simulation import Life, Simulation
from itsm.knowledge import actions
from itsm.knowledge.models import Article, ArticleUse, Audience

Told = tuple[str, str, tuple[str, str], str, str, tuple[int, int], str]

# title, service, who writes and who publishes, audience, state, helped of all, text
ARTICLES: tuple[Told, ...] = (
    (
        "Locked out: unlock your account yourself",
        "sign-in",
        ("bob", "alice"),
        Audience.EVERYBODY,
        "published",
        (14, 16),
        "Five wrong passwords lock an account for 15 minutes. Often it is a phone that "
        "still knows the old one.\n\n1. On the phone, open **Settings, Accounts** and "
        "remove the work account.\n2. Wait 15 minutes, or choose *Unlock my account* "
        "on the sign-in page.\n3. Sign in on the computer first, then add the account "
        "to the phone again.\n\nLocked again within the hour? Ask a person: something "
        "else still uses the old password.",
    ),
    (
        "Outlook asks for the password again and again",
        "e-mail",
        ("alice", "alice"),
        Audience.EVERYBODY,
        "published",
        (9, 12),
        "This happens after a password change while Outlook was open.\n\n1. Close "
        "Outlook and Teams, also beside the clock.\n2. Open **Credential Manager** and "
        "remove every entry that begins with *MicrosoftOffice*.\n3. Start Outlook and "
        "type the new password once.",
    ),
    (
        "VPN drops every twenty minutes: choose another gateway",
        "vpn",
        ("erin", "erin"),
        Audience.EVERYBODY,
        "published",
        (6, 9),
        "Gateway 2 loses tunnels when it renews its key.\n\n1. Disconnect.\n2. In the "
        "client, open **Preferences, Gateway** and choose *gateway 1*.\n3. Connect "
        "again. Your network drives come back by themselves.",
    ),
    (
        "The printer does nothing: clear the queue",
        "printing",
        ("bob", "alice"),
        Audience.EVERYBODY,
        "published",
        (4, 11),
        "1. Open **Printers**, choose the printer, then *Open queue*.\n2. Cancel what "
        "stands at the top, even if it says *deleting*.\n3. Print one page again.\n\n"
        "Does the printer's own display show a fault, tell us which one.",
    ),
    (
        "Get a deleted file back yourself",
        "files",
        ("bob", "alice"),
        Audience.EVERYBODY,
        "published",
        (5, 5),
        "Files are kept every two hours for 30 days.\n\n1. Right-click the folder the "
        "file was in.\n2. Choose **Previous versions** and the time before it went.\n"
        "3. Open it and copy the file out. *Restore* would put back the whole folder.",
    ),
    (
        "Checking who is calling before a password is reset",
        "sign-in",
        ("alice", "alice"),
        Audience.STAFF,
        "published",
        (0, 0),
        "Call back on the number we know, never on the one that is offered. Ask the "
        "manager where nobody answers. A reset without this is a security incident.",
    ),
    (
        "ERP prints one of two pages",
        "erp",
        ("hanna", ""),
        Audience.STAFF,
        "draft",
        (0, 0),
        "The filter cuts jobs above 64 KB. Ask Platform to raise the limit for the "
        "queue, then print again.",
    ),
    (
        "Connecting the old meeting room panels",
        "telephony",
        ("bob", "alice"),
        Audience.EVERYBODY,
        "retired",
        (1, 3),
        "The panels were replaced; this is kept for the branch that still has one.",
    ),
)


def lives(sim: Simulation, cast: Cast) -> Iterator[tuple[Life, datetime]]:
    """One life for each article, with the moment when it is written."""
    for number, told in enumerate(ARTICLES):
        at = sim.start + timedelta(days=4 + 3 * number, hours=9, minutes=17 * number)
        yield _life(sim, cast, number, told), at


def _life(sim: Simulation, cast: Cast, number: int, told: Told) -> Life:
    """Written, published, perhaps retired; and people say whether it helped."""
    title, service, people, audience, state, (yes, of), body = told
    article = actions.write(
        by=cast.people[people[0]],
        at=sim.now,
        title=title,
        body=body,
        audience=audience,
        service=cast.services[service],
    )
    if state == "draft":
        return
    yield sim.now + timedelta(hours=3)
    by = cast.people[people[1]]
    actions.publish(article=article, by=by, at=sim.now)
    _let_say(article, cast, number, sim.now, yes, of)
    if state == "retired":
        yield sim.now + timedelta(days=40)
        actions.retire(article=article, by=by, at=sim.now)


def _let_say(
    article: Article, cast: Cast, number: int, at: datetime, yes: int, of: int
) -> None:
    readers = [u for u in cast.people.values() if u.roles == ["requester"]]
    days = [at + timedelta(days=2 + n * 3 % 40) for n in range(of)]
    ArticleUse.objects.bulk_create(
        ArticleUse(
            article=article,
            by=readers[(n * 7 + number) % len(readers)],
            day=day.date(),
            at=day,
            helped=n < yes,
        )
        for n, day in enumerate(days)
    )
