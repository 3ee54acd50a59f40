"""What synthetic tickets say: titles, descriptions, answers."""

from random import Random

COMMON_WORD = "laptop"  # in the title of every fifth ticket
RARE_WORD = "quicksilver"  # in twenty titles, however many tickets there are
RARE = 20

SYMPTOMS = (
    "Cannot sign in to {0}", "{0} is slow since this morning", "{0} shows error {1}",
    "No answer from {0}", "{0} stopped after the update", "Need access to {0}",
    "{0} asks for the password again and again", "{0} loses the connection",
    "Wrong data in {0}", "{0} does not start", "Question about {0}",
    "{0} freezes when saving", "Please install {0}", "{0} is missing since yesterday",
    "Certificate of {0} expires", "Disk of {0} is almost full", "Move {0} to {2}",
)  # fmt: skip
THINGS = (
    "e-mail", "VPN", "the ERP client", "the web shop", "printer", "docking station",
    "monitor", "telephony", "the HR portal", "shared mailbox", "file share", "Wi-Fi",
    "calendar", "the reporting cube", "badge reader", "headset", "database server",
    "browser", "spreadsheet macro", "scanner", "mobile phone", "ticket machine",
)  # fmt: skip
PLACES = (
    "Hamburg", "Bremen", "Leipzig", "Vienna", "Lyon", "building A", "building C",
    "the warehouse", "home office", "the third floor", "reception", "the lab",
)  # fmt: skip
SENTENCES = (
    "It worked until yesterday afternoon.", "I have restarted twice already.",
    "My colleague next door has the same trouble.", "The customer is waiting for us.",
    "The message appears right after signing in.", "Nothing was changed on my side.",
    "We need this before the month closes.", "It happens several times an hour.",
    "A picture of the screen is attached.", "Please call me before you connect.",
    "The old device is still here.", "It only fails on the network of {2}.",
    "The log says {1} on host {3}.", "I can work with a workaround for now.",
    "The manager has agreed to it.", "Please tell me how long it will take.",
    "The same happened last year in {2}.", "Everything else works as usual.",
)  # fmt: skip
ANSWERS = (
    "Thank you, we are looking into it on {3}.", "Could you try again now, please?",
    "We have restarted the service and keep watching it.", "It still fails with {1}.",
    "That helped, thank you very much.", "Vendor case opened, now waiting.",
    "Profile rebuilt, cache emptied, old certificate removed.",
    "Looks like the known trouble with {3}, see the runbook.",
)  # fmt: skip


def report(place: int, total: int, dice: Random) -> tuple[str, str]:
    """Title and description of the ticket at this place of a load of `total`."""
    thing = COMMON_WORD if place % 5 == 0 else dice.choice(THINGS)
    fill = _fill(dice)
    title = dice.choice(SYMPTOMS).format(thing, *fill)
    if RARE * (place + 7) // total > RARE * (place + 6) // total:
        title += f" in {RARE_WORD}"
    lines = dice.sample(SENTENCES, dice.randrange(2, 6))
    return title[:1].upper() + title[1:], " ".join(lines).format("", *fill)


def answer(dice: Random) -> str:
    """What somebody writes back."""
    return dice.choice(ANSWERS).format("", *_fill(dice))


def _fill(dice: Random) -> tuple[str, str, str]:
    return (
        f"0x{dice.randrange(2**20):05x}",
        dice.choice(PLACES),
        f"srv-{dice.randrange(3000):04d}",
    )
