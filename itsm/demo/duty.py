"""Who is on duty at Linden IT, and who is away just now."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.demo.cast import Cast
from people.models import Rota
from people.rotas.absence_actions import add_absence
from people.rotas.actions import create_rota
from people.rotas.specs import Spec

ZONE = "Europe/Berlin"
HAND_OVER = time(9)
WEEK = timedelta(weeks=1)
OFFICE = tuple((day, 7 * 60, 19 * 60) for day in range(5))
# name, team, note, layers: who has the turn of this week first; hours
ROTAS: tuple[tuple[str, str, str, tuple[tuple[str, ...], ...], tuple], ...] = (
    (
        "Service Desk",
        "service-desk",
        "Before you hand over: walk through what is waiting, and say which tickets the "
        "next one should look at first. The duty phone stays in the top drawer.",
        (("bob", "samira", "leo", "mateo"), ("noor", "alice", "bob", "samira")),
        OFFICE,
    ),
    (
        "Network",
        "network",
        "Nordtel answers at night under +49 40 555 900 with our contract number. The "
        "firmware of the VPN gateways is frozen until the problem is closed.",
        (("erin", "jonas", "viktor"), ("viktor", "erin", "jonas")),
        (),
    ),
    ("Duty manager", "", "", (("lucia", "alice", "stefan", "ingrid"),), ()),
)
AWAY, COVER = "noor", "mateo"


def furnish(cast: Cast, *, start: datetime, end: datetime) -> None:
    """The rotas, in force since `start`, so that their first people have this week."""
    here = end.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    monday = here.date() - timedelta(days=here.weekday())
    if datetime.combine(monday, HAND_OVER) > here:
        monday -= WEEK
    for name, team, note, orders, hours in ROTAS:
        layers = []
        for logins in orders:
            since = monday - 14 * len(logins) * WEEK  # before the ninety days
            people = tuple(cast.people[login].pk for login in logins)
            layers.append(Spec(people, 1, "weeks", since, HAND_OVER, hours))
        create_rota(
            by=cast.people["grace"],
            at=start,
            name=name,
            time_zone=ZONE,
            layers=layers,
            team=cast.teams[team] if team else None,
            kind=Rota.Kind.TEAM if team else Rota.Kind.DUTY_MANAGER,
            note=note,
        )


def leave(cast: Cast, *, at: datetime) -> None:
    """Somebody of the desk is away this week; a colleague covers."""
    person, day = cast.people[AWAY], timedelta(days=1)
    midnight = at.astimezone(ZoneInfo(ZONE)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    add_absence(
        user=person,
        by=person,
        at=at,
        starts_at=midnight - 2 * day,
        ends_at=midnight + 6 * day,
        cover=cast.people[COVER],
        note="Holiday, reachable by phone",
    )
