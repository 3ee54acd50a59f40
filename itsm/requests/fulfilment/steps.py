"""An offering's steps: stages one after the other, the steps of a stage at once.

Kept as JSON, one object each: `title`, `stage` (from 1), `team` (slug), `minutes` of
working time until it is due, `profile` (in a bundle: here come the steps of what the
profile gives or takes), and for a step without hands `automatic` with `url` and
`secret` (both sealed), `timeout` in minutes, and `attempts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from core import outbound, signed
from core.errors import Invalid
from core.sealing import seal, unseal
from itsm.requests.models import Offering

PURPOSE = "step.call"
MOST, MOST_STAGES = 100, 20
LONGEST_TITLE = 200
MOST_MINUTES = 8 * 60 * 250  # a year of working days
TIMEOUT, LONGEST_TIMEOUT = 60, 7 * 24 * 60  # minutes that an answer may take
ATTEMPTS, MOST_ATTEMPTS = 5, 10
KNOWN = frozenset({"title", "stage", "team", "minutes", "profile", "automatic"})
KNOWN_CALL = frozenset({"url", "secret", "timeout", "attempts"})
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A step without hands. `url` and `secret` are sealed."""

    url: str
    secret: str
    timeout: int = TIMEOUT
    attempts: int = ATTEMPTS

    @property
    def address(self) -> str:
        """Where the call goes; empty where it cannot be read any more."""
        return unseal(self.url, purpose=PURPOSE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as an offering keeps it."""

    title: str
    stage: int = 1
    team: str = ""
    minutes: int = 0
    profile: bool = False
    automatic: Call | None = None

    @property
    def length(self) -> timedelta | None:
        """Working time until it is due; None: nothing is promised."""
        return timedelta(minutes=self.minutes) if self.minutes else None

    def kept(self) -> dict[str, Any]:
        """As the row keeps it."""
        found = {name: getattr(self, name) for name in ("title", "stage", "team")}
        found |= {"minutes": self.minutes, "profile": self.profile}
        if self.automatic is not None:
            call = self.automatic
            found["automatic"] = {n: getattr(call, n) for n in sorted(KNOWN_CALL)}
        return found


def of(offering: Offering) -> list[Step]:
    """An offering's steps, stage by stage; plain titles are steps of one stage, 0.

    Titles have always been a list in which each may be done at any time, and stay so.
    """
    if not offering.steps:
        return [Step(title, stage=0) for title in offering.tasks]
    return sorted(map(_kept_as, offering.steps), key=lambda step: step.stage)


def _kept_as(raw: Raw) -> Step:
    call = raw.get("automatic")
    plain = {name: raw[name] for name in KNOWN - {"automatic"} if name in raw}
    return Step(**plain, automatic=Call(**call) if call else None)


def read(raw: Any, *, teams: Sequence[str], former: Sequence[Step]) -> list[Step]:
    """Steps as somebody sent them. A secret that is left out is the former one's.

    Raises Invalid with all that is wrong, step by step.
    """
    if not isinstance(raw, list) or len(raw) > MOST:
        raise Invalid({"steps": [_("Send at most %(n)s steps.") % {"n": MOST}]})
    errors: list[str] = []
    found: list[Step] = []
    for number, one in enumerate(raw, 1):
        try:
            found.append(_read_one(one, teams, former))
        except ValueError as wrong:
            words = {"n": number, "why": wrong}
            errors.append(_("Step %(n)s: %(why)s") % words)
    if sum(step.profile for step in found) > 1:
        errors.append(_("The profile's steps come at one place only."))
    if errors:
        raise Invalid({"steps": errors})
    return found


def _read_one(raw: Any, teams: Sequence[str], former: Sequence[Step]) -> Step:
    if not isinstance(raw, Mapping) or raw.keys() - KNOWN:
        known = ", ".join(sorted(KNOWN))
        raise ValueError(_("Send an object with: %(known)s.") % {"known": known})
    title = _text(raw.get("title"), LONGEST_TITLE)
    if not title:
        raise ValueError(_("Say what is to do."))
    team = _text(raw.get("team") or "", 50)
    if team and team not in teams:
        raise ValueError(_("There is no team “%(team)s”.") % {"team": team})
    profile = raw.get("profile", False)
    if not isinstance(profile, bool):
        raise ValueError(_("Send true or false."))
    call = raw.get("automatic")
    if profile and call is not None:
        raise ValueError(_("What the profile gives has steps of its own."))
    return Step(
        title=title,
        stage=_whole(raw.get("stage", 1), 1, MOST_STAGES, _("stage")),
        team=team,
        minutes=_whole(raw.get("minutes") or 0, 0, MOST_MINUTES, _("minutes")),
        profile=profile,
        automatic=None if call is None else _call(call, title, former),
    )


def _call(raw: Any, title: str, former: Sequence[Step]) -> Call:
    if not isinstance(raw, Mapping) or raw.keys() - KNOWN_CALL:
        known = ", ".join(sorted(KNOWN_CALL))
        raise ValueError(_("Send an object with: %(known)s.") % {"known": known})
    url = _text(raw.get("url"), outbound.LONGEST_URL)
    _check_address(url)
    secret = _text(raw.get("secret") or "", 200)
    if secret and not signed.is_secret(secret):
        raise ValueError(_("A secret is whsec_ and at least 16 bytes in base64."))
    kept = seal(secret, purpose=PURPOSE) if secret else _former(url, title, former)
    return Call(
        url=seal(url, purpose=PURPOSE),
        secret=kept,
        timeout=_whole(raw.get("timeout", TIMEOUT), 1, LONGEST_TIMEOUT, _("timeout")),
        attempts=_whole(raw.get("attempts", ATTEMPTS), 1, MOST_ATTEMPTS, _("attempts")),
    )


def _former(url: str, title: str, former: Sequence[Step]) -> str:
    """The secret of the step that called the same address. ValueError without one."""
    calls = [(step.title, step.automatic) for step in former if step.automatic]
    known = [
        (name != title, call.secret) for name, call in calls if call.address == url
    ]
    if not known:
        raise ValueError(_("Give the secret that signs the call."))
    return min(known)[1]


def _check_address(url: str) -> None:
    """Refuse what will never be called; who does not answer now may do so later."""
    try:
        outbound.check(url)
    except outbound.OutboundRefused as no:
        raise ValueError(str(no)) from no
    except outbound.OutboundFailed:
        return


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(_("Send a text."))
    value = " ".join(value.split())
    if len(value) > most:
        raise ValueError(
            _("At most %(most)s characters are possible.") % {"most": most}
        )
    return value


def _whole(value: Any, least: int, most: int, what: str) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not least <= value <= most:
        words = {"what": what, "least": least, "most": most}
        raise ValueError(_("%(what)s: from %(least)s to %(most)s.") % words)
    return int(value)
