"""Whom the demo's processes concern, what they keep to, and how their work flows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """What a process is for; `stream` are name, process and waiting minutes, value,
    first-pass yield; `people` are login or "", name, interest, power, what they need to
    hear, when, and what the team thinks they think."""

    goal: str
    customers: str
    suppliers: str
    members: tuple[tuple[str, float], ...]  # login, days a week
    people: tuple[tuple[str, str, int, int, str, str, str], ...]
    stream: tuple[tuple[str, int, int, str, float | None], ...]
    policies: tuple[tuple[str, str, str], ...]  # kind, title, risk it serves
    aims: tuple[tuple[str, str, str], ...]  # title, target, last known: a branch
    ready: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


READY = (
    "Somebody who needs it has said so in a sentence",
    "At least one criterion can be seen to hold",
    "Small enough for one sprint",
)
DONE = (
    "The criteria were seen to hold by somebody who did not do it",
    "Those affected know what is different from Monday",
    "The definition of the process says it, and so do its templates",
)
ADDING, NECESSARY, WASTE = "adding", "necessary", "waste"
CHANGE = About(
    goal="A change waits for a decision only where there is something to decide.",
    customers="Everybody at Linden IT who changes a service; Acme and Globex, who "
    "depend on it",
    suppliers="Nordtel (lines and core), the release pipeline of the web shop",
    members=(("frank", 0.5), ("ruth", 1), ("viktor", 1), ("finn", 1), ("samira", 0.5)),
    people=(
        (
            *("frank", "Frank Osterberg", 5, 5),
            "What goes ahead without him, and its record",
            "every review",
            "Gives trust when he sees numbers; wants the way back tried.",
        ),
        (
            *("ruth", "Ruth Adeyemi", 5, 3),
            "When the wait is over",
            "weekly",
            "Lost patience in the spring, and would do the template herself.",
        ),
        (
            *("sofia", "Sofia Marin", 4, 4),
            "Whether the shop may release this week",
            "every Tuesday",
            "Sees approval as the slowest part of her release.",
        ),
        (
            *("nadia", "Nadia Rahmani", 3, 4),
            "Anything that goes ahead unseen",
            "monthly",
            "Agrees to standard changes while failures take the standing away.",
        ),
        (
            *("victor", "Victor Stone", 4, 2),
            "Windows that touch Globex, five days ahead",
            "before each window",
            "Reads every notice, forwards few.",
        ),
        (
            *("", "Nordtel, service management", 2, 4),
            "Our freezes and our windows",
            "quarterly",
            "Friendly, and always a week late.",
        ),
    ),
    stream=(  # 352 of 5,284 minutes: 6.7 %
        ("Describe the change", 40, 60, NECESSARY, 82.0),
        ("Assess its risk", 45, 180, NECESSARY, 90.0),
        ("Wait for the approval", 12, 4320, WASTE, 97.0),
        ("Find a window", 15, 120, NECESSARY, 88.0),
        ("Carry it out", 150, 90, ADDING, 95.0),
        ("See that it works", 60, 42, ADDING, 96.0),
        ("Learn from it", 30, 120, NECESSARY, None),
    ),
    policies=(
        ("policy", "Decisions are made where the knowledge is", ""),
        (
            "control",
            "A high risk is approved by the change authority",
            "A change that cannot be undone takes a critical service away",
        ),
        (
            "control",
            "Nothing is changed in the ERP at month end",
            "The books close late",
        ),
        ("guideline", "Prefer ten small changes to one large one", ""),
    ),
    aims=(
        ("Decisions wait hours, not days", "", ""),
        ("Wait for approval, median", "under 4 h", "1.2 h"),
        ("Changes that were approved by what they are", "70 %", "61 %"),
    ),
    ready=READY,
    done=DONE,
)
INCIDENT = About(
    goal="People work again within the hour, and say so themselves.",
    customers="Everybody at Acme and Globex; our own colleagues",
    suppliers="Nordtel (network), Printworks (printing), change enablement",
    members=(("alice", 1), ("bob", 1), ("erin", 0.5), ("olga", 1), ("samira", 0.5)),
    people=(
        (
            *("alice", "Alice Lindqvist", 5, 4),
            "What leaves the desk, and what comes back to it",
            "weekly",
            "Wants lockouts solved by whoever hears of them.",
        ),
        (
            *("marta", "Marta Engel", 4, 5),
            "Satisfaction beside every promise",
            "monthly",
            "Says a green report about printing is an insult.",
        ),
        (
            *("henrik", "Henrik Dahl", 4, 3),
            "Why printing is green and nobody is happy",
            "every review",
            "Suspects the two-hour target, and is probably right.",
        ),
        (
            *("carol", "Carol Jensen", 5, 1),
            "When she will hear next",
            "on her tickets",
            "Gave up on the printer and told us so, kindly.",
        ),
        (
            *("", "Printworks, field service", 2, 3),
            "Repeated faults, by device",
            "monthly",
            "Paid per visit, not per working printer.",
        ),
    ),
    stream=(
        ("Hear of it", 4, 6, ADDING, 96.0),
        ("Find who can solve it", 6, 55, NECESSARY, 71.0),
        ("Wait in the team's queue", 0, 210, WASTE, None),
        ("Find the cause", 35, 25, ADDING, 84.0),
        ("Mend it", 28, 40, ADDING, 90.0),
        ("Hear that it works", 3, 480, NECESSARY, 93.0),
    ),
    policies=(
        ("policy", "One owner from the first touch to the last", ""),
        (
            "control",
            "A severity 1 is declared by people, never by a rule",
            "Everybody is woken for a printer",
        ),
        ("guideline", "Ask the person before you close", ""),
    ),
    aims=(
        ("Solved means the person says so", "", ""),
        ("Satisfaction with printing", "4.0 of 5", "2.9 of 5"),
        ("Closed tickets that come back in 7 days", "under 4 %", "7 %"),
    ),
    ready=READY,
    done=DONE,
)
REQUEST = About(
    goal="What is allowed arrives without asking twice.",
    customers="Joiners, movers, leavers, and who waits for them",
    suppliers="Human resources, the laptop supplier",
    members=(("hanna", 1), ("maya", 1), ("leo", 1), ("samira", 0.5)),
    people=(
        (
            *("hanna", "Hanna Virtanen", 5, 4),
            "Who starts on Monday and what is missing",
            "every Thursday",
            "Would trade every report for one list.",
        ),
        (
            *("nadia", "Nadia Rahmani", 4, 4),
            "Access that outlives its reason",
            "monthly",
            "Will not wait for another audit.",
        ),
        (
            *("peter", "Peter Aalto", 3, 2),
            "What his people ordered, and what it costs",
            "monthly",
            "Approves on the train, if it can be done there.",
        ),
    ),
    stream=(
        ("Choose and order", 8, 2, ADDING, 88.0),
        ("Wait for the manager", 1, 960, WASTE, 99.0),
        ("Fulfil it", 55, 240, ADDING, 91.0),
        ("Hand it over", 12, 120, ADDING, 97.0),
    ),
    policies=(
        ("policy", "What is on the list needs no approval", ""),
        (
            "control",
            "Roles have an end",
            "People keep access to what they left",
        ),
    ),
    aims=(
        ("The first morning is a working morning", "", ""),
        ("Joiners who have everything at nine", "95 %", "78 %"),
        ("Orders asked about before they arrive", "under 5 %", "14 %"),
    ),
    ready=READY,
    done=DONE,
)
PROBLEM = About(
    goal="Nothing hurts a third time without somebody working on its cause.",
    customers="Agents, service owners, and everybody who would have called again",
    suppliers="Incident management, suppliers with access to their logs",
    members=(("lucia", 1), ("stefan", 0.5), ("nadia", 0.5), ("samira", 0.5)),
    people=(
        (
            *("viktor", "Viktor Lang", 5, 3),
            "Whether the gateways stay quiet",
            "weekly until June",
            "Proud of the firmware change; wants the thirty days in writing.",
        ),
        (
            *("stefan", "Stefan Vogel", 3, 4),
            "Risks that were accepted for the ERP",
            "quarterly",
            "Accepts quickly, forgets as quickly.",
        ),
    ),
    stream=(
        ("Notice a pattern", 20, 2880, NECESSARY, None),
        ("Understand it", 240, 960, ADDING, 80.0),
        ("Offer a way round", 60, 120, ADDING, 86.0),
        ("Fix it for good", 180, 4800, ADDING, 92.0),
    ),
    policies=(
        ("policy", "Reviews look for causes, never for culprits", ""),
        (
            "control",
            "An accepted risk has an owner and a date",
            "Accepted turns into forgotten",
        ),
    ),
    aims=(
        ("Fewer people call about what we know", "", ""),
        ("Incidents of known errors", "under 10 %", "13 %"),
        ("Workarounds that somebody else tried", "all", "9 of 11"),
    ),
    ready=READY,
    done=DONE,
)
ABOUT = {"change": CHANGE, "incident": INCIDENT, "request": REQUEST, "problem": PROBLEM}
MANAGER = "samira"  # the Agile Service Manager of all four
