"""What Linden IT promised: to Acme, to everybody, and within the house."""

from datetime import date, datetime
from typing import Any

from itsm.demo.cast import Cast
from itsm.sla.models import Agreement
from people.models import Calendar

KIND = Agreement.Kind
EVERYBODY = {
    "P1": {"response": "PT15M", "update": "PT30M", "resolution": "PT4H"},
    "P2": {"response": "PT30M", "update": "PT2H", "resolution": "P1D"},
    "P3": {"response": "PT4H", "update": "P1D", "resolution": "P3D"},
    "P4": {"response": "P1D", "update": "P2D", "resolution": "P5D"},
}
ACME = {
    "P1": {"response": "PT15M", "update": "PT30M", "resolution": "PT4H"},
    "P2": {"response": "PT30M", "update": "PT1H", "resolution": "PT6H"},
    "P3": {"response": "PT2H", "update": "P1D", "resolution": "P2D"},
}
ACME_SHOP = {
    "P1": {"response": "PT10M", "update": "PT20M", "resolution": "PT2H"},
    "P2": {"response": "PT20M", "update": "PT1H", "resolution": "PT4H"},
}
NETWORK = {
    "P1": {"resolution": "PT2H"},
    "P2": {"resolution": "PT4H"},
    "P3": {"resolution": "P1D"},
}
NORDTEL = {"P1": {"resolution": "PT4H"}, "P2": {"resolution": "P1D"}}
ESCALATIONS = [
    {
        "when": {"share": 50},
        "promise": "resolution",
        "who": ["owner", "lead"],
        "channel": "inbox",
    },
    {
        "when": {"before": "PT30M"},
        "promise": "resolution",
        "who": ["lead", "service_owner"],
        "channel": "chat",
    },
    {
        "when": {"after": "PT1H"},
        "promise": "any",
        "who": ["duty_manager", "customer_contact"],
        "channel": "mail",
    },
]


def create(cast: Cast, *, at: datetime) -> None:
    """Carol speaks for Acme and accepted its agreement; that of its shop is new."""
    acme = cast.organisations["acme"]
    acme.contact = cast.people["carol"]
    acme.save(update_fields=["contact"])
    office = Calendar.objects.filter(is_default=True).first()
    first = date(at.year, 1, 1)

    def row(slug: str, name: str, targets: Any, **more: Any) -> Agreement:
        values = {"warnings": [75], "valid_from": first, "calendar": office, **more}
        stamps = {"created_at": at, "updated_at": at}
        return Agreement(slug=slug, name=name, targets=targets, **values, **stamps)

    house = KIND.OPERATIONAL
    network, nordtel = cast.teams["network"], cast.teams["nordtel"]
    yes = {"accepted_by": cast.people["carol"], "accepted_at": at}
    Agreement.objects.bulk_create(
        [
            row("everybody", "Everybody", EVERYBODY, around_the_clock=[1]),
            row("acme", "Acme", ACME, organisation=acme, around_the_clock=[1], **yes),
            row(
                "acme-web-shop",
                "Acme web shop",
                ACME_SHOP,
                organisation=acme,
                service=cast.services["web-shop"],
                around_the_clock=[1],
                warnings=[50, 75],
                escalations=ESCALATIONS,
            ),
            row(
                "network",
                "Network, within the house",
                NETWORK,
                kind=house,
                team=network,
                around_the_clock=[1],
            ),
            row("nordtel", "Nordtel", NORDTEL, kind=house, team=nordtel, calendar=None),
        ]
    )
