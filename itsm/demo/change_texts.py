"""What the demo's changes say: its kinds, those of no kind, and the emergencies."""

from dataclasses import dataclass, field

from itsm.demo.cast import SERVICES
from itsm.tickets.checklist.actions import finish_task as finish

__all__ = ["CHANGES", "EMERGENCIES", "KINDS", "KindOf", "finish", "team_of"]
PLAN = "Announce, take the snapshot, apply, check the list of checks."
TEST = "The runbook's five checks, from a client and from outside."
WAY_BACK = "Back to the snapshot, ten minutes."
CALM = {"way_back": "tried", "noticed": "nothing", "done_before": "lately"}


@dataclass(frozen=True)
class KindOf:
    """A kind of change, as it is written down."""

    name: str
    service: str
    description: str
    plan: str
    test: str
    way_back: str
    minutes: int
    titles: tuple[str, ...]
    is_standard: bool = True
    answers: dict[str, str] = field(default_factory=lambda: dict(CALM))
    tasks: tuple[str, ...] = ()


KINDS = {
    "patch-ring": KindOf(
        "Patch ring",
        "erp",
        "Monthly patches, ring after ring; each ring waits for the one before.",
        "Drain the node, patch, restart, put it back; one node at a time.",
        "The ring's health checks are green for fifteen minutes.",
        "Snapshot of each node, ten minutes.",
        120,
        ("Patch ring 1: test servers", "Patch ring 2: application servers"),
        answers={**CALM, "noticed": "slower"},
        tasks=("Take the snapshots", "Patch node by node", "Watch the checks"),
    ),
    "certificate-renewal": KindOf(
        "Certificate renewal",
        "sign-in",
        "A certificate that runs out is replaced by one with the same names.",
        "Issue, install beside the old one, switch, reload.",
        "The page is opened from inside and outside; the new date is seen.",
        "Switch back to the old one while it is valid.",
        30,
        (
            "Renew the certificate of the sign-in page",
            "Renew the certificate of the directory",
            "Renew the certificate of the federation",
        ),
    ),
    "dns-record": KindOf(
        "DNS record",
        "network",
        "A name is added or changed in a zone of ours.",
        "Edit the zone, raise its serial, reload both servers.",
        "Both servers answer with the new value; a resolver outside too.",
        "The former zone file; caches follow within the record's lifetime.",
        20,
        tuple(
            f"DNS record for {name}"
            for name in ("mail", "shop", "vpn2", "status", "partner")
        ),
        is_standard=False,
        answers={**CALM, "way_back": "none", "noticed": "slower"},
    ),
    "templated-firewall-rule": KindOf(
        "Templated firewall rule",
        "network",
        "A rule from the approved templates, for one source and one destination.",
        "Fill in the template, let the linter pass, push to both firewalls.",
        "The flow is seen in the log; the denied neighbours stay denied.",
        "Push the former set of rules, two minutes.",
        20,
        (
            "Firewall rule: backup to new storage",
            "Firewall rule: monitoring to the warehouse",
            "Firewall rule: reporting to the ERP replica",
        ),
    ),
    "vlan-port": KindOf(
        "VLAN port",
        "network",
        "One switch port is put into another network.",
        "Set the port by its template, label it.",
        "The device behind it gets an address and reaches its gateway.",
        "The port's former template, one minute.",
        15,
        (
            "VLAN port for the new reception",
            "VLAN port for a label printer",
            "VLAN port for desk 2.114",
            "VLAN port for the camera at gate 3",
        ),
        is_standard=False,
    ),
    "disk-up-to-500-gb": KindOf(
        "Disk up to 500 GB",
        "files",
        "A volume grows by at most 500 GB, from what the pool has free.",
        "Grow the volume, grow the file system, both while it is in use.",
        "The new size is seen, and the pool keeps a fifth free.",
        "None is needed: nothing that was there is touched.",
        15,
        (
            "Extend disk of the file server by 300 GB",
            "Extend disk of the scan archive by 200 GB",
        ),
    ),
    "shop-release-with-green-canary": KindOf(
        "Shop release with green canary",
        "web-shop",
        "A release whose canary was green for thirty minutes.",
        "Roll out to all nodes, a quarter at a time.",
        "Orders per minute and error rate stay in their normal range.",
        "Roll back to the former release, five minutes.",
        45,
        ("Shop release {week}",),
        answers={**CALM, "noticed": "nothing"},
        tasks=("Canary green for thirty minutes", "Roll out", "Watch the orders"),
    ),
}
FIRST = {"way_back": "written", "noticed": "down", "done_before": "never"}
AGAIN = {"way_back": "written", "noticed": "slower", "done_before": "once"}
# service, title, people affected, answers: of no kind
CHANGES = (
    ("network", "Replace access switches on floor 2, {place}", 140, FIRST),
    ("reporting", "Move the nightly load to 02:00", 20, CALM),
    ("telephony", "New voice gateway firmware", 300, AGAIN),
    ("erp", "Database minor upgrade", 180, FIRST),
    ("e-mail", "Raise the mailbox quota for sales", 35, CALM),
    ("printing", "New driver for the label printers", 40, AGAIN),
    ("hr-portal", "Single sign-on for the HR portal", 240, FIRST),
    ("vpn", "Longer sessions for the warehouse", 60, CALM),
)
# service, title, threat, result
EMERGENCIES = (
    (
        "vpn",
        "Switch off the old cipher on the VPN gateways",
        "Exploited elsewhere since this morning, says the vendor's advisory.",
        "success",
    ),
    (
        "e-mail",
        "Block the sender of the invoice mails",
        "Forty-three mailboxes have it, two people opened the attachment.",
        "success",
    ),
    (
        "erp",
        "Restart the database with more memory",
        "Orders stop within the hour if the swap fills up.",
        "issues",
    ),
)


def team_of(slug: str) -> str:
    """The team that does this kind."""
    return SERVICES[KINDS[slug].service][2]
