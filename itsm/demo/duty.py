"""Who is on duty at Linden IT, and who is away just now."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.demo.cast import Cast
from people.models import Rota
from people.rotas.absence_actions import add_absence
from people.rotas.actions import create_rota
from people.rotas.specs import Spec

ZONE = "Europe/Berlin"
WEEK = timedelta(weeks=1)
Hours = tuple[tuple[int, int, int], ...]
OFFICE: Hours = tuple((day, 7 * 60, 19 * 60) for day in range(5))
# name, team, note, hand-over, hours, layers: who has the turn of this week first
ROTAS: tuple[tuple[str, str, str, time, Hours, tuple[tuple[str, ...], ...]], ...] = (
    (
        "Desk duty",
        "service-desk",
        "Before you hand over: walk through what is waiting, and say which tickets the "
        "next one should look at first. The duty phone stays in the top drawer.",
        time(7),
        OFFICE,
        (("bob", "samira", "leo", "mateo"), ("noor", "alice", "bob", "samira")),
    ),
    (
        "Network on call",
        "network",
        "Nordtel answers at night under +49 40 555 900 with our contract number. The "
        "firmware of the VPN gateways is frozen until the problem is closed.",
        time(9),
        (),
        (("erin", "jonas", "viktor"), ("viktor", "erin", "jonas")),
    ),
    (
        "Duty manager",
        "",
        "",
        time(9),
        (),
        (("lucia", "alice", "stefan", "ingrid"),),
    ),
)
AWAY, COVER = "noor", "mateo"


def furnish(cast: Cast, *, start: datetime, end: datetime) -> None:
    """The rotas, in force since `start`, so that their first people have this week."""
    here = end.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    for name, team, note, hand_over, hours, orders in ROTAS:
        monday = here.date() - timedelta(days=here.weekday())
        if datetime.combine(monday, hand_over) > here:
            monday -= WEEK
        layers = []
        for logins in orders:
            since = monday - 14 * len(logins) * WEEK  # before the ninety days
            people = tuple(cast.people[login].pk for login in logins)
            layers.append(Spec(people, 1, "weeks", since, hand_over, hours))
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
