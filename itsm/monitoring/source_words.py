"""How a source stands, in words for its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.utils.translation import ngettext

from core.wording import ago, duration
from itsm.monitoring.health import Standing, State
from itsm.monitoring.intake import refusals


@dataclass(frozen=True, slots=True)
class Mark:
    """A state as a chip: words, colour, icon."""

    words: Any
    mark: str
    icon: str


MARKS: Mapping[State, Mark] = {
    State.GOOD: Mark(T("Heard"), "good", "check"),
    State.NEVER: Mark(T("Nothing heard yet"), "", "clock"),
    State.SILENT: Mark(T("Silent"), "late", "alarm"),
    State.TROUBLE: Mark(T("Has trouble"), "soon", "alarm"),
    State.PAUSED: Mark(T("Paused"), "", "pause"),
}


def troubles(standing: Standing) -> list[str]:
    """What is wrong with it, a sentence each; none where all is well."""
    source, at = standing.source, standing.at
    found = []
    if source.paused_at is not None:
        found.append(_("What it sends is kept, and worked off when it goes on."))
    if standing.is_barred:
        found.append(
            _("Its service account is not in use: no incident is opened or closed.")
        )
    if standing.silent_since is not None and source.silent_after is not None:
        words = {
            "since": ago(standing.silent_since, now=at),
            "length": duration(source.silent_after),
        }
        found.append(
            _("Last heard %(since)s; expected at least every %(length)s.") % words
            if standing.heard_at
            else _("Never heard; expected at least every %(length)s.") % words
        )
    if standing.refused:
        found.append(
            ngettext(
                "%(num)s call was refused within a day.",
                "%(num)s calls were refused within a day.",
                standing.refused,
            )
            % {"num": standing.refused}
        )
    if standing.unreadable:
        found.append(
            ngettext(
                "%(num)s call was taken and could not be read.",
                "%(num)s calls were taken and could not be read.",
                standing.unreadable,
            )
            % {"num": standing.unreadable}
        )
    if standing.is_late:
        found.append(_late(standing))
    return found


def _late(standing: Standing) -> str:
    waiting = standing.waiting
    assert waiting.since is not None
    words = {"num": waiting.n, "since": ago(waiting.since, now=standing.at)}
    return (
        ngettext(
            "%(num)s call waits to be worked off, since %(since)s.",
            "%(num)s calls wait to be worked off, the oldest came %(since)s.",
            waiting.n,
        )
        % words
    )


NOTES: Mapping[str, Any] = {  # of a body that was taken and holds no alert
    "handshake": T("Not an alert: a tool asked whether we are there"),
    "callback": T("Not an alert: what somebody did elsewhere"),
    "inventory": T("Not an alert: a change of what the tool watches"),
    "state": T("Not an alert: a downtime, flapping or a pause"),
    "truncated": T("Ends that a shortened message cannot tell"),
    "empty": T("Nothing in it"),
    "no_alert": T("Not an alert"),
    "broken": T("Could not be read"),
}


def why(code: str, about: str = "") -> str:
    """A code of the doors or of a format as a sentence."""
    words = NOTES.get(code)
    return str(words) if words is not None else refusals.sentence(code, about)
