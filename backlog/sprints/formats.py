"""Formats of a retrospective: what is asked, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as T

WRITE, GROUP, VOTE, ACT = "write", "group", "vote", "act"
PHASES: Mapping[str, Promise | str] = {
    WRITE: T("Write"),
    GROUP: T("Group"),
    VOTE: T("Vote"),
    ACT: T("Decide"),
}


@dataclass(frozen=True, slots=True)
class Format:
    """One way of looking back; each category is a question."""

    name: Promise | str
    says: Promise | str
    categories: Mapping[str, Promise | str]


FORMATS: Mapping[str, Format] = {
    "start-stop": Format(
        T("Start, stop, continue"),
        T("Quick, and each note is nearly an action."),
        {"start": T("Start"), "stop": T("Stop"), "continue": T("Continue")},
    ),
    "mad-sad-glad": Format(
        T("Mad, sad, glad"),
        T("When something lies in the air."),
        {"mad": T("Made me mad"), "sad": T("Made me sad"), "glad": T("Made me glad")},
    ),
    "four-ls": Format(
        T("Four Ls"),
        T("For a sprint in which much was new."),
        {
            "liked": T("Liked"),
            "learned": T("Learned"),
            "lacked": T("Lacked"),
            "longed": T("Longed for"),
        },
    ),
    "sailboat": Format(
        T("Sailboat"),
        T("Looks ahead: what drives us, what holds us, what waits under water."),
        {
            "wind": T("Wind: what drives us"),
            "anchor": T("Anchor: what holds us"),
            "rocks": T("Rocks: what may sink us"),
        },
    ),
}
FIRST = "start-stop"
